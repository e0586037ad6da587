"""When an open occurrence lapses, and the guard that holds what looks like loss."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.core.fold import OccurrenceState, Progress
from syncer.core.guard import judge, limit
from syncer.core.identity import Identity
from syncer.core.lapse import lapses
from syncer.core.model import AfterDone, Day, Missed, Once, Rule
from syncer.core.shapes import when_to_data
from syncer.core.spoke import Now
from tests.core.scenes import BINS, NOON, TODO, a_task, a_view, later, state

BAGS = Identity("bins.bags", "2026-11-25")
FRIDAY = when_to_data(Day(dt.date(2026, 12, 4)))


@pytest.mark.parametrize(
    ("days", "task", "facts", "expected"),
    [
        (2, {}, [], False),
        (8, {}, [], False),
        (9, {}, [], True),  # its successor's day
        (90, {}, [], True),
        (90, {"missed": Missed.STAY}, [], False),
        (90, {"repeat": Once()}, [], False),
        (90, {"repeat": AfterDone(7)}, [], False),
        (90, {"repeat": Rule("FREQ=WEEKLY;BYDAY=WE;COUNT=1")}, [], False),
        (9, {}, [state("2026-11-25", Progress.DONE)], False),
        (9, {}, [state("2026-11-25", Progress.SKIPPED)], False),
        (9, {}, [state("2026-11-25", Progress.LAPSED)], False),
        (9, {}, [state("2026-11-25", Progress.OPEN, turns=1)], True),
        (9, {}, [state("2026-11-25", Progress.OPEN, moved=FRIDAY)], False),
        (11, {}, [state("2026-11-25", Progress.OPEN, moved=FRIDAY)], False),
        (12, {}, [state("2026-11-25", Progress.OPEN, moved=FRIDAY)], True),
        (9, {}, [state("2026-11-25", Progress.OPEN, moved=when_to_data(None))], True),
    ],
)
def test_an_occurrence_lapses_when_its_successor_falls_due(
    days: int, task: dict[str, Any], facts: list[OccurrenceState], expected: bool
) -> None:
    found = lapses(a_view(a_task(**task), *facts), TODO, later(days), [BAGS])
    assert [entry.occurrence for entry in found] == (["2026-11-25"] if expected else [])


def test_only_what_stood_there_can_lapse() -> None:
    assert lapses(a_view(a_task()), TODO, later(90), []) == []


def test_nothing_lapses_with_somebody_who_does_not_own_it() -> None:
    view = a_view(a_task(), bundle=replace(BINS, owner="ben"))
    assert lapses(view, TODO, later(9), [BAGS]) == []
    [entry] = lapses(view, replace(TODO, partner="ben"), later(9), [BAGS])
    assert entry.data["on"] == "2026-12-02"


def test_the_successors_day_is_the_owners_own() -> None:
    evening = Now(NOON.replace(hour=20) + dt.timedelta(days=8))  # Tuesday in Berlin, Wednesday in Auckland
    ben = replace(TODO, partner="ben")
    assert lapses(a_view(a_task()), TODO, evening, [BAGS]) == []
    assert lapses(a_view(a_task(), bundle=replace(BINS, owner="ben")), ben, evening, [BAGS])


@pytest.mark.parametrize("identity", [Identity("gone.task", "2026-11-25"), Identity("bins.bags", "n000001")])
def test_what_has_no_day_of_a_rule_cannot_lapse(identity: Identity) -> None:
    assert lapses(a_view(a_task()), TODO, later(90), [identity]) == []


@pytest.mark.parametrize(
    ("standing", "vanished", "full", "held"),
    [
        (0, 0, True, False),
        (10, 0, True, False),
        (10, 3, True, False),
        (10, 4, True, True),
        (10, 4, False, True),
        (15, 3, False, False),
        (20, 4, False, False),
        (20, 5, False, True),
        (100, 20, True, False),
        (100, 21, True, True),
        (1, 1, False, False),
        (1, 1, True, True),  # a list that was full reads empty
        (3, 3, True, True),
        (3, 3, False, False),
    ],
)
def test_more_than_three_and_a_fifth_waits(standing: int, vanished: int, full: bool, held: bool) -> None:
    verdict = judge(standing, vanished, full_look=full)
    assert verdict.held is held
    assert bool(verdict.reason) is held


@given(st.integers(0, 500), st.integers(0, 500), st.booleans())
def test_a_larger_loss_is_never_less_held(standing: int, vanished: int, full: bool) -> None:
    vanished = min(vanished, standing)
    if judge(standing, vanished, full_look=full).held and vanished < standing:
        assert judge(standing, vanished + 1, full_look=full).held
    assert limit(standing) == max(3, standing // 5)
    assert not judge(standing, 0, full_look=full).held
