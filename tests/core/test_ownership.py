"""Definition and handover: the entries a command comes to make the rows what was asked, and no more."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.entries import EntryKind
from syncer.core.fold import Memory, Progress
from syncer.core.model import Bundle, BundleState, Task
from syncer.core.ownership import define, give, owners, set_state, tasks_of
from tests.core.scenes import BINS, HOUSE, NOON, a_task, a_view, state
from tests.core.test_fold import well_owned

TASKS = st.lists(
    st.builds(
        lambda name, title: a_task(id=f"bins.{name}", title=title),
        st.sampled_from("abc"),
        st.sampled_from("xy"),
    ),
    max_size=3,
    unique_by=lambda task: task.id,
)
BUNDLES = st.builds(
    lambda owner, outcome, status: replace(BINS, owner=owner, outcome=outcome, state=status),
    st.sampled_from(["ada", "ben"]),
    st.sampled_from(["one", "other"]),
    st.sampled_from(BundleState),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(BUNDLES, TASKS), min_size=1, max_size=5))
def test_a_definition_makes_the_rows_what_it_says_and_the_same_again_is_nothing(
    definitions: list[tuple[Bundle, list[Task]]],
) -> None:
    memory = Memory()
    for number, (bundle, tasks) in enumerate(definitions):
        at = NOON + dt.timedelta(seconds=number)
        memory.apply(define(bundle, tasks, memory, at, "t"))
        assert memory.bundles["bins"] == bundle
        assert sorted(tasks_of(memory, "bins"), key=str) == sorted(tasks, key=str)
        assert define(bundle, tasks, memory, at, "t") == []
        assert set(owners(memory)) == {bundle.owner}
        well_owned(memory)


def test_a_handover_names_both_and_is_nothing_where_it_is_so_already() -> None:
    [entry] = give(BINS, "ben", NOON, "command")
    assert (entry.kind, entry.data) == (EntryKind.OWNED, {"owner": "ben", "from": "ada"})
    assert give(BINS, "ada", NOON, "command") == []
    assert set_state(BINS, BundleState.ACTIVE, NOON, "command") == []


def test_a_definition_of_one_bundle_leaves_another_alone() -> None:
    memory = Memory().apply(define(BINS, [a_task()], Memory(), NOON, "t"))
    food = replace(BINS, id="food", owner="ben")
    memory.apply(define(food, [a_task(id="food.shop", bundle="food")], memory, NOON, "t"))
    assert [task.id for task in tasks_of(memory, "bins")] == ["bins.bags"]


def test_facts_that_are_not_committed_do_not_change_the_view_that_they_are_asked_of() -> None:
    view = a_view(a_task(), state("2026-11-25", Progress.DONE), state("2026-11-18", Progress.LAPSED))
    after = view.with_entries(give(BINS, "ben", NOON, "t"))
    assert (view.rows.bundles["bins"].owner, after.rows.bundles["bins"].owner) == ("ada", "ben")
    assert [s.key for s in view.states("bins.bags")] == ["2026-11-18", "2026-11-25"]  # oldest first
    assert view.states("bins.other") == []
    assert view.progress("bins.bags", "2026-12-02") is Progress.OPEN
    assert after.household is view.household is HOUSE
