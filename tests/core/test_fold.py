"""The fold: what each entry makes of the state, and what holds after any sequence of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.entries import Entry, EntryKind
from syncer.core.fold import Memory, OccurrenceState, Progress, Tenure, fold
from syncer.core.model import BundleState, Day
from syncer.core.shapes import bundle_to_data, task_to_data, when_to_data
from tests.core.scenes import BINS, MONDAY, NOON, a_task

DAY = MONDAY.isoformat()
STEPS = (
    EntryKind.DONE,
    EntryKind.REOPENED,
    EntryKind.RESCHEDULED,
    EntryKind.NOTED,
    EntryKind.RETITLED,
    EntryKind.SKIPPED,
    EntryKind.LAPSED,
    EntryKind.PROPOSED,
    EntryKind.OVERRULED,
)


def defined(at: dt.datetime = NOON, bundle: str = "bins", **changes: Any) -> Entry:
    """A bundle's definition."""
    data = bundle_to_data(replace(BINS, **changes))
    return Entry(EntryKind.BUNDLE, at, f"bundle/{bundle}/{at}", bundle=bundle, data=data)


def happened(kind: EntryKind, key: str = DAY, at: dt.datetime = NOON, turn: int = 0, **data: Any) -> Entry:
    """Something happened to an occurrence of the bins' task."""
    values: dict[str, Any] = {"day": DAY, "on": DAY, "when": when_to_data(Day(MONDAY))} | data
    name = f"{kind}/{key}/{turn}"
    return Entry(kind, at, name, "ada", bundle="bins", task="bins.bags", occurrence=key, data=values)


@st.composite
def records(draw: st.DrawFn) -> list[Entry]:
    """Records of two bundles and two tasks: any order, with doubled facts and a clock that may jump."""
    at = NOON
    made: list[Entry] = []
    for number in range(draw(st.integers(0, 25))):
        at += dt.timedelta(microseconds=draw(st.sampled_from([0, 1, 10**9, -(10**7)])))
        kind = draw(st.sampled_from(EntryKind))
        bundle = draw(st.sampled_from(["bins", "food"]))
        owner = draw(st.sampled_from(["ada", "ben"]))
        task, key = f"{bundle}.bags", draw(st.sampled_from([DAY, "2026-11-30", "n000001"]))
        data: dict[str, Any] = {"day": DAY, "on": at.date().isoformat()}
        about: dict[str, Any] = {"bundle": bundle}
        match kind:
            case EntryKind.BUNDLE:
                weight = draw(st.integers(1, 5))
                data = bundle_to_data(replace(BINS, owner=owner, weight=weight))
            case EntryKind.TASK:
                minutes = draw(st.integers(0, 60))
                data = task_to_data(a_task(bundle=bundle, duration=minutes, removed=draw(st.booleans())))
                about["task"] = task
            case EntryKind.OWNED:
                data = {"owner": owner, "from": "?"}
            case EntryKind.STATE:
                data = {"state": str(draw(st.sampled_from(BundleState)))}
            case EntryKind.RESCHEDULED:
                moved = draw(st.sampled_from([None, Day(MONDAY), Day(dt.date(2026, 12, 1))]))
                data, about = data | {"when": when_to_data(moved)}, about | {"task": task, "occurrence": key}
            case _:
                about |= {"task": task, "occurrence": key}
        name = f"{kind}/{number if draw(st.booleans()) else draw(st.integers(0, 5))}"
        made.append(Entry(kind, at, name, draw(st.sampled_from([None, owner])), data=data, **about))
    return made


def well_owned(memory: Memory) -> None:
    """Each bundle has exactly one open tenure, its owner's, and its tenures meet without a gap."""
    for bundle in memory.bundles.values():
        spans = sorted((t for t in memory.tenures.values() if t.bundle == bundle.id), key=lambda t: t.since)
        assert [t.owner for t in spans if t.until is None] == [bundle.owner]
        assert spans[-1].until is None
        assert all(one.until == other.since for one, other in pairwise(spans))
        assert all(t.until is None or t.since < t.until for t in spans)
    assert {t.bundle for t in memory.tenures.values()} == set(memory.bundles)


@settings(max_examples=200, deadline=None)
@given(records())
def test_a_bundle_has_exactly_one_owner_at_every_prefix(record: list[Entry]) -> None:
    memory = Memory()
    for entry in record:
        memory.apply([entry])
        well_owned(memory)


@settings(max_examples=100, deadline=None)
@given(records())
def test_a_fact_folded_twice_in_a_row_is_folded_once(record: list[Entry]) -> None:
    once = Memory().apply(record)
    assert Memory().apply(e for entry in record for e in (entry, entry)) == once


@settings(max_examples=100, deadline=None)
@given(records())
def test_the_rows_returned_are_the_rows_changed_and_the_inputs_stay(record: list[Entry]) -> None:
    memory = Memory()
    for entry in record:
        before = Memory(*(dict(rows) for rows in vars(memory).values()))
        rows = fold(entry, memory)
        assert memory == before
        if entry.kind is EntryKind.PROPOSED:
            assert rows == ()
        assert all(not isinstance(row, OccurrenceState) or row.task == entry.task for row in rows)
        memory.apply([entry])


@settings(max_examples=100, deadline=None)
@given(st.permutations([EntryKind.DONE, EntryKind.SKIPPED, EntryKind.LAPSED, EntryKind.NOTED]))
def test_a_completion_wins_in_whatever_order_facts_arrive(kinds: list[EntryKind]) -> None:
    memory = Memory().apply([defined(), *(happened(kind) for kind in kinds)])
    found = memory.occurrences["bins.bags", DAY]
    assert (found.progress, found.doer, found.owner) == (Progress.DONE, "ada", "ada")


OPEN, DONE, SKIPPED, LAPSED = Progress.OPEN, Progress.DONE, Progress.SKIPPED, Progress.LAPSED
TRANSITIONS = {
    EntryKind.DONE: {OPEN: DONE, DONE: DONE, SKIPPED: DONE, LAPSED: DONE},
    EntryKind.SKIPPED: {OPEN: SKIPPED, DONE: DONE, SKIPPED: SKIPPED, LAPSED: SKIPPED},
    EntryKind.LAPSED: {OPEN: LAPSED, DONE: DONE, SKIPPED: SKIPPED, LAPSED: LAPSED},
    EntryKind.REOPENED: {OPEN: OPEN, DONE: OPEN, SKIPPED: OPEN, LAPSED: OPEN},
    EntryKind.RESCHEDULED: {p: p for p in Progress},
    EntryKind.NOTED: {p: p for p in Progress},
    EntryKind.RETITLED: {p: p for p in Progress},
    EntryKind.PROPOSED: {p: p for p in Progress},
    EntryKind.OVERRULED: {p: p for p in Progress},
}


@pytest.mark.parametrize(("kind", "before"), [(kind, p) for kind in STEPS for p in Progress])
def test_every_step_from_every_progress(kind: EntryKind, before: Progress) -> None:
    memory = Memory().apply([defined()])
    old = OccurrenceState("bins.bags", DAY, MONDAY, before)
    if before is not OPEN:
        old = replace(old, resolved_on=MONDAY, resolved_at=NOON, owner="ben", doer="ben")
    memory.put(old)
    new = memory.apply([happened(kind, at=NOON + dt.timedelta(hours=1))]).occurrences["bins.bags", DAY]
    assert new.progress is TRANSITIONS[kind][before]
    assert (new.resolved_at is None) is (new.progress is OPEN)
    assert new.turns == (1 if kind is EntryKind.REOPENED and before is not OPEN else 0)
    if new.progress is before and before is not OPEN:
        assert (new.doer, new.resolved_at) == ("ben", NOON)  # the first to resolve it stays
    if new.progress is not before:
        assert (new.doer, new.owner) == ((None, None) if new.progress is OPEN else ("ada", "ada"))


def test_every_kind_of_entry_is_folded() -> None:
    assert {
        EntryKind.BUNDLE,
        EntryKind.TASK,
        EntryKind.OWNED,
        EntryKind.STATE,
        EntryKind.ACCOUNT,
        *STEPS,
    } == set(EntryKind)
    assert set(TRANSITIONS) == set(STEPS)


def test_the_owners_edits_rest_in_the_state() -> None:
    moved = when_to_data(Day(dt.date(2026, 11, 27)))
    facts = [happened(EntryKind.RESCHEDULED, when=moved), happened(EntryKind.NOTED)]
    found = Memory().apply([defined(), *facts, happened(EntryKind.RETITLED)]).occurrences["bins.bags", DAY]
    assert (found.moved, found.noted, found.retitled, found.progress) == (moved, True, True, OPEN)


def test_a_definition_changes_words_but_neither_owner_nor_state() -> None:
    memory = Memory().apply(
        [
            defined(),
            Entry(EntryKind.OWNED, NOON, "o", bundle="bins", data={"owner": "ben", "from": "ada"}),
            Entry(EntryKind.STATE, NOON, "s", bundle="bins", data={"state": "paused"}),
            defined(NOON + dt.timedelta(days=1), title="Bins and boxes", owner="ada"),
        ]
    )
    assert memory.bundles["bins"] == replace(
        BINS, title="Bins and boxes", owner="ben", state=BundleState.PAUSED
    )
    since = NOON + dt.timedelta(microseconds=1)
    assert list(memory.tenures.values()) == [Tenure("bins", "ada", NOON, since), Tenure("bins", "ben", since)]


def test_completions_stay_with_whom_they_belong_to_after_a_handover() -> None:
    give = Entry(EntryKind.OWNED, NOON, "o", bundle="bins", data={"owner": "ben", "from": "ada"})
    memory = Memory().apply([defined(), happened(EntryKind.DONE), give])
    assert memory.occurrences["bins.bags", DAY].owner == "ada"
    assert memory.bundles["bins"].owner == "ben"
