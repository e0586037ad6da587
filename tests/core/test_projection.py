"""What a collection should hold: which occurrences, in which words, and why others leave or stay."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from syncer.core.fold import Progress
from syncer.core.identity import Identity
from syncer.core.model import AfterDone, BundleState, Day, Kind, Missed, Once, Rule, Slot, Status
from syncer.core.projection import Want, desired, notes_of
from syncer.core.shapes import when_to_data
from syncer.core.spoke import Now, Spoke
from syncer.core.view import View
from tests.core.scenes import (
    AUCKLAND,
    BELLS,
    BERLIN,
    BINS,
    EVENT,
    HOUSE,
    NOON,
    NOW,
    TODO,
    a_task,
    a_view,
    later,
    state,
    timed,
)

OPEN, DONE, SKIPPED, LAPSED = Progress.OPEN, Progress.DONE, Progress.SKIPPED, Progress.LAPSED
BAGS = Identity("bins.bags", "2026-11-25")
OUT = Identity("bins.out", "2026-11-24")
ALL_TODO, ALL_EVENT = replace(TODO, timed=True), replace(EVENT, due=True)


def wanted(view: View, spoke: Spoke = TODO, now: Now = NOW, *live: Identity) -> list[str]:
    """The keys of the occurrences wanted in a collection, oldest first."""
    found = desired(view, spoke, now, live)
    return sorted(i.occurrence for i, d in found.items() if d.want is Want.WANTED)


def answer(view: View, identity: Identity = BAGS, spoke: Spoke = TODO, now: Now = NOW) -> tuple[Want, str]:
    """What is wanted of something that stands there, and why."""
    found = desired(view, spoke, now, [identity])[identity]
    return found.want, found.why


def test_a_to_do_list_holds_the_current_occurrence_alone() -> None:
    view = a_view(a_task())
    assert wanted(view) == ["2026-11-25"]
    assert wanted(view, TODO, later(2)) == ["2026-11-25"]  # its own day
    assert wanted(view, TODO, later(8)) == ["2026-11-25"]  # overdue, until the next falls due
    assert wanted(view, TODO, later(9)) == ["2026-12-02"]


def test_a_task_that_stays_keeps_its_oldest_until_it_is_done() -> None:
    view = a_view(a_task(missed=Missed.STAY))
    assert wanted(view, TODO, later(100)) == ["2026-11-25"]
    after = a_view(a_task(missed=Missed.STAY), state("2026-11-25", DONE))
    assert wanted(after, TODO, later(100)) == ["2026-12-02"]


@pytest.mark.parametrize("progress", [DONE, SKIPPED, LAPSED])
def test_the_next_one_appears_when_the_last_is_resolved(progress: Progress) -> None:
    assert wanted(a_view(a_task(), state("2026-11-25", progress))) == ["2026-12-02"]


def test_an_occurrence_moved_to_a_later_day_stays_the_current_one() -> None:
    moved = when_to_data(Day(dt.date(2026, 12, 4)))
    view = a_view(a_task(), state("2026-11-25", OPEN, moved=moved))
    assert wanted(view, TODO, later(9)) == ["2026-11-25"]
    assert wanted(view, TODO, later(11)) == ["2026-11-25"]  # the day that it was moved to
    assert wanted(view, TODO, later(12)) == ["2026-12-02"]
    item = desired(view, TODO, later(9), [])[BAGS].item
    assert item is not None
    assert item.when == Day(dt.date(2026, 12, 4))


def test_a_reopened_occurrence_is_the_current_one_again() -> None:
    states = state("2026-11-18", DONE), state("2026-11-25", OPEN, turns=1)
    view = a_view(a_task(start=dt.date(2026, 11, 1)), *states)
    assert wanted(view, TODO, later(3)) == ["2026-11-25"]
    assert wanted(view, TODO, later(9)) == ["2026-12-02"]  # lapses as any other
    staying = a_view(
        a_task(missed=Missed.STAY), state("2026-11-25", OPEN, turns=1), state("2026-12-02", DONE)
    )
    assert wanted(staying, TODO, later(30)) == ["2026-11-25"]


def test_a_task_that_began_long_ago_has_its_current_occurrence() -> None:
    for rule, key in (("FREQ=DAILY", "2026-11-23"), ("FREQ=WEEKLY;BYDAY=WE", "2026-11-18")):
        view = a_view(a_task(repeat=Rule(rule), start=dt.date(2001, 1, 1)))
        assert wanted(view) == [key]


def test_one_that_happens_once_stands_until_it_is_resolved() -> None:
    task = a_task(repeat=Once())
    assert wanted(a_view(task), TODO, later(400)) == ["2026-11-23"]
    assert wanted(a_view(task, state("2026-11-23", DONE))) == []


def test_one_that_counts_from_completion_follows_it() -> None:
    task = a_task(repeat=AfterDone(30))
    assert wanted(a_view(task)) == ["n000001"]
    done = state("n000001", DONE, day=dt.date(2026, 11, 23), resolved_on=dt.date(2026, 11, 30))
    found = desired(a_view(task, done), TODO, NOW, [])[Identity("bins.bags", "n000002")]
    assert found.item is not None
    assert found.item.when == Day(dt.date(2026, 12, 30))
    reopened = state("n000001", OPEN, day=dt.date(2026, 11, 23), turns=1)
    assert wanted(a_view(task, reopened)) == ["n000001"]


def test_a_calendar_holds_the_horizon_and_no_day_more() -> None:
    view = a_view(timed(repeat=Rule("FREQ=DAILY")))
    keys = wanted(view, EVENT)
    assert (keys[0], keys[-1], len(keys)) == ("2026-11-23", "2026-12-21", 29)  # today and 28 days
    assert wanted(view, EVENT, Now(NOON, horizon=1)) == ["2026-11-23", "2026-11-24"]
    resolved = a_view(timed(repeat=Rule("FREQ=DAILY")), state("2026-11-24", DONE, "bins.out"))
    assert "2026-11-24" not in wanted(resolved, EVENT)


def test_what_counts_from_completion_enters_a_calendar_within_the_horizon() -> None:
    task = timed(repeat=AfterDone(30))
    assert wanted(a_view(task), EVENT) == ["n000001"]
    day = dt.date(2026, 11, 23)
    view = a_view(task, state("n000001", DONE, "bins.out", day=day))
    assert wanted(view, EVENT) == []
    assert wanted(view, EVENT, later(2)) == ["n000002"]


def test_timed_tasks_go_to_the_calendar_and_due_ones_to_the_list() -> None:
    view = a_view(a_task(), timed())
    assert {i.task for i in desired(view, TODO, NOW, [])} == {"bins.bags"}
    assert {i.task for i in desired(view, EVENT, NOW, [])} == {"bins.out"}


def test_a_partner_with_one_collection_has_everything_there() -> None:
    view = a_view(a_task(), timed())
    todos, events = desired(view, ALL_TODO, NOW, []), desired(view, ALL_EVENT, NOW, [])
    assert set(todos) == {BAGS, OUT}
    assert {i.task for i in events} == {"bins.bags", "bins.out"}
    start = dt.datetime(2026, 11, 24, 19, tzinfo=BERLIN)
    due = todos[OUT].item
    all_day = events[BAGS].item
    assert due is not None and all_day is not None
    assert (due.kind, due.when) == (Kind.TODO, Slot(start))  # a moment, and no length
    assert (all_day.kind, all_day.when) == (Kind.EVENT, Day(dt.date(2026, 11, 25)))


def test_nothing_stands_with_somebody_who_does_not_own_it() -> None:
    ben = replace(TODO, partner="ben")
    assert desired(a_view(a_task()), ben, NOW, []) == {}
    assert set(desired(a_view(a_task(), bundle=replace(BINS, owner="ben")), ben, NOW, [])) == {BAGS}


def test_an_item_says_what_where_and_when() -> None:
    event = desired(a_view(timed()), EVENT, NOW, [])[OUT].item
    todo = desired(a_view(a_task()), TODO, NOW, [])[BAGS].item
    assert event is not None and todo is not None
    assert event.title == "Take out the bins"
    assert event.when == Slot(dt.datetime(2026, 11, 24, 19, tzinfo=BERLIN), 15)
    assert event.notes == notes_of(BINS) == "Right bin out on the right day\n\nBins · household logistics"
    assert (event.alarms, todo.alarms) == (BELLS.timed, BELLS.due)
    assert (event.uid, event.status) == (OUT.uid("home"), Status.OPEN)
    assert todo.when == Day(dt.date(2026, 11, 25))


def test_each_owners_own_time_zone_counts() -> None:
    task, ben = timed(), replace(EVENT, partner="ben")
    adas = desired(a_view(task), EVENT, NOW, [])[OUT].item
    bens = desired(a_view(task, bundle=replace(BINS, owner="ben")), ben, NOW, [])[OUT].item
    assert adas is not None and bens is not None
    assert isinstance(adas.when, Slot) and isinstance(bens.when, Slot)
    assert bens.when.start == dt.datetime(2026, 11, 24, 19, tzinfo=AUCKLAND)
    assert adas.when.start - bens.when.start == dt.timedelta(hours=12)


def test_each_owners_own_today_counts() -> None:
    evening = Now(NOON.replace(hour=20))  # Monday in Berlin, Tuesday in Auckland
    daily = timed(repeat=Rule("FREQ=DAILY"))
    ben = replace(EVENT, partner="ben")
    assert wanted(a_view(daily), EVENT, evening)[0] == "2026-11-23"
    assert wanted(a_view(daily, bundle=replace(BINS, owner="ben")), ben, evening)[0] == "2026-11-24"


@pytest.mark.parametrize(
    ("facts", "bundle", "task", "expected"),
    [
        ([], {}, {}, (Want.WANTED, "")),
        ([state("2026-11-25", DONE)], {}, {}, (Want.LEFT, "done")),
        ([state("2026-11-25", DONE)], {"owner": "ben"}, {}, (Want.LEFT, "done")),
        ([state("2026-11-25", DONE)], {"state": BundleState.PAUSED}, {}, (Want.LEFT, "done")),
        ([state("2026-11-25", DONE)], {}, {"removed": True}, (Want.LEFT, "done")),
        ([state("2026-11-25", DONE, doer="ben")], {}, {}, (Want.UNWANTED, "done elsewhere")),
        ([], {"owner": "ben"}, {}, (Want.UNWANTED, "handed over")),
        ([state("2026-11-25", SKIPPED)], {"owner": "ben"}, {}, (Want.UNWANTED, "handed over")),
        ([], {"state": BundleState.PAUSED}, {}, (Want.UNWANTED, "paused")),
        ([], {"state": BundleState.ARCHIVED}, {}, (Want.UNWANTED, "archived")),
        ([], {}, {"removed": True}, (Want.UNWANTED, "task removed")),
        ([], {}, {"at": dt.time(19)}, (Want.UNWANTED, "kept in another collection")),
        ([state("2026-11-25", SKIPPED)], {}, {}, (Want.LEFT, "skipped")),
        ([state("2026-11-25", LAPSED)], {}, {}, (Want.UNWANTED, "lapsed")),
        ([], {}, {"repeat": Rule("FREQ=WEEKLY;BYDAY=TH")}, (Want.UNWANTED, "the task's rule changed")),
        # An older one was reopened: what its owner made of the next one is not thrown away.
        ([state("2026-11-18", OPEN, turns=1)], {}, {"missed": Missed.STAY}, (Want.LEFT, "not its turn")),
    ],
)
def test_what_stands_in_a_list_is_wanted_left_or_not(
    facts: list[Any], bundle: dict[str, Any], task: dict[str, Any], expected: tuple[Want, str]
) -> None:
    view = a_view(a_task(**task), *facts, bundle=replace(BINS, **bundle))
    assert answer(view) == expected


@pytest.mark.parametrize(
    ("key", "task", "expected"),
    [
        ("2026-11-17", {}, (Want.LEFT, "past")),
        ("2026-12-22", {}, (Want.LEFT, "not its turn")),
        ("2026-11-24", {}, (Want.WANTED, "")),
        ("2026-12-15", {}, (Want.WANTED, "")),
        ("2026-11-24", {"repeat": Rule("FREQ=WEEKLY;BYDAY=FR")}, (Want.UNWANTED, "the task's rule changed")),
        ("2026-12-21", {}, (Want.UNWANTED, "the task's rule changed")),  # a Monday, on the last day
        ("2026-11-23", {}, (Want.UNWANTED, "the task's rule changed")),
        ("2026-11-17", {"repeat": Rule("FREQ=WEEKLY;BYDAY=FR")}, (Want.LEFT, "past")),
        ("2026-11-24", {"removed": True}, (Want.UNWANTED, "task removed")),
        ("2026-11-24", {"at": None}, (Want.UNWANTED, "kept in another collection")),
    ],
)
def test_what_stands_in_a_calendar_is_wanted_left_or_not(
    key: str, task: dict[str, Any], expected: tuple[Want, str]
) -> None:
    assert answer(a_view(timed(**task)), Identity("bins.out", key), EVENT) == expected


def test_a_lapsed_event_stays_in_the_calendars_past() -> None:
    view = a_view(timed(), state("2026-11-24", LAPSED, "bins.out"))
    assert answer(view, OUT, EVENT, later(9)) == (Want.LEFT, "lapsed")


def test_what_this_ledger_does_not_know_is_left() -> None:
    assert answer(a_view(), Identity("other.thing", "2026-11-25")) == (Want.LEFT, "unknown to this ledger")


def test_an_answer_is_given_for_the_occurrence_whatever_its_generation() -> None:
    found = desired(a_view(a_task()), TODO, NOW, [replace(BAGS, generation=3)])
    assert list(found) == [BAGS]


def test_a_done_event_is_left_with_our_tick_and_a_done_to_do_with_its_status() -> None:
    event = desired(a_view(timed(), state("2026-11-24", DONE, "bins.out")), EVENT, NOW, [OUT])[OUT]
    todo = desired(a_view(a_task(), state("2026-11-25", DONE)), TODO, NOW, [BAGS])[BAGS]
    assert event.item is not None and todo.item is not None
    assert (event.item.title, event.item.status) == ("✓ Take out the bins", Status.OPEN)
    assert (todo.item.title, todo.item.status) == ("Buy bags", Status.DONE)
    assert event.keeps >= {"notes", "when"} <= todo.keeps


def test_what_the_owner_wrote_is_theirs_to_keep() -> None:
    view = a_view(a_task(), state("2026-11-25", OPEN, noted=True, retitled=True))
    assert desired(view, TODO, NOW, [])[BAGS].keeps == {"notes", "title"}
    assert desired(a_view(a_task()), TODO, NOW, [])[BAGS].keeps == frozenset()


def test_a_household_is_asked_for_its_own_partners_only() -> None:
    with pytest.raises(KeyError):
        desired(a_view(a_task(), house=HOUSE), replace(TODO, partner="nobody"), NOW, [])


def test_a_to_do_that_was_moved_to_an_hour_has_no_length() -> None:
    hour = Slot(dt.datetime(2026, 11, 26, 9, tzinfo=BERLIN), 30)
    view = a_view(a_task(), state("2026-11-25", OPEN, moved=when_to_data(hour)))
    todo = desired(view, TODO, NOW, [])[BAGS].item
    event = desired(view, ALL_EVENT, NOW, [])[BAGS].item
    assert todo is not None and event is not None
    assert (todo.when, event.when) == (Slot(hour.start), hour)
