"""Tasks and items: what a task can hold comes back, and what it can't is left alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from connectors import markers
from connectors.google_tasks import codec, cursors, images, revisions
from syncer.connector import CursorExpired, Refused
from syncer.core.model import Alarm, Day, Item, Slot, Status
from syncer.testing.builders import BERLIN, NEW_YORK, claims, uid
from tests.connectors.google_tasks.conftest import todo
from tests.emulators import discovery

DAY = Day(dt.date(2026, 11, 24))
DONE = dt.datetime(2026, 11, 24, 9, 30, tzinfo=BERLIN)
DOCUMENT = discovery.load("tasks", "v1")


def _task(**fields: Any) -> dict[str, Any]:
    return {"id": "t1", "etag": '"7"', "title": "Bread", "status": "needsAction", "links": []} | fields


@pytest.mark.parametrize(
    "item",
    [
        todo(),
        todo(when=None),
        todo(title="", notes=""),
        todo(notes="Brown\n\nand blue"),
        todo(when=Day(dt.date.min)),
        todo(when=Day(dt.date.max)),
        todo(status=Status.DONE, completed=DONE.astimezone(dt.UTC)),
    ],
)
def test_what_is_written_is_read_again_and_fits_the_document(item: Item) -> None:
    body = codec.encode(item, BERLIN)
    assert DOCUMENT.body(DOCUMENT.calls["tasks.tasks.insert"], body) == []
    assert codec.uid_of(body, claims) == item.uid
    assert codec.decode(_task(**body), item.uid) == item


def test_a_time_of_day_becomes_its_day_where_the_partner_lives() -> None:
    late = Slot(dt.datetime(2026, 11, 24, 20, tzinfo=NEW_YORK))
    assert codec.encode(todo(when=late), BERLIN)["due"] == "2026-11-25T00:00:00.000Z"
    assert codec.encode(todo(when=late), NEW_YORK)["due"] == "2026-11-24T00:00:00.000Z"
    last = Slot(dt.datetime.max.replace(tzinfo=BERLIN))
    assert codec.encode(todo(when=last), NEW_YORK)["due"] == "9999-12-31T00:00:00.000Z"


def test_what_a_task_can_not_hold_is_not_written() -> None:
    item = todo(alarms=(Alarm(dt.timedelta(hours=-2)),), percent=40, rule="FREQ=DAILY")
    assert codec.encode(item, BERLIN).keys() == {"title", "notes", "due", "status"}


def test_a_change_names_its_fields_and_a_null_clears() -> None:
    later = todo(title="Rolls", when=None, notes="")
    assert codec.patch(later, frozenset({"title"}), BERLIN) == {"title": "Rolls"}
    assert codec.patch(later, frozenset({"when"}), BERLIN) == {"due": None}
    assert codec.patch(later, frozenset({"notes"}), BERLIN) == {"notes": markers.marked("", later.uid)}
    assert codec.patch(later, frozenset({"rule", "alarms"}), BERLIN) == {}


def test_done_and_open_again() -> None:
    done = todo(status=Status.DONE, completed=DONE)
    assert codec.patch(done, frozenset({"status"}), BERLIN) == {
        "status": "completed",
        "completed": "2026-11-24T08:30:00.000Z",
    }
    assert codec.patch(todo(status=Status.DONE), frozenset({"status"}), BERLIN) == {"status": "completed"}
    for status in (Status.OPEN, Status.CANCELLED):
        opened = codec.patch(todo(status=status, completed=DONE), frozenset({"status"}), BERLIN)
        assert opened == {"status": "needsAction", "completed": None}


@pytest.mark.parametrize(
    ("item", "cure"),
    [
        (todo(title="x" * 1025), "Shorten its title"),
        (todo(notes="x" * 8193), "Shorten its notes"),
        (todo(notes="x" * (8193 - markers.length(uid(1)))), "Shorten its notes"),
        (todo(title="half \ud800"), "Write its title anew"),
        (todo(notes="half \ud800"), "Write its notes anew"),
    ],
)
def test_what_google_would_refuse_is_refused_before_it_is_sent(item: Item, cure: str) -> None:
    with pytest.raises(Refused, match=cure) as refused:
        codec.encode(item, BERLIN)
    assert refused.value.subject == item.uid and "xx" not in str(refused.value)


def test_the_longest_that_fits_is_written() -> None:
    longest = todo(title="x" * 1024, notes="y" * (8192 - markers.length(uid(1))))
    body = codec.encode(longest, BERLIN)
    assert (len(body["title"]), len(body["notes"])) == (1024, 8192)


@pytest.mark.parametrize(
    ("fields", "when"),
    [({}, None), ({"due": "2026-11-24T00:00:00.000Z"}, DAY), ({"due": "2026-11-24T23:30:00+01:00"}, DAY),
     ({"due": "2026-11-24"}, DAY)],
)  # fmt: skip
def test_of_a_due_only_the_day_counts(fields: dict[str, Any], when: Day | None) -> None:
    assert codec.decode(_task(**fields), uid(1)).when == when


@pytest.mark.parametrize(
    "fields",
    [{"due": "2026-02-30T00:00:00Z"}, {"due": "soon"}, {"due": 7}, {"title": 7}, {"notes": []},
     {"status": "almost"}, {"status": []}, {"title": "x" * 2**21}, {"notes": "x" * 2**21}],
)  # fmt: skip
def test_what_makes_no_sense_is_unreadable(fields: dict[str, Any]) -> None:
    with pytest.raises(codec.Unreadable) as unreadable:
        codec.decode(_task(**fields), uid(1))
    assert len(str(unreadable.value)) < 80


@pytest.mark.parametrize("said", ["yesterday", 7, None, "9999-12-31T23:59:59-01:00"])
def test_an_odd_moment_of_completion_is_none_and_the_tick_stands(said: Any) -> None:
    item = codec.decode(_task(status="completed", completed=said), uid(1))
    assert (item.status, item.completed) == (Status.DONE, None)


def test_a_moment_of_completion_counts_only_with_the_status() -> None:
    item = codec.decode(_task(completed="2026-11-24T08:30:00.000Z"), uid(1))
    assert (item.status, item.completed) == (Status.OPEN, None)


def test_whose_a_task_is_says_what_we_hold_before_its_notes() -> None:
    marked = _task(notes=markers.marked("Brown", uid(1)))
    assert codec.uid_of(marked, claims) == uid(1)
    assert codec.uid_of(_task(notes="Brown"), claims) is None
    assert codec.uid_of(_task(), claims) is None
    assert codec.uid_of(_task(notes=7), claims) is None
    assert codec.uid_of(_task(notes="x" * 2**21 + markers.marked("", uid(1))), claims) is None
    assert codec.uid_of(_task(notes="Brown"), claims, known=uid(2)) == uid(2)
    assert codec.uid_of(marked, claims, known=uid(2)) == uid(2)
    assert codec.uid_of(_task(notes="Brown"), claims, known="not-ours") is None


def test_another_items_line_in_the_notes_is_a_note() -> None:
    notes = markers.marked("Copied", uid(2))
    assert codec.decode(_task(notes=notes), uid(1)).notes == notes


def test_a_revision_tells_its_etag_and_its_uid() -> None:
    told = revisions.revision(_task(), uid(1))
    assert (revisions.uid_in(told), revisions.etag_in(told)) == (uid(1), '"7"')
    nobodys = revisions.revision(_task(), None)
    assert (revisions.uid_in(nobodys), revisions.etag_in(nobodys)) == (None, '"7"')
    assert revisions.revision({"id": "t1"}, uid(1)) is None
    assert revisions.uid_in(None) is None and revisions.etag_in(None) is None
    assert revisions.etag_in("1") == '"never"' and revisions.uid_in("1") is None


@pytest.mark.parametrize(
    "cursor", ["", "now", "2026-11-24", "2026-13-24T08:00:00Z", "2026-11-24T08:00:00+00:00"]
)
def test_what_is_no_cursor_of_ours_has_expired(cursor: str) -> None:
    with pytest.raises(CursorExpired):
        cursors.read(cursor, "list")


def test_a_cursor_overlaps_and_grows_old() -> None:
    now = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
    then = cursors.read(cursors.written(now), "list")
    assert then == now and cursors.start(then) == "2026-11-24T07:58:00Z"
    assert cursors.start(dt.datetime.min.replace(tzinfo=dt.UTC)) == "0001-01-01T00:00:00Z"
    cursors.check(then, now + cursors.OLDEST, "list")
    cursors.check(then, None, "list")
    for wrong in (now + cursors.OLDEST + dt.timedelta(seconds=1), now - dt.timedelta(minutes=3)):
        with pytest.raises(CursorExpired):
            cursors.check(then, wrong, "list")


def test_an_image_holds_what_can_be_put_back() -> None:
    task = _task(notes="Brown", due="2026-11-24T00:00:00.000Z", position="7", hidden=True)
    raw = images.taken(task)
    assert images.same(raw, task | {"etag": '"8"', "position": "9"}) and not images.same(
        raw, task | {"notes": "Blue"}
    )
    assert images.body(raw) == {
        "title": "Bread",
        "notes": "Brown",
        "due": "2026-11-24T00:00:00.000Z",
        "status": "needsAction",
        "completed": None,
    }
    assert DOCUMENT.body(DOCUMENT.calls["tasks.tasks.patch"], images.body(raw)) == []
    assert "completed" not in images.new(raw)


def test_a_task_is_untouched_when_only_its_place_is_another() -> None:
    task = _task(position="7", updated="2026-11-24T08:00:00.000Z")
    assert images.untouched(task, task | {"etag": '"8"', "position": "9", "hidden": False})
    for change in ({"title": "Rolls"}, {"hidden": True}, {"parent": "t2"}, {"links": [{"link": "x"}]}):
        assert not images.untouched(task, task | change)
