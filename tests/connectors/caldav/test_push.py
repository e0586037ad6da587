"""Writing: conditions, retries that have one effect, echoes, and what must survive a change."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Generator, Iterator
from dataclasses import replace

import pytest

from connectors.caldav import writing
from syncer.connector import (
    Ack,
    CollectionGone,
    Conflict,
    Create,
    CredentialsDead,
    Delete,
    Failure,
    Operation,
    Refused,
    Retry,
    Update,
)
from syncer.core.model import Alarm, Day, Kind, Slot, Status
from tests.connectors.caldav.conftest import BERLIN, Desk, todo, uid_of
from tests.connectors.caldav.test_pull import STRANGER
from tests.servers import Request, Response

TITLE = frozenset({"title"})


def _update(ack: Ack, title: str) -> Update:
    assert ack.item is not None
    return Update(ack.ref, ack.revision, replace(ack.item, title=title), TITLE)


def _failure(desk: Desk, operation: Operation) -> Exception:
    (outcome,) = desk.push(operation)
    assert isinstance(outcome, Failure), outcome
    return outcome.error


def test_a_create_is_read_back(desk: Desk) -> None:
    item = todo(1, "Käse, Brot; Milch", notes="two\nlines", alarms=(Alarm(dt.timedelta(hours=9)),))
    (ack,) = desk.created(item)
    assert ack.ref == desk.address(1) == desk.connector.address_of(desk.collection, item.uid)
    assert ack.item == item
    assert ack.exact
    assert [
        (request.method, request.headers.get("if-none-match")) for request in desk.server.proxy.requests
    ] == [
        ("PUT", "*"),
        ("REPORT", None),
    ]


def test_an_update_leaves_everything_else(desk: Desk) -> None:
    """Properties, alarms and parameters of other apps are the same before and after."""
    (ack,) = desk.created(todo(1, alarms=(Alarm(dt.timedelta(hours=9)),)))
    text = desk.text(ack.ref)
    extras = "X-MINE;FLAVOUR=odd:as it is\nCATEGORIES:one,two\nPRIORITY:3\nSUMMARY;LANGUAGE=en:Shop\n"
    desk.put(f"{uid_of(1)}.ics", text.replace("SUMMARY:Shop\n", extras))
    (seen,) = desk.connector.read(desk.collection, [ack.ref])
    before = desk.text(ack.ref)
    (outcome,) = desk.push(Update(ack.ref, seen.revision, todo(1, "Shop more"), TITLE))  # type: ignore[union-attr]  # just created
    assert isinstance(outcome, Ack)
    assert outcome.item is not None
    assert outcome.item.title == "Shop more"
    assert outcome.exact

    def kept(text: str) -> list[str]:
        return sorted(line for line in text.split("\n") if not line.startswith(("DTSTAMP", "LAST-MODIFIED")))

    assert kept(desk.text(ack.ref)) == kept(before.replace(":Shop", ":Shop more", 1))
    assert "TRIGGER;RELATED=END:PT9H" in desk.text(ack.ref)


def test_an_update_reads_once_and_is_conditional(desk: Desk) -> None:
    acks = desk.created(*(todo(number) for number in range(1, 5)))
    desk.server.proxy.requests.clear()
    outcomes = desk.push(*(_update(ack, "Shop more") for ack in acks))
    assert {outcome.item.title for outcome in outcomes if isinstance(outcome, Ack) and outcome.item} == {
        "Shop more"
    }
    assert desk.server.proxy.count("REPORT") == 2
    sent = {request.headers["if-match"] for request in desk.server.proxy.requests if request.method == "PUT"}
    assert sent == {ack.revision for ack in acks}


def test_a_changed_item_is_not_overwritten(desk: Desk) -> None:
    (ack,) = desk.created(todo(1))
    desk.put(f"{uid_of(1)}.ics", desk.text(ack.ref).replace("Shop", "Theirs"))
    assert isinstance(_failure(desk, _update(ack, "Ours")), Conflict)
    assert isinstance(_failure(desk, Delete(ack.ref, ack.revision, uid_of(1))), Conflict)
    assert "Theirs" in desk.text(ack.ref)


def test_a_change_between_reading_and_writing_is_a_conflict(desk: Desk) -> None:
    """The server's own condition catches what the comparison could not see."""
    (ack,) = desk.created(todo(1))

    def meanwhile(method: str, path: str, n: int) -> Response | None:
        if method == "PUT":
            desk.put(f"{uid_of(1)}.ics", desk.text(ack.ref).replace("Shop", "Theirs"))
        return None

    desk.server.proxy.fault = meanwhile
    assert isinstance(_failure(desk, _update(ack, "Ours")), Conflict)
    assert "Theirs" in desk.text(ack.ref)


def test_a_delete_is_conditional_and_not_there_is_as_good(desk: Desk) -> None:
    (ack,) = desk.created(todo(1))
    operation = Delete(ack.ref, ack.revision, uid_of(1))
    for _ in range(2):
        assert desk.push(operation) == [Ack(operation, ack.ref, None, None)]
    assert desk.server.proxy.requests[-1].headers["if-match"] == ack.revision
    assert desk.text(ack.ref) == "404"


def test_what_stands_there_already_is_adopted(desk: Desk) -> None:
    desk.created(todo(1))
    desk.put(f"{uid_of(1)}.ics", desk.text(desk.address(1)).replace("Shop", "Changed since"))
    (outcome,) = desk.push(Create(todo(1)))
    assert isinstance(outcome, Ack)
    assert outcome.item is not None
    assert (outcome.item.title, outcome.exact, outcome.ref) == ("Changed since", False, desk.address(1))


def test_a_stranger_at_our_address_is_left_alone(desk: Desk) -> None:
    desk.put(f"{uid_of(1)}.ics", STRANGER.format(uid="private"))
    before = desk.text(desk.address(1))
    refused = _failure(desk, Create(todo(1)))
    assert isinstance(refused, Refused)
    assert "somebody else's item stands at that address" in str(refused)
    assert isinstance(_failure(desk, Update(desk.address(1), None, todo(1), TITLE)), Refused)
    assert desk.text(desk.address(1)) == before


def test_an_item_that_was_moved_is_adopted_where_it_is(desk: Desk) -> None:
    """The server holds the UID at another address and says so (RFC 4791 section 5.3.2.1)."""
    (ack,) = desk.created(todo(1))
    text = desk.text(ack.ref)
    desk.delete(ack.ref)
    desk.put("moved-by-an-app.ics", text)
    (outcome,) = desk.push(Create(todo(1)))
    assert isinstance(outcome, Ack)
    assert (outcome.ref, outcome.exact) == (desk.collection.ref + "moved-by-an-app.ics", False)
    assert desk.text(desk.address(1)) == "404"


@pytest.mark.parametrize("drop", [True, False], ids=["reset", "timeout"])
def test_a_create_whose_answer_is_lost_has_one_effect(desk: Desk, drop: bool) -> None:
    def lose_first(method: str, path: str, n: int) -> Response | None:
        first = method == "PUT" and desk.server.proxy.count("PUT") == 1
        return Response(503 if not drop else 200, forward=True, drop=drop) if first else None

    desk.server.proxy.fault = lose_first
    (outcome,) = desk.push(Create(todo(1)))
    assert isinstance(outcome, Ack)
    assert outcome.item == todo(1)
    assert desk.server.proxy.count("PUT") == 2
    assert len(desk.pull().seen) == 1


def test_a_create_that_times_out_has_one_effect(desk: Desk) -> None:
    """The server is slower than we are patient, and applies it all the same."""
    impatient = desk.account.connect(timeout=1)
    impatient.collections()
    desk.server.proxy.reset()

    def hold(method: str, path: str, n: int) -> Response | None:
        if method == "PUT" and desk.server.proxy.count("PUT") == 1:
            body = desk.server.proxy.requests[n].body
            desk.server.raw("ada", "PUT", path, body, {"Content-Type": "text/calendar"})
            time.sleep(1.5)
            return Response(201)
        return None

    desk.server.proxy.fault = hold
    (outcome,) = list(impatient.push(desk.collection, [Create(todo(1))]))
    assert isinstance(outcome, Ack)
    assert desk.server.proxy.count("PUT") == 2
    assert len(desk.pull().seen) == 1


def test_an_update_whose_answer_is_lost_is_confirmed(desk: Desk) -> None:
    (ack,) = desk.created(todo(1))

    def lose_first(method: str, path: str, n: int) -> Response | None:
        first = method == "PUT" and desk.server.proxy.count("PUT") == 2
        return Response(forward=True, drop=True) if first else None

    desk.server.proxy.fault = lose_first
    (outcome,) = desk.push(_update(ack, "Ours"))
    assert isinstance(outcome, Ack)
    assert outcome.item is not None
    assert (outcome.item.title, outcome.exact) == ("Ours", False)


def test_a_lost_update_that_somebody_overwrote_is_a_conflict(desk: Desk) -> None:
    (ack,) = desk.created(todo(1))

    def lose_first(method: str, path: str, n: int) -> Response | None:
        if method == "PUT" and desk.server.proxy.count("PUT") == 2:
            desk.put(f"{uid_of(1)}.ics", desk.text(ack.ref).replace("Shop", "Theirs"))
            return Response(drop=True)
        return None

    desk.server.proxy.fault = lose_first
    assert isinstance(_failure(desk, _update(ack, "Ours")), Conflict)
    assert "Theirs" in desk.text(ack.ref)


def test_retry_after_is_honoured(desk: Desk) -> None:
    busy = Response(429, headers={"Retry-After": "7"})
    desk.server.proxy.fault = lambda method, path, n: busy if n < 2 else None
    (outcome,) = desk.push(Create(todo(1)))
    assert isinstance(outcome, Ack)
    assert desk.account.waited == [7, 7]


def test_a_long_wish_is_handed_on_at_once(desk: Desk) -> None:
    """Waiting ten minutes is the engine's affair; the other operations are not tried meanwhile."""
    desk.server.proxy.fault = lambda *_: Response(503, headers={"Retry-After": "600"})
    connector = desk.account.connect(parallel=1)
    outcomes = list(connector.push(desk.collection, [Create(todo(number)) for number in range(1, 20)]))
    assert len(outcomes) == 19
    for outcome in outcomes:
        assert isinstance(outcome, Failure)
        assert isinstance(outcome.error, Retry)
        assert outcome.error.after == 600
    assert desk.server.proxy.count() == 1
    assert desk.account.waited == []


def test_three_attempts_and_no_more(desk: Desk) -> None:
    desk.server.proxy.fault = lambda *_: Response(500)
    assert isinstance(_failure(desk, Create(todo(1))), Retry)
    assert desk.server.proxy.count() == 3
    assert len(desk.account.waited) == 2


def test_one_refused_item_does_not_stop_the_others(desk: Desk) -> None:
    full = b'<error xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><C:max-resource-size/></error>'
    desk.server.proxy.fault = lambda method, path, n: (
        Response(403, full, {"Content-Type": "application/xml"}) if uid_of(2) in path else None
    )
    outcomes = desk.push(*(Create(todo(number)) for number in (1, 2, 3)))
    errors = [outcome.error for outcome in outcomes if isinstance(outcome, Failure)]
    assert [(type(error), error.subject) for error in errors] == [(Refused, uid_of(2))]
    assert "larger than the server takes" in str(errors[0])
    assert len(outcomes) == 3


def test_written_but_not_read_back_is_to_be_settled(desk: Desk) -> None:
    desk.server.proxy.fault = lambda method, path, n: Response(500) if method == "REPORT" else None
    error = _failure(desk, Create(todo(1)))
    assert isinstance(error, Retry)
    assert "written" in error.condition
    assert "Shop" in desk.text(desk.address(1))


def test_a_put_without_an_etag_is_not_exact(desk: Desk) -> None:
    def rewrite(request: Request, response: Response) -> Response:
        headers = {name: value for name, value in response.headers.items() if name.lower() != "etag"}
        return Response(response.status, response.body, headers)

    desk.server.proxy.rewrite = rewrite
    (ack,) = desk.created(todo(1))
    assert not ack.exact
    assert ack.item == todo(1)


def test_weak_etags_are_compared_by_us(desk: Desk) -> None:
    """RFC 9110 section 13.1.1: a weak ETag in If-Match never matches, so it is not sent."""

    def rewrite(request: Request, response: Response) -> Response:
        body = response.body.replace(b'getetag>"', b'getetag>W/"').replace(
            b"getetag>&quot;", b"getetag>W/&quot;"
        )
        headers = {
            name: f"W/{value}" if name.lower() == "etag" else value
            for name, value in response.headers.items()
        }
        return Response(response.status, body, headers)

    desk.server.proxy.rewrite = rewrite
    first, second = desk.created(todo(1), todo(2))
    assert (first.revision or "").startswith("W/")
    (outcome,) = desk.push(_update(first, "Ours"))
    assert isinstance(outcome, Ack)
    assert all("if-match" not in request.headers for request in desk.server.proxy.requests)
    assert isinstance(_failure(desk, _update(first, "Again")), Conflict)
    assert isinstance(_failure(desk, Delete(first.ref, first.revision, uid_of(1))), Conflict)
    assert desk.push(Delete(second.ref, second.revision, uid_of(2)))[0] == Ack(
        Delete(second.ref, second.revision, uid_of(2)), second.ref, None, None
    )


def test_a_collection_that_is_gone(desk: Desk) -> None:
    (ack,) = desk.created(todo(1))
    desk.delete(desk.collection.ref)
    for operation in (Create(todo(2)), _update(ack, "Ours")):
        assert isinstance(_failure(desk, operation), CollectionGone)


def test_an_item_that_is_gone_is_a_conflict(desk: Desk) -> None:
    acks = desk.created(todo(1), todo(2))
    desk.delete(acks[0].ref)
    assert isinstance(_failure(desk, _update(acks[0], "Ours")), Conflict)
    assert desk.text(acks[0].ref) == "404"


def test_a_password_revoked_half_way_stops_the_rest(desk: Desk) -> None:
    desk.server.proxy.fault = lambda method, path, n: Response(401) if n >= 2 else None
    connector = desk.account.connect(parallel=1)
    outcomes = list(connector.push(desk.collection, [Create(todo(number)) for number in range(1, 10)]))
    dead = [one for one in outcomes if isinstance(one, Failure) and isinstance(one.error, CredentialsDead)]
    assert len(dead) == 7
    assert desk.server.proxy.count("PUT") == 3


def test_stopping_sends_nothing_new(desk: Desk) -> None:
    """What was not sent yields nothing; what was sent is acknowledged."""

    def stop(method: str, path: str, n: int) -> Response | None:
        desk.account.stopping = desk.server.proxy.count("PUT") >= 5
        return None

    desk.server.proxy.fault = stop
    connector = desk.account.connect(parallel=2)
    outcomes = list(connector.push(desk.collection, [Create(todo(number)) for number in range(1, 400)]))
    assert 5 <= len(outcomes) <= 7
    assert all(isinstance(outcome, Ack) for outcome in outcomes)
    assert desk.server.proxy.count("PUT") == len(outcomes)


def test_acknowledgements_come_chunk_by_chunk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first are known while later ones are under way; not everything is taken in at once."""
    monkeypatch.setattr(writing, "CHUNK", 10)
    taken: list[Operation] = []

    def source() -> Iterator[Operation]:
        for number in range(1, 36):
            taken.append(Create(todo(number)))
            yield taken[-1]

    outcomes = desk.connector.push(desk.collection, source())
    assert isinstance(next(outcomes), Ack)
    assert len(taken) == 20
    assert isinstance(outcomes, Generator)
    outcomes.close()
    before = desk.server.proxy.count("PUT")
    assert 10 <= before <= 20
    assert len(desk.push(*source())) == 35  # sending them all again has no second effect
    assert len(desk.pull().seen) == 35


def test_a_timed_event_and_a_day(desk: Desk) -> None:
    """Both shapes go out and come back, in a calendar for events."""
    calendar = desk.connector.create_collection(f"Events {desk.collection.name}", Kind.EVENT)
    slot = Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=BERLIN), 45)
    timed = replace(todo(1, when=slot, alarms=(Alarm(dt.timedelta(minutes=-15)),)), kind=Kind.EVENT)
    whole = replace(todo(2), kind=Kind.EVENT)
    outcomes = list(desk.connector.push(calendar, [Create(timed), Create(whole)]))
    items = {
        outcome.item.uid: outcome.item for outcome in outcomes if isinstance(outcome, Ack) and outcome.item
    }
    assert items == {timed.uid: timed, whole.uid: whole}
    ack = next(one for one in outcomes if isinstance(one, Ack) and one.operation == Create(timed))
    moved = replace(timed, when=Slot(slot.start + dt.timedelta(days=1), 60), title="✓ Shop")
    (outcome,) = list(
        desk.connector.push(calendar, [Update(ack.ref, ack.revision, moved, frozenset({"when", "title"}))])
    )
    assert isinstance(outcome, Ack)
    assert outcome.item == moved
    text = desk.text(ack.ref)
    assert "SEQUENCE:1" in text
    assert "TRIGGER:-PT15M" in text
    assert text.count("BEGIN:VTIMEZONE") == 1


def test_done_and_reopened(desk: Desk) -> None:
    (ack,) = desk.created(todo(1))
    moment = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
    done = todo(1, status=Status.DONE, completed=moment)
    (first,) = desk.push(Update(ack.ref, ack.revision, done, frozenset({"status"})))
    assert isinstance(first, Ack)
    assert first.item is not None
    assert (first.item.status, first.item.percent, first.item.completed) == (Status.DONE, 100, moment)
    (second,) = desk.push(
        Update(ack.ref, first.revision, todo(1, when=Day(dt.date(2026, 12, 1))), frozenset({"status"}))
    )
    assert isinstance(second, Ack)
    assert second.item == todo(1)


def test_what_is_unreadable_at_our_address_is_told(desk: Desk) -> None:
    """Tried again it would be the same for ever."""
    desk.created(todo(1))

    def rewrite(request: Request, response: Response) -> Response:
        body = response.body.replace(f"UID:{uid_of(1)}".encode(), b"X-NO:uid")
        return Response(response.status, body, response.headers)

    desk.server.proxy.rewrite = rewrite
    error = _failure(desk, Create(todo(1)))
    assert isinstance(error, Refused)
    assert str(error) == f"an unreadable item stands there ({uid_of(1)}). Delete it in the app"


def test_a_time_out_of_reach_is_refused(desk: Desk) -> None:
    (ack,) = desk.created(todo(1))
    late = todo(1, when=Day(dt.date(2300, 1, 1)))
    long = replace(todo(2, when=Slot(dt.datetime(2026, 1, 1, tzinfo=BERLIN), 10**10)), kind=Kind.EVENT)
    for operation in (
        Create(late),
        Create(long),
        Update(ack.ref, ack.revision, late, frozenset({"when"})),
    ):
        assert isinstance(_failure(desk, operation), Refused)


def test_a_lock_is_waited_out(desk: Desk) -> None:
    """Xandikos locks a whole calendar while it writes, so writes side by side meet it more than twice."""
    desk.server.proxy.fault = lambda method, path, n: Response(423) if n < 6 else None
    (outcome,) = desk.push(Create(todo(1)))
    assert isinstance(outcome, Ack)
    assert desk.server.proxy.count("PUT") == 7
    assert sum(desk.account.waited) < 3


def test_a_page_is_no_deletion(desk: Desk) -> None:
    """A login page in front of the server says 200 to everything; an empty answer of PHP's is called HTML."""
    (ack,) = desk.created(todo(1))
    page = Response(200, b"<!DOCTYPE html><title>Log in", {"Content-Type": "text/html"})
    desk.server.proxy.fault = lambda method, path, n: page if method == "DELETE" else None
    assert isinstance(_failure(desk, Delete(ack.ref, ack.revision, uid_of(1))), Retry)
    empty = Response(200, b"", {"Content-Type": "text/html"})
    desk.server.proxy.fault = lambda method, path, n: (
        replace(empty, forward=True) if method == "DELETE" else None
    )
    assert isinstance(desk.push(Delete(ack.ref, ack.revision, uid_of(1)))[0], Ack)
