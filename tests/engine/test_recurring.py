"""A to-do of ours that its owner lets recur: however their app completes it, it is done, once."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from syncer.core.model import Day, Item, Kind, Status
from tests.engine.scenes import move_on, repeat, settled
from tests.home import BINS, MONDAY, Home, uid

BAGS = uid("bins.bags", "2026-11-25")
WASH = uid("bins.wash", "n000001")
NEXT = "bins.bags/2026-12-02"
DUE = Day(dt.date(2026, 11, 25))


@pytest.fixture
def home() -> Home:
    made = settled()
    repeat(made, [BAGS])
    return made


def bags(home: Home) -> Item:
    """The item as it stands in Ada's list."""
    return home.providers["ada"].items("tasks")[BAGS]


def done_once_and_plain(home: Home) -> None:
    """It is done, plain and due when it was; the next occurrence stands; further passes write nothing."""
    for _ in range(2):
        home.run()
    before = home.writes()
    for _ in range(3):
        home.run()
        home.restart()
    assert home.writes() == before
    assert home.facts() == ["done bins.bags/2026-11-25"]
    assert (bags(home).status, bags(home).rule, bags(home).when) == (Status.DONE, "", DUE)
    assert NEXT in home.uids("ada", "tasks")


def test_that_it_recurs_is_the_owners_way_and_nobodys_change(home: Home) -> None:
    before = home.writes()
    for _ in range(3):
        home.run()
    assert (home.writes(), home.facts(), bags(home).rule) == (before, [], "FREQ=WEEKLY")


@pytest.mark.parametrize("days", [7, 14])
def test_evolution_moves_the_same_item_on(home: Home, days: int) -> None:
    move_on(home, [BAGS], days)
    done_once_and_plain(home)


def test_todoman_completes_it_and_goes_on_under_another_name(home: Home) -> None:
    """The old UID loses its rule and is done; what carries on is a stranger's, and is left alone."""
    shelf = home.providers["ada"].shelf("tasks")
    carries_on = Item("b5f1-todoman", Kind.TODO, "Buy bags", Day(dt.date(2026, 12, 3)), rule="FREQ=WEEKLY")
    shelf.put(f"{shelf.collection.ref}b5f1-todoman.ics", carries_on)
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE, rule="", completed=MONDAY)
    done_once_and_plain(home)
    assert home.providers["ada"].items("tasks")["b5f1-todoman"] == carries_on


def test_python_caldav_moves_it_on_and_leaves_a_done_copy(home: Home) -> None:
    shelf = home.providers["ada"].shelf("tasks")
    copy = replace(bags(home), uid="a-copy", status=Status.DONE, rule="")
    shelf.put(f"{shelf.collection.ref}a-copy.ics", copy)
    move_on(home, [BAGS])
    done_once_and_plain(home)
    assert home.providers["ada"].items("tasks")["a-copy"] == copy


def test_an_instance_that_is_done_makes_it_done_and_plain(home: Home) -> None:
    """An override says COMPLETED; the connector reads the item as done, with its rule."""
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    done_once_and_plain(home)


def test_moved_to_a_day_that_the_rule_does_not_name_it_is_rescheduled(home: Home) -> None:
    move_on(home, [BAGS], 1)
    home.run()
    assert home.facts() == ["rescheduled bins.bags/2026-11-25"]
    assert bags(home).when == Day(dt.date(2026, 11, 26))


def test_the_rule_taken_off_again_is_nothing(home: Home) -> None:
    home.providers["ada"].edit("tasks", BAGS, rule="")
    home.run()
    home.run()
    assert home.facts() == []
    assert bags(home).status is Status.OPEN


def test_done_and_opened_again_it_is_open_and_plain(home: Home) -> None:
    move_on(home, [BAGS])
    home.run()
    home.run()
    home.providers["ada"].edit("tasks", BAGS, status=Status.OPEN, completed=None)
    home.run()
    home.run()
    assert home.facts() == ["done bins.bags/2026-11-25", "reopened bins.bags/2026-11-25"]
    assert (bags(home).status, bags(home).rule) == (Status.OPEN, "")


def test_given_away_while_it_recurs_the_one_who_has_it_now_has_a_plain_one(home: Home) -> None:
    home.give(BINS, "ben")
    home.run()
    home.run()
    assert "bins.bags/2026-11-25" not in home.uids("ada", "tasks")
    assert home.providers["ben"].items("tasks")[BAGS].rule == ""
    assert home.facts() == []


def test_what_counts_from_completion_follows_the_day_on_which_it_moved_on() -> None:
    home = settled()
    home.providers["ada"].edit("tasks", WASH, rule="FREQ=DAILY;INTERVAL=10")
    home.run()
    item = home.providers["ada"].items("tasks")[WASH]
    assert isinstance(item.when, Day)
    home.providers["ada"].edit("tasks", WASH, when=Day(item.when.date + dt.timedelta(days=10)))
    home.run(days=2)
    home.run()
    assert home.facts() == ["done bins.wash/n000001"]
    following = home.providers["ada"].items("tasks")[uid("bins.wash", "n000002")]
    assert following.when == Day(dt.date(2026, 12, 25))
