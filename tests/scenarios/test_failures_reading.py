"""Failures of reading: what is not there may be a lie, a swap, or somebody's doing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from syncer.connector import CollectionGone, CursorExpired, Operation, Retry
from syncer.core.model import Kind, Slot, Status
from syncer.testing.manners import RESTLESS, TODOIST
from tests.engine.scenes import empty, settled
from tests.home import BINS, MONDAY, Home, uid

TUESDAYS = {f"bins.out/2026-{day}" for day in ("11-24", "12-01", "12-08", "12-15")}
BAGS = uid("bins.bags", "2026-11-25")


@pytest.fixture
def home() -> Home:
    return settled()


@pytest.mark.parametrize("what", ["pull", "read", "collections"])
def test_a_failed_read_is_never_taken_as_all_deleted(home: Home, what: str) -> None:
    home.providers["ada"].fault = lambda asked, _op: Retry("it broke off") if asked == what else None
    empty(home.providers["ada"].shelf("calendar"))
    home.run(days=1.1)
    assert home.kinds() == []
    assert home.providers["ben"].requests


def test_an_empty_read_after_a_full_one_waits_for_a_person(home: Home) -> None:
    empty(home.providers["ada"].shelf("calendar"))
    home.run()
    assert home.kinds() == []
    assert home.hold("ada/calendar") is not None


def test_another_account_behind_the_same_login_is_not_emptied_nor_believed(home: Home) -> None:
    """Someone signs in elsewhere: nothing that we know is there, and nothing is concluded from it."""
    mine = home.providers["ada"].shelves
    home.providers["ada"].shelves = {}
    home.providers["ada"].add("somebody's", Kind.EVENT)
    for _ in range(2):
        report = home.run()
    assert [type(one.error) for one in report.spokes[:2]] == [CollectionGone] * 2
    assert [shelf.items for shelf in home.providers["ada"].shelves.values()] == [{}]
    home.providers["ada"].shelves = mine
    home.run()
    assert home.kinds() == []
    assert home.uids("ada", "calendar") == TUESDAYS


def test_months_of_silent_failure_end_with_no_destructive_catch_up(home: Home) -> None:
    """The account can't be reached for a quarter of a year; its owner goes on ticking meanwhile."""
    home.providers["ada"].fault = lambda _what, _op: Retry("it can't be reached")
    for _ in range(4):
        assert not home.run(days=25).ok  # and says so each time
    home.providers["ada"].fault = lambda _what, _op: None
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    stood = home.uids("ada", "calendar")
    home.run()
    home.run()
    assert "skipped" not in home.kinds()
    assert home.facts().count("done bins.bags/2026-11-25") == 1
    assert home.uids("ada", "calendar") >= stood  # the past of a calendar is left
    assert len(home.uids("ada", "tasks") - {"bins.bags/2026-11-25"}) == 2  # not one for each week


def test_months_without_the_daemon_end_with_no_destructive_catch_up(home: Home) -> None:
    stood = home.uids("ada", "calendar")
    home.restart()
    home.run(days=100)
    home.run()
    assert "skipped" not in home.kinds()
    assert home.uids("ada", "calendar") >= stood
    assert len(home.uids("ada", "tasks")) == 2
    assert home.hold("ada/tasks") is None


def test_an_expired_cursor_is_no_silence(home: Home) -> None:
    """What happened before the cursor was refused is found by the full comparison, and counts once."""
    provider, asked = home.providers["ada"], []

    def refuse(what: str, _operation: Operation | None) -> CursorExpired | None:
        asked.append(what)
        return CursorExpired("who are you?") if what == "pull" and asked.count("pull") % 2 else None

    provider.edit("tasks", BAGS, status=Status.DONE)
    provider.fault = refuse
    assert home.run().ok
    assert home.facts() == ["done bins.bags/2026-11-25"]


def test_at_the_edge_of_the_window_nothing_is_deleted_day_by_day(home: Home) -> None:
    """Forty days pass: items enter the window at one end and stay behind it at the other."""
    ever: set[str] = set()
    for _ in range(40):
        home.run(days=1)
        now = home.uids("ada", "calendar")
        assert ever <= now
        ever = now
    assert len(ever) == 10
    assert set(home.kinds()) <= {"lapsed"}
    assert home.hold("ada/calendar") is None


def test_revisions_that_change_with_every_answer_are_no_changes() -> None:
    home = settled({"ada": RESTLESS, "ben": RESTLESS})
    before = home.writes()
    for _ in range(5):
        home.run(days=0.1)
    assert (home.writes(), home.facts()) == (before, [])
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    home.run()
    home.run()
    assert home.facts() == ["done bins.bags/2026-11-25"]


def test_what_vanished_because_it_is_done_is_done_and_not_skipped() -> None:
    """A provider whose listings name open items only: the item itself is asked what became of it."""
    home = settled({"ada": TODOIST})
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE, completed=MONDAY)
    home.run(days=1.1)  # a full listing, without it
    assert home.facts() == ["done bins.bags/2026-11-25"]


def test_what_vanished_and_says_nothing_is_never_done(home: Home) -> None:
    home.providers["ada"].remove("tasks", BAGS)
    home.run()
    assert home.facts() == ["skipped bins.bags/2026-11-25"]


def test_a_copy_that_a_mirror_makes_under_its_own_name_is_a_strangers(home: Home) -> None:
    ben = home.providers["ben"].shelf("calendar")
    for item in list(home.providers["ada"].items("calendar").values()):
        ben.put(f"{ben.collection.ref}copy-{item.uid}", replace(item, uid=f"copy-of-{item.uid}"))
    stood, before = dict(ben.items), home.writes()
    for _ in range(3):
        home.run()
    assert (ben.items, home.writes(), home.facts()) == (stood, before, [])


def test_a_copy_that_a_mirror_makes_under_our_name_neither_counts_nor_multiplies(home: Home) -> None:
    """Ada's calendar is mirrored into Ben's: what we take down comes again, and nothing grows."""
    ada, ben = home.providers["ada"].shelf("calendar"), home.providers["ben"].shelf("calendar")
    stood = dict(ada.items)
    for _ in range(4):
        for ref, (_, item) in stood.items():
            ben.put(ref.replace(ada.collection.ref, ben.collection.ref), item)
        before = home.writes()
        home.run()
        assert home.writes() - before <= len(stood)
    assert ada.items == stood
    assert home.facts() == []
    assert home.uids("ben", "calendar") == set()


def test_a_dst_shift_changes_no_item_and_writes_nothing() -> None:
    """Across the end of winter time: each stands at 19:00 by the clock on the wall, and stays untouched."""
    home = Home(now=dt.datetime(2027, 3, 23, 9, tzinfo=dt.UTC))
    home.run()
    home.run()
    items = home.providers["ada"].items("calendar").values()
    hours = {item.when.start.astimezone(dt.UTC).hour for item in items if isinstance(item.when, Slot)}
    assert hours == {17, 18}
    stood = dict(home.providers["ada"].shelf("calendar").items)  # with their revisions
    for days in (4, 1.5, 1):
        home.run(days=days)
    assert home.providers["ada"].shelf("calendar").items == stood


def test_an_all_day_item_is_on_its_day_wherever_the_server_is(home: Home) -> None:
    home.give(BINS, "ben")
    home.run()
    home.run()
    days = {item.uid: item.when for item in home.providers["ben"].items("tasks").values()}
    assert str(days[BAGS]).count("2026, 11, 25") == 1
    assert home.kinds() == []
