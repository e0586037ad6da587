"""What a pass doubts: a clock that jumped, a ledger older than the apps."""

from __future__ import annotations

import datetime as dt

import pytest

from syncer.core.model import Status
from syncer.engine.cycle import Cycle
from syncer.engine.doubts import APART, ClocksApart
from tests.engine.scenes import empty, settled
from tests.home import BINS, HOUSE, Home, uid

BAGS = uid("bins.bags", "2026-11-25")
TUESDAYS = {f"bins.out/2026-{day}" for day in ("11-24", "12-01", "12-08", "12-15")}
YEAR = dt.timedelta(days=365)


class Clocks(Home):
    """The household; the providers' clocks go right, ours may be off by `wrong`."""

    wrong = dt.timedelta()
    right = Home.now

    def begin(self) -> None:
        """Let all clocks go, and come to rest."""
        for provider in self.providers.values():
            provider.clock = lambda: self.right
        self.wait()
        self.wait()

    def wait(self, wrong: dt.timedelta | None = None) -> list[str]:
        """One pass a minute later, by the right clock; returns the collections in trouble with clocks."""
        self.right += dt.timedelta(minutes=1)
        self.wrong = self.wrong if wrong is None else wrong
        self.now = self.right + self.wrong
        report = self.cycle.run()
        return [one.spoke.name for one in report.spokes if isinstance(one.error, ClocksApart)]


@pytest.fixture
def clocks() -> Clocks:
    made = Clocks()
    made.begin()
    return made


def stands(home: Home) -> list[set[str]]:
    """What stands in all collections."""
    return [home.uids(who, what) for who in ("ada", "ben") for what in ("calendar", "tasks")]


@pytest.mark.parametrize("wrong", [YEAR, -YEAR, dt.timedelta(hours=13)])
def test_a_jump_of_one_pass_lets_nothing_lapse_and_writes_nothing(
    clocks: Clocks, wrong: dt.timedelta
) -> None:
    before, writes = stands(clocks), clocks.writes()
    assert clocks.wait(wrong) == ["ada/calendar", "ada/tasks", "ben/calendar", "ben/tasks"]
    assert (stands(clocks), clocks.writes(), clocks.kinds()) == (before, writes, [])
    assert clocks.wait(dt.timedelta()) == []
    assert (stands(clocks), clocks.writes(), clocks.kinds()) == (before, writes, [])


def test_a_tick_during_the_jump_counts_in_the_pass_after_it(clocks: Clocks) -> None:
    clocks.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    clocks.wait(YEAR)
    assert clocks.kinds() == []
    clocks.wait(dt.timedelta())
    assert clocks.facts() == ["done bins.bags/2026-11-25"]


def test_a_difference_that_stays_is_taken_as_right(clocks: Clocks) -> None:
    assert clocks.wait(YEAR) != []
    assert clocks.wait(YEAR) == []
    assert "bins.out/2027-11-30" in clocks.uids("ada", "calendar")


def test_a_difference_that_changes_is_doubted_anew(clocks: Clocks) -> None:
    assert clocks.wait(YEAR) != []
    assert clocks.wait(2 * YEAR) != []
    assert clocks.wait(-YEAR) != []
    assert clocks.kinds() == []


def test_once_the_clocks_agree_the_next_jump_is_doubted_like_the_first(clocks: Clocks) -> None:
    clocks.wait(YEAR)
    clocks.wait(dt.timedelta())
    assert clocks.wait(YEAR) != []


@pytest.mark.parametrize("apart", [dt.timedelta(hours=2), APART - dt.timedelta(minutes=5), -APART])
def test_clocks_that_differ_by_hours_are_as_they_may_be(clocks: Clocks, apart: dt.timedelta) -> None:
    assert clocks.wait(apart) == []


def test_without_a_clock_at_the_provider_nothing_is_compared() -> None:
    home = settled()
    assert all(report.error is None for report in home.run(days=300).spokes)


def test_what_was_doubted_is_known_to_the_next_process_if_it_is_told(clocks: Clocks) -> None:
    clocks.wait(YEAR)
    doubted = clocks.cycle.notes.doubted
    assert doubted == {"ada": YEAR, "ben": YEAR}
    clocks.restart()
    assert clocks.wait(YEAR) != []  # a process that knows nothing doubts again: one more pass, no loss
    clocks.cycle = Cycle(
        clocks.ledger, HOUSE, clocks.lines, clock=lambda: clocks.now, tell=lambda _: None, doubted=doubted
    )
    assert clocks.wait(YEAR) == []


def test_one_provider_whose_own_clock_is_off_stops_nobody_else(clocks: Clocks) -> None:
    clocks.providers["ben"].clock = lambda: clocks.right - YEAR
    clocks.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    assert clocks.wait() == ["ben/calendar", "ben/tasks"]
    assert clocks.facts() == ["done bins.bags/2026-11-25"]
    assert clocks.wait() == []


# A ledger that is older than the apps.


def older(home: Home, backup: bytes) -> None:
    """An older ledger comes back, and nobody says so."""
    home.restore(backup)
    home.restart()


def test_an_older_ledger_is_noticed_without_being_told() -> None:
    """Its later self handed over and back again; what it took down and put up is nobody's doing."""
    home = settled()
    backup = home.backup()
    home.run(days=9)  # what lapsed was taken down, and others put up
    gone = {"bins.bags/2026-11-25"} - home.uids("ada", "tasks")
    assert gone
    older(home, backup)
    for _ in range(3):
        home.run()
    assert [kind for kind in home.kinds() if kind != "lapsed"] == []
    assert home.uids("ada", "calendar") >= TUESDAYS - {"bins.out/2026-11-24"}


def test_what_was_done_after_the_backup_counts_once_from_the_apps() -> None:
    home = settled()
    backup = home.backup()
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    home.run()
    older(home, backup)
    for _ in range(3):
        home.run()
        home.restart()
    assert home.facts() == ["done bins.bags/2026-11-25"]
    assert home.uids("ada", "tasks") == {"bins.bags/2026-11-25", "bins.bags/2026-12-02", "bins.wash/n000001"}


def test_a_handover_that_the_backup_does_not_know_neither_doubles_nor_skips() -> None:
    home = settled()
    backup = home.backup()
    home.give(BINS, "ben")
    home.run()
    older(home, backup)
    for _ in range(3):
        home.run()
    assert home.kinds() == []
    assert home.uids("ada", "calendar") == TUESDAYS
    assert home.uids("ben", "calendar") == set()


def test_in_step_with_the_apps_a_deletion_is_still_its_owners_doing() -> None:
    home = settled()
    older(home, home.backup())
    home.providers["ada"].remove("tasks", BAGS)
    home.run()
    assert home.facts() == ["skipped bins.bags/2026-11-25"]


def test_told_that_it_came_from_a_backup_everything_that_lacks_is_put_back() -> None:
    home = settled()
    backup = home.backup()
    empty(home.providers["ada"].shelf("calendar"))
    home.restore(backup)
    home.run()
    home.run()
    assert home.kinds() == []
    assert home.uids("ada", "calendar") == TUESDAYS
