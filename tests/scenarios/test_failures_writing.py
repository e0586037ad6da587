"""Failures of writing: doubles, resurrections, loops, limits, and what a provider can't hold."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from syncer.connector import ConnectorError, Operation, Refused, Retry
from syncer.core.model import Day, Item, Status
from syncer.testing.manners import GOOGLE_CALENDAR, GOOGLE_TASKS, MISERLY, TIDY, TODOIST, Manner
from tests.engine.scenes import settled
from tests.home import Home, uid

TUESDAYS = {f"bins.out/2026-{day}" for day in ("11-24", "12-01", "12-08", "12-15")}
BAGS = uid("bins.bags", "2026-11-25")


@pytest.fixture
def home() -> Home:
    return settled()


def stands(home: Home, collection: str) -> list[str]:
    """The UIDs in one of Ada's collections, each as often as it stands there."""
    return sorted(item.uid for _, item in home.providers["ada"].shelf(collection).items.values())


@pytest.mark.parametrize("manner", [TIDY, GOOGLE_CALENDAR, TODOIST], ids=lambda manner: manner.name)
def test_a_first_sync_with_a_lost_ledger_doubles_nothing(manner: Manner) -> None:
    home = settled({"ada": manner})
    before = stands(home, "calendar"), stands(home, "tasks")
    lost = Home(manners=home.manners)
    lost.providers["ada"].shelves = home.providers["ada"].shelves
    for _ in range(3):
        lost.run()
    assert (stands(lost, "calendar"), stands(lost, "tasks")) == before
    assert lost.kinds() == []


@pytest.mark.parametrize("manner", [TIDY, GOOGLE_TASKS, TODOIST], ids=lambda manner: manner.name)
def test_a_crash_between_creating_and_writing_it_down_leaves_one(manner: Manner) -> None:
    home = Home(manners={"ada": manner})

    def die(_operation: Operation) -> None:
        if home.providers["ada"].writes == 2:
            raise KeyboardInterrupt

    home.providers["ada"].before_write = die
    with pytest.raises(KeyboardInterrupt):
        home.run()
    home.providers["ada"].before_write = lambda _: None
    home.restart()
    for _ in range(2):
        home.run()
    assert home.uids("ada", "calendar") == TUESDAYS
    assert (len(stands(home, "calendar")), home.kinds()) == (4, [])


def test_what_a_person_deleted_is_not_resurrected(home: Home) -> None:
    home.providers["ada"].remove("tasks", BAGS)
    for days in (0, 0, 1.1, 0):
        home.run(days=days)
        home.restart()
    assert BAGS not in home.providers["ada"].items("tasks")
    assert home.facts() == ["skipped bins.bags/2026-11-25"]


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "never arrived"])
def test_a_provider_that_is_busy_is_asked_again_and_each_write_has_one_effect(arrived: bool) -> None:
    home = Home()

    def busy(_what: str, operation: Operation | None) -> ConnectorError | None:
        return Retry("slow down", after=30) if operation is not None else None

    home.providers["ada"].fault = busy
    if arrived:
        home.providers["ada"].lost_answers = {uid("bins.out", day.partition("/")[2]) for day in TUESDAYS}
    report = home.run()
    assert {error.after for one in report.spokes if isinstance(error := one.applied.error, Retry)} == {30}
    home.providers["ada"].fault = lambda _what, _op: None
    home.run()
    home.run()
    assert home.uids("ada", "calendar") == TUESDAYS
    assert len(stands(home, "calendar")) == 4


@pytest.mark.parametrize(
    "manner", [TIDY, MISERLY, GOOGLE_TASKS, TODOIST, GOOGLE_CALENDAR], ids=lambda manner: manner.name
)
def test_what_a_provider_can_not_hold_is_left_alone_and_not_written_again(manner: Manner) -> None:
    home = settled({"ada": manner, "ben": manner})
    before = home.writes()
    for days in (0, 0, 0.3):
        home.run(days=days)
    assert (home.writes(), home.facts()) == (before, [])


def test_one_item_that_is_never_taken_blocks_no_other_and_is_not_sent_again_and_again() -> None:
    home = Home()
    bad = uid("bins.out", "2026-12-01")
    home.providers["ada"].fault = lambda _what, op: Refused("too long") if op and op.uid == bad else None
    home.run()
    assert home.uids("ada", "calendar") == TUESDAYS - {"bins.out/2026-12-01"}
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    before = home.writes()
    home.run()
    home.run()
    assert home.facts() == ["done bins.bags/2026-11-25"]
    assert home.writes() == before + 1  # the next bags, and nothing of the refused one


def test_a_due_date_that_is_moved_erases_no_recurrence(home: Home) -> None:
    """What the owner made of the item stays with it: only fields that we change are written."""
    home.providers["ada"].edit("tasks", BAGS, rule="FREQ=WEEKLY")
    home.run()
    home.providers["ada"].edit("tasks", BAGS, when=Day(dt.date(2026, 11, 27)))
    home.run()
    home.run()
    item = home.providers["ada"].items("tasks")[BAGS]
    assert (item.rule, item.when) == ("FREQ=WEEKLY", Day(dt.date(2026, 11, 27)))


def test_nothing_that_goes_out_could_invite_anybody() -> None:
    """No mail storm: an item has no attendee, no organiser and no place where one could be put."""
    assert not {
        name for name in (f.name for f in dataclasses.fields(Item)) if "atten" in name or "organ" in name
    }
