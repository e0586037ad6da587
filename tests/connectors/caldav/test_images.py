"""Images of what stood there, and putting it back: whole, once, and over nobody's change."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from connectors.caldav import images
from syncer.connector import Ack, Conflict, Create, Delete, Failure, Image, Refused, Restore, Update
from syncer.core.model import Item, Kind, Slot
from tests.connectors.caldav.conftest import BERLIN, Desk, todo, uid_of
from tests.connectors.caldav.test_pull import STRANGER
from tests.servers import Request, Response

EVENT = Item(uid_of(1), Kind.EVENT, "Shop", Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=BERLIN), 45))
THEIRS = (
    "X-MINE;FLAVOUR=odd:a value that is long enough to be folded somewhere\\, by whoever writes it\n"
    "CATEGORIES:one,two\nATTENDEE;PARTSTAT=ACCEPTED:mailto:somebody@example.org\n"
)


def _decked(desk: Desk, item: Item) -> tuple[Image, Ack]:
    """An item of ours that its owner decked with things of their own: its image, and its state as known."""
    (ack,) = desk.created(item)
    name = "VEVENT" if item.kind is Kind.EVENT else "VTODO"
    desk.put(f"{item.uid}.ics", desk.text(ack.ref).replace(f"END:{name}", f"{THEIRS}END:{name}"))
    (image,) = desk.connector.images(desk.collection, [ack.ref])
    (seen,) = desk.connector.read(desk.collection, [ack.ref])
    return image, replace(ack, revision=image.revision, item=seen.item)  # type: ignore[union-attr]  # just put


def _same(one: str, other: str) -> bool:
    return images.whole(one) == images.whole(other)


def _restore(desk: Desk, image: Image, revision: str | None, uid: str = uid_of(1)) -> object:
    (outcome,) = desk.push(Restore(image.ref, revision, uid, image.raw))
    return outcome.error if isinstance(outcome, Failure) else outcome


def _calendar(desk: Desk) -> Desk:
    """The same desk with a calendar for events."""
    made = desk.connector.create_collection(f"Events {desk.collection.name}", Kind.EVENT)
    return replace(desk, collection=made)


def test_an_image_is_the_whole_resource(desk: Desk) -> None:
    desk = _calendar(desk)
    image, _ = _decked(desk, EVENT)
    assert _same(image.raw, desk.text(image.ref))
    assert "BEGIN:VTIMEZONE" in image.raw and "\n" not in image.raw.replace("\r\n", "")
    assert desk.connector.images(desk.collection, [desk.address(9)]) == []


def test_of_somebody_elses_item_there_is_no_image(desk: Desk) -> None:
    desk.put(f"{uid_of(1)}.ics", STRANGER.format(uid="private"))
    assert desk.connector.images(desk.collection, [desk.address(1)]) == []


def test_writing_what_was_imaged_reads_it_once(desk: Desk) -> None:
    """Ten updates cost two reads: before and after."""
    acks = desk.created(*(todo(number) for number in range(1, 11)))
    # One at a time: without a wait between attempts, Xandikos answers several at once with 423.
    desk = replace(desk, connector=desk.account.connect(parallel=1))
    desk.server.proxy.requests.clear()
    assert len(desk.connector.images(desk.collection, [ack.ref for ack in acks])) == 10
    updates = [
        Update(ack.ref, ack.revision, replace(todo(n), title="Shop more"), frozenset({"title"}))
        for n, ack in enumerate(acks, 1)
    ]
    outcomes = desk.push(*updates)
    assert all(isinstance(outcome, Ack) for outcome in outcomes), outcomes
    assert (desk.server.proxy.count("REPORT"), desk.server.proxy.count("PUT")) == (2, 10)
    desk.server.proxy.requests.clear()
    assert all(isinstance(outcome, Failure) for outcome in desk.push(*updates))  # and is forgotten then
    assert desk.server.proxy.count("REPORT") == 1


def test_a_change_after_the_image_is_a_conflict(desk: Desk) -> None:
    (ack,) = desk.created(todo(1))
    desk.connector.images(desk.collection, [ack.ref])
    desk.put(f"{uid_of(1)}.ics", desk.text(ack.ref).replace("Shop", "Theirs"))
    (outcome,) = desk.push(Update(ack.ref, ack.revision, todo(1, "Ours"), frozenset({"title"})))
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Conflict)
    assert "Theirs" in desk.text(ack.ref)


def test_without_etags_the_image_is_too_old_to_write_upon(desk: Desk) -> None:
    """No condition can be sent, so it is read again right before."""

    def rewrite(request: Request, response: Response) -> Response:
        headers = {name: value for name, value in response.headers.items() if name.lower() != "etag"}
        return Response(response.status, response.body.replace(b"getetag", b"nothing"), headers)

    desk.server.proxy.rewrite = rewrite
    (ack,) = desk.created(todo(1))
    desk.connector.images(desk.collection, [ack.ref])
    desk.put(f"{uid_of(1)}.ics", desk.text(ack.ref).replace("Shop", "Theirs"))
    (outcome,) = desk.push(Update(ack.ref, ack.revision, todo(1, "Ours"), frozenset({"title"})))
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Conflict)
    image = Image(ack.ref, ack.revision, desk.text(ack.ref).replace("Theirs", "Shop"))
    assert isinstance(_restore(desk, image, ack.revision), Conflict)
    (now,) = desk.connector.images(desk.collection, [ack.ref])
    assert isinstance(_restore(desk, image, now.revision), Ack)
    assert "Shop" in desk.text(ack.ref)


def test_a_change_is_undone_as_it_was(desk: Desk) -> None:
    image, known = _decked(desk, todo(1))
    before = desk.text(image.ref)
    assert known.item is not None
    (changed,) = desk.push(
        Update(image.ref, image.revision, replace(known.item, title="Ours"), frozenset({"title"}))
    )
    assert isinstance(changed, Ack)
    back = _restore(desk, image, changed.revision)
    assert isinstance(back, Ack) and (back.item, back.exact) == (known.item, True)
    assert _same(desk.text(image.ref), before)
    sent = [request.body for request in desk.server.proxy.requests if request.method == "PUT"][-1]
    assert sent == image.raw.encode()


def test_a_moved_event_is_put_back_as_something_newer(desk: Desk) -> None:
    """RFC 5546 section 2.1.4: with its old SEQUENCE, clients would take it for what they had before."""
    desk = _calendar(desk)
    image, known = _decked(desk, EVENT)
    before = desk.text(image.ref)
    slot = Slot(dt.datetime(2026, 11, 25, 8, tzinfo=BERLIN), 30)
    (moved,) = desk.push(Update(image.ref, image.revision, replace(EVENT, when=slot), frozenset({"when"})))
    assert isinstance(moved, Ack) and "SEQUENCE:1\n" in desk.text(image.ref)
    back = _restore(desk, image, moved.revision)
    assert isinstance(back, Ack) and back.item == known.item
    assert "SEQUENCE:2\n" in desk.text(image.ref)
    assert images.same(desk.text(image.ref), before)


def test_what_was_deleted_is_put_back(desk: Desk) -> None:
    image, known = _decked(desk, todo(1))
    before = desk.text(image.ref)
    desk.push(Delete(image.ref, image.revision, uid_of(1)))
    back = _restore(desk, image, None)
    assert isinstance(back, Ack) and back.item == known.item
    assert _same(desk.text(image.ref), before)
    again = _restore(desk, image, None)  # asked for again, it is there already
    assert isinstance(again, Ack) and again.item == known.item


def test_nothing_is_put_back_over_a_change(desk: Desk) -> None:
    image, _ = _decked(desk, todo(1))
    desk.put(f"{uid_of(1)}.ics", desk.text(image.ref).replace("SUMMARY:Shop", "SUMMARY:Theirs"))
    assert isinstance(_restore(desk, image, image.revision), Conflict)
    assert isinstance(_restore(desk, image, None), Conflict)
    assert "Theirs" in desk.text(image.ref)
    desk.delete(image.ref)
    assert isinstance(_restore(desk, image, image.revision), Conflict)
    assert desk.text(image.ref) == "404"


def test_nothing_is_put_over_a_stranger(desk: Desk) -> None:
    image, _ = _decked(desk, todo(1))
    desk.delete(image.ref)
    desk.put(f"{uid_of(1)}.ics", STRANGER.format(uid="private"))
    before = desk.text(image.ref)
    assert isinstance(_restore(desk, image, None), Conflict | Refused)
    assert desk.text(image.ref) == before


@pytest.mark.parametrize("edited", [False, True])
def test_what_came_back_under_another_name_is_not_put_back_beside_it(desk: Desk, edited: bool) -> None:
    image, known = _decked(desk, todo(1))
    text = desk.text(image.ref)
    desk.delete(image.ref)
    desk.put("B8E7-moved.ics", text.replace("SUMMARY:Shop", "SUMMARY:Theirs") if edited else text)
    desk.server.proxy.requests.clear()
    back = _restore(desk, image, None)
    assert desk.server.proxy.count("PUT") == 0  # not every server forbids a UID to stand twice
    if edited:
        assert isinstance(back, Conflict)
    else:
        assert isinstance(back, Ack) and (back.ref, back.item) == (
            f"{desk.collection.ref}B8E7-moved.ics",
            known.item,
        )
    assert desk.text(image.ref) == "404"


@pytest.mark.parametrize("over", [True, False], ids=["over", "where nothing stands"])
@pytest.mark.parametrize("theirs", [False, True], ids=["unheard", "overwritten"])
def test_a_restore_whose_answer_is_lost_has_one_effect(desk: Desk, over: bool, theirs: bool) -> None:
    """Told apart by what stands there: our own image, or what somebody wrote since."""
    image, known = _decked(desk, todo(1))
    assert known.item is not None
    revision = None
    if over:
        item = replace(known.item, title="Ours")
        (changed,) = desk.push(Update(image.ref, image.revision, item, frozenset({"title"})))
        assert isinstance(changed, Ack)
        revision = changed.revision
    else:
        desk.delete(image.ref)
    desk.server.proxy.requests.clear()

    def lose_first(method: str, path: str, n: int) -> Response | None:
        if method != "PUT" or desk.server.proxy.count("PUT") > 1:
            return None
        if theirs:
            desk.put(
                f"{uid_of(1)}.ics", image.raw.replace("\r\n", "\n").replace("SUMMARY:Shop", "SUMMARY:Theirs")
            )
        return Response(drop=True, forward=not theirs)

    desk.server.proxy.fault = lose_first
    back = _restore(desk, image, revision)
    if theirs:
        assert isinstance(back, Conflict)
        assert "Theirs" in desk.text(image.ref)
    else:
        assert isinstance(back, Ack) and (back.item, back.exact) == (known.item, False)
    assert desk.server.proxy.count("PUT") == 2


def test_a_restore_takes_no_notice_of_a_server_that_takes_none(desk: Desk) -> None:
    """SOGo ignores If-None-Match, so what stands there is looked at first."""
    image, _ = _decked(desk, todo(1))
    desk.put(f"{uid_of(1)}.ics", desk.text(image.ref).replace("SUMMARY:Shop", "SUMMARY:Theirs"))
    desk.server.proxy.requests.clear()
    assert isinstance(_restore(desk, image, None), Conflict)
    assert desk.server.proxy.count("PUT") == 0


HEAD = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\n"
TAIL = "END:VEVENT\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    ("raw", "standing", "sequence"),
    [
        ("", "", None),
        ("SEQUENCE:4\r\n", "SEQUENCE:4\r\n", "SEQUENCE:4"),
        ("SEQUENCE:4\r\n", "", "SEQUENCE:4"),
        ("", "SEQUENCE:1\r\n", "SEQUENCE:2"),
        ("SEQUENCE:4\r\n", "SEQUENCE;X-A=1:5\r\n", "SEQUENCE:6"),
        ("SEQUENCE:4\r\n", None, "SEQUENCE:4"),
        ("SEQUENCE:4\r\nORGANIZER:mailto:a@example.org\r\n", None, "SEQUENCE:6"),
        ("", "SEQUENCE:soon\r\n", None),
        ("", "SEQUENCE:" + "9" * 9999 + "\r\n", "SEQUENCE:1000000000"),
    ],
)
def test_the_sequence_is_counted_up_only_where_it_must_be(
    raw: str, standing: str | None, sequence: str | None
) -> None:
    text = HEAD + raw + TAIL
    sent = images.restored(text, None if standing is None else HEAD + standing + TAIL).decode()
    assert [line for line in sent.split("\r\n") if line.startswith("SEQUENCE")] == (
        [sequence] if sequence else []
    )
    assert images.same(sent, text)
    if sequence is None or f"{sequence}\r\n" in raw:
        assert sent == text


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (HEAD + "X-A:1\r\nSUMMARY:a\r\n b\r\n" + TAIL, True),
        (HEAD + "SUMMARY:ab\r\nDTSTAMP:20261124T080000Z\r\nX-A:1\r\n" + TAIL, True),
        (HEAD.replace("\r\n", "\n") + "SUMMARY:ab\nX-A:1\n" + TAIL, True),
        (HEAD + "SUMMARY:ab\r\n" + TAIL, False),
        (HEAD + "SUMMARY:ab\r\nX-A:2\r\n" + TAIL, False),
        (HEAD + "SUMMARY:ab\r\nBEGIN:VALARM\r\nX-A:1\r\nEND:VALARM\r\n" + TAIL, False),
    ],
)
def test_what_counts_as_the_same(other: str, same: bool) -> None:
    assert images.same(HEAD + "SUMMARY:ab\r\nX-A:1\r\n" + TAIL, other) is same


def test_creating_after_an_image_is_not_confused_by_it(desk: Desk) -> None:
    (ack,) = desk.created(todo(1))
    desk.connector.images(desk.collection, [ack.ref])
    assert all(isinstance(outcome, Ack) for outcome in desk.push(Create(todo(1)), Create(todo(2))))
