"""One collection through passes: what is learned, what is sent, and that a second look sends nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.entries import EntryKind
from syncer.core.fingerprint import canonical
from syncer.core.fold import Progress
from syncer.core.identity import Identity
from syncer.core.lapse import lapses
from syncer.core.model import BundleState, Day, Item, Kind, Missed, Slot, Status
from syncer.core.operations import Create, Delete, Update
from syncer.core.ownership import define, give, set_state
from syncer.core.projection import Desired, Want
from syncer.core.reconcile import act, learn
from syncer.core.standing import Learned, Projection, Sighting, Step
from syncer.core.writing import canonical_of, settle_echo
from tests.core.scenes import BERLIN, BINS, EVENT, NOON, NOW, TODO, Desk, a_task, a_view, later, state, timed

E = EntryKind
BAGS, OUT = Identity("bins.bags", "2026-11-25"), Identity("bins.out", "2026-11-24")
BAG, BIN = BAGS.uid("home"), OUT.uid("home")


def todos(**changes: Any) -> Desk:
    """A list after its first pass."""
    desk = Desk(a_view(a_task()), **changes)
    desk.run()
    return desk


def events(**changes: Any) -> Desk:
    """A calendar after its first pass."""
    desk = Desk(a_view(timed()), EVENT, **changes)
    desk.run()
    return desk


def fields(steps: list[Step]) -> list[set[str]]:
    """The fields of the updates in a plan."""
    return [set(step.operation.fields) for step in steps if isinstance(step.operation, Update)]


def test_the_first_pass_creates_and_the_second_sends_nothing() -> None:
    desk = Desk(a_view(timed(), a_task()), EVENT)
    assert [type(step.operation) for step in desk.run()] == [Create] * 4
    assert desk.run() == []
    assert desk.kinds() == []


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"status": Status.DONE}, [E.DONE]),
        ({"status": Status.CANCELLED}, [E.SKIPPED]),
        ({"when": Day(dt.date(2026, 11, 27))}, [E.RESCHEDULED]),
        ({"when": None}, [E.RESCHEDULED]),
        ({"notes": "The strong ones"}, [E.NOTED]),
        ({"title": "Bags"}, [E.RETITLED]),
        ({"percent": 50}, []),
        ({"completed": NOON}, []),
    ],
)
def test_an_edit_is_learned_once_and_never_written_over(
    changes: dict[str, Any], kinds: list[EntryKind]
) -> None:
    desk = todos()
    desk.edit(BAG, **changes)
    for _ in range(3):
        desk.run()
    assert desk.kinds() == kinds
    item = desk.items[BAG][1]
    assert {name: getattr(item, name) for name in changes} == changes


def test_an_edit_of_everything_at_once_is_learned_field_by_field() -> None:
    desk = todos()
    moved = Slot(dt.datetime(2026, 11, 27, 9, tzinfo=BERLIN))
    desk.edit(BAG, title="Bags", notes="Strong", when=moved, status=Status.DONE)
    desk.run()
    assert desk.kinds() == [E.DONE, E.RESCHEDULED, E.NOTED, E.RETITLED]


@pytest.mark.parametrize("title", ["x Take out the bins", "[x]Take out the bins", "✔ Take out the bins"])
def test_a_sloppy_mark_is_normalised_once(title: str) -> None:
    desk = events()
    desk.edit(BIN, title=title)
    assert fields(desk.run()) == [{"title"}]
    assert desk.items[BIN][1].title == "✓ Take out the bins"
    assert desk.run() == []
    assert desk.kinds() == [E.DONE]


def test_our_own_mark_needs_no_write() -> None:
    desk = events()
    desk.edit(BIN, title="✓ Take out the bins")
    assert desk.run() == []
    assert desk.kinds() == [E.DONE]


def test_a_tick_that_is_taken_back_reopens() -> None:
    desk = events()
    for title, kinds in (("✓ ", [E.DONE]), ("", [E.DONE, E.REOPENED]), ("x ", [E.DONE, E.REOPENED, E.DONE])):
        desk.edit(BIN, title=f"{title}Take out the bins")
        desk.run()
        assert desk.kinds() == kinds
    assert desk.items[BIN][1].title == "✓ Take out the bins"


@pytest.mark.parametrize("mark", ["x ", "done: ", "[x] ", "✔ ", "✓ "])
def test_a_sloppy_mark_before_a_title_of_the_owners_leaves_their_words(mark: str) -> None:
    desk = events()
    desk.edit(BIN, title="Bins and boxes")
    desk.run()
    desk.edit(BIN, title=f"{mark}Bins and boxes")
    desk.run()
    assert desk.kinds() == [E.RETITLED, E.DONE]
    assert desk.items[BIN][1].title == "✓ Bins and boxes"
    assert desk.run() == []


def test_a_completion_beats_a_lapse() -> None:
    desk = Desk(a_view(a_task(), state("2026-11-25", Progress.LAPSED)))
    desk.put(Item(BAG, Kind.TODO, "Buy bags", Day(dt.date(2026, 11, 25)), status=Status.DONE))
    desk.run(days=9)
    assert desk.kinds()[0] is E.DONE
    assert desk.view.progress("bins.bags", "2026-11-25") is Progress.DONE


def test_a_tick_seen_in_the_pass_in_which_it_would_lapse_counts() -> None:
    desk = todos()
    desk.edit(BAG, status=Status.DONE)
    desk.run(days=9)
    assert lapses(desk.view, TODO, later(9), desk.standing) == []
    assert desk.view.progress("bins.bags", "2026-11-25") is Progress.DONE


@pytest.mark.parametrize(
    ("days", "apart"), [((27, 25, 27), 0.01), ((27, 28), 0.01), ((27, 28), 0), ((27, 25), 0)]
)
def test_an_owner_may_move_it_to_and_fro(days: tuple[int, ...], apart: float) -> None:
    """Also where the revision is a digest of the content, and within one pass (a conflict is read again)."""
    desk = todos()
    for number, day in enumerate(days):
        desk.edit(BAG, when=Day(dt.date(2026, 11, day)))
        desk.items[BAG] = (day, desk.items[BAG][1])
        desk.run(apart * number)
    found = desk.view.rows.occurrence("bins.bags", "2026-11-25")
    assert found is not None
    assert found.moved == {"day": f"2026-11-{days[-1]}"}
    assert desk.items[BAG][1].when == Day(dt.date(2026, 11, days[-1]))


Hold = Callable[[Item], Item]


def without_notes(item: Item) -> Item:
    """A server that holds no description."""
    return replace(item, notes="")


def without_time(item: Item) -> Item:
    """A server whose to-dos are due on a day."""
    return replace(item, when=Day(item.when.start.date())) if isinstance(item.when, Slot) else item


def short_titles(item: Item) -> Item:
    """A server that cuts titles."""
    return replace(item, title=item.title[:6])


def without_due(item: Item) -> Item:
    """A server without due dates."""
    return replace(item, when=None)


@pytest.mark.parametrize("holds", [without_notes, without_time, short_titles, without_due])
@pytest.mark.parametrize(
    "spoke", [replace(TODO, timed=True), replace(EVENT, due=True)], ids=["list", "calendar"]
)
def test_a_server_that_cannot_hold_a_field_is_not_written_again_and_again(holds: Hold, spoke: Any) -> None:
    desk = Desk(a_view(timed(), a_task()), spoke, holds)
    assert desk.run()
    for _ in range(2):
        assert desk.run() == []
    task = replace(timed(), title="Take the bins out", at=dt.time(18))
    desk.record(define(replace(BINS, outcome="Nothing smells"), [task, a_task()], desk.view.rows, NOON, "t"))
    assert desk.run()
    assert desk.run() == []
    assert desk.kinds() == [E.BUNDLE, E.TASK]  # what the server dropped is nobody's edit


def test_a_tick_that_a_server_cannot_hold_is_not_written_again_and_again() -> None:
    desk = events(holds=lambda item: replace(item, title=item.title.replace("✓", "x")))
    desk.edit(BIN, title="x Take out the bins")
    assert fields(desk.run()) == [{"title"}]
    assert desk.run() == []
    assert desk.kinds() == [E.DONE]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["title", "notes", "when", "status", "bundle", "task", "give", "back", "pause"]),
            st.integers(0, 3),
        ),
        max_size=8,
    ),
    st.sampled_from([TODO, replace(EVENT, due=True)]),
)
def test_after_anything_the_second_pass_sends_nothing(history: list[tuple[str, int]], spoke: Any) -> None:
    """Whatever people and commands did: one pass enforces it, the next finds nothing to do or to learn."""
    desk = Desk(a_view(a_task(missed=Missed.STAY)), spoke)
    desk.run()
    for number, (what, choice) in enumerate(history):
        at = NOON + dt.timedelta(seconds=number)
        rows = desk.view.rows
        bundle = rows.bundles["bins"]
        if what in ("title", "notes", "when", "status"):
            values: dict[str, list[Any]] = {
                "title": ["Bags", "x Bags", "✓ Buy bags", "x Buy bags"],
                "notes": ["", "Strong", "Weak", "x"],
                "when": [None, Day(dt.date(2026, 11, 26)), Day(dt.date(2026, 12, 26)), Slot(NOON)],
                "status": [Status.OPEN, Status.DONE, Status.CANCELLED, Status.DONE],
            }
            for uid in list(desk.items)[-1:]:
                desk.edit(uid, **{what: values[what][choice]})
        elif what == "bundle":
            desk.record(
                define(replace(bundle, outcome=f"o{choice}"), list(rows.tasks.values()), rows, at, "t")
            )
        elif what == "task":
            desk.record(define(bundle, [a_task(title=f"Bags {choice}")], rows, at, "t"))
        elif what == "pause":
            desk.record(set_state(bundle, list(BundleState)[choice % 3], at, "t"))
        else:
            desk.record(give(bundle, "ben" if what == "give" else "ada", at, "t"))
        desk.run()
    known = len(desk.entries)
    assert desk.run() == []
    assert len(desk.entries) == known


def test_only_the_fields_that_the_ledger_changed_are_sent() -> None:
    desk = todos()
    desk.edit(BAG, when=Day(dt.date(2026, 11, 27)))
    desk.run()
    changed = replace(BINS, outcome="Nothing smells")
    desk.record(define(changed, [a_task(title="Buy bin bags")], desk.view.rows, NOON, "t"))
    assert fields(desk.run()) == [{"title", "notes"}]
    assert desk.items[BAG][1].when == Day(dt.date(2026, 11, 27))


def test_a_change_of_the_ledgers_does_not_touch_what_is_the_owners() -> None:
    desk = todos()
    desk.edit(BAG, title="Bags", notes="Strong")
    desk.run()
    changed = replace(BINS, outcome="Nothing smells")
    desk.record(define(changed, [a_task(title="Buy bin bags")], desk.view.rows, NOON, "t"))
    assert desk.run() == []


def test_a_task_that_is_renamed_does_not_rewrite_what_was_done() -> None:
    desk = todos()
    desk.edit(BAG, status=Status.DONE)
    desk.run()
    desk.record(define(BINS, [a_task(title="Buy bin bags")], desk.view.rows, NOON, "t"))
    desk.run()
    assert desk.items[BAG][1].title == "Buy bags"


def test_an_open_item_deleted_by_its_owner_is_skipped_and_stays_away() -> None:
    desk = todos()
    del desk.items[BAG]
    desk.run()
    assert desk.kinds() == [E.SKIPPED]
    assert list(desk.items) == [Identity("bins.bags", "2026-12-02").uid("home")]
    assert desk.run() == []


def test_a_done_item_deleted_by_its_owner_stays_done() -> None:
    desk = todos()
    desk.edit(BAG, status=Status.DONE)
    desk.run()
    del desk.items[BAG]
    desk.run()
    assert desk.kinds() == [E.DONE]
    assert BAG not in desk.items


def test_an_item_of_ours_that_no_projection_knows_is_adopted() -> None:
    """A ledger that was lost or restored meets its own items: it neither doubles nor overwrites them."""
    lost = todos()
    desk = Desk(a_view(a_task()), items=dict(lost.items))
    assert desk.run() == []
    assert desk.kinds() == []
    assert set(desk.standing) == {BAGS}
    edited = Desk(a_view(a_task()), items=dict(lost.items))
    edited.edit(BAG, notes="Strong", status=Status.DONE)
    edited.run()
    assert edited.kinds() == [E.DONE, E.NOTED]
    assert edited.items[BAG][1].notes == "Strong"


def test_an_item_of_ours_that_nobody_wants_leaves() -> None:
    lost = todos()
    desk = Desk(a_view(a_task(), bundle=replace(BINS, owner="ben")), items=dict(lost.items))
    assert [type(step.operation) for step in desk.run()] == [Delete]
    assert desk.items == {}


def test_an_item_of_a_task_unknown_to_the_ledger_is_left_and_adopted() -> None:
    desk = Desk(a_view(), items=dict(todos().items))
    assert desk.run() == []
    assert BAG in desk.items


def test_a_handed_over_bundle_leaves_and_what_was_done_stays() -> None:
    desk = todos()
    desk.edit(BAG, status=Status.DONE)
    desk.run()
    desk.record(give(BINS, "ben", NOON, "t"))
    desk.run()
    assert list(desk.items) == [BAG]


def test_what_was_refused_is_not_sent_again_until_something_else_is_wanted() -> None:
    item = Item(BAG, Kind.TODO, "Buy bags", Day(dt.date(2026, 11, 25)))
    want = Desired(BAGS, Want.WANTED, item)
    refused = Projection(BAGS, BAG, "", None, Kind.TODO, None, None, refused=canonical_of(want))
    standing = {BAGS: refused}
    assert act(standing, Learned(standing=standing), {BAGS: want}, {})[0] == []
    other = Desired(BAGS, Want.WANTED, replace(item, title="Buy bin bags"))
    assert len(act(standing, Learned(standing=standing), {BAGS: other}, {})[0]) == 1
    base = canonical(item)
    there = Projection(BAGS, BAG, "r", "1", Kind.TODO, base, base, refused=canonical_of(other))
    assert act({BAGS: there}, Learned(standing={BAGS: there}), {BAGS: other}, {})[0] == []


def test_an_update_carries_the_revision_that_was_read_and_a_delete_too() -> None:
    desk = todos()
    desk.edit(BAG, alarms=())
    desk.record(define(replace(BINS, outcome="Nothing smells"), [a_task()], desk.view.rows, NOON, "t"))
    [step] = desk.run()
    assert isinstance(step.operation, Update) and step.operation.revision == "2"
    desk.record(set_state(desk.view.rows.bundles["bins"], BundleState.PAUSED, NOON, "t"))
    [step] = desk.run()
    assert isinstance(step.operation, Delete) and step.operation.revision == "3"


OURS = Item(BAG, Kind.TODO, "Buy bags", Day(dt.date(2026, 11, 25)), "What matters")
CREATED = Step(BAGS, Create(OURS), canonical(OURS), "new")


def test_an_exact_echo_becomes_the_base_with_what_the_server_made_of_it() -> None:
    echo = replace(OURS, notes="")
    made = settle_echo(CREATED, "r", "7", echo, exact=True)
    assert (made.ours, made.base, made.revision) == (canonical(OURS), canonical(echo), "7")


def test_an_answer_without_an_echo_has_what_was_sent_as_its_base() -> None:
    made = settle_echo(CREATED, "r", "7", None, exact=True)
    assert (made.base, made.revision) == (canonical(OURS), None)  # left open, so that the next look reads it


@pytest.mark.parametrize(
    ("came_between", "kinds"),
    [
        ({"status": Status.DONE}, [E.DONE]),
        ({"status": Status.CANCELLED}, [E.SKIPPED]),
        ({"when": Day(dt.date(2026, 11, 27))}, [E.RESCHEDULED]),
        ({"status": Status.DONE, "notes": "Took three"}, [E.DONE, E.NOTED]),
        ({"notes": "Took three"}, [E.NOTED]),
    ],
)
def test_what_came_between_a_write_and_its_echo_is_seen_the_next_time(
    came_between: dict[str, Any], kinds: list[EntryKind]
) -> None:
    echo = replace(OURS, **came_between)
    made = settle_echo(CREATED, "r", "8", echo, exact=False)
    assert made.revision is None
    view = a_view(a_task())
    learned = learn(view, TODO, NOW, {BAGS: made}, [Sighting(BAGS, "r", "8", echo)], [], {})
    assert [entry.kind for entry in learned.entries] == kinds


def test_a_tick_in_a_title_that_came_between_is_seen_the_next_time() -> None:
    item = Item(BIN, Kind.EVENT, "Take out the bins", Slot(NOON, 15))
    step = Step(OUT, Create(item), canonical(item), "new")
    echo = replace(item, title="x Take out the bins")
    made = settle_echo(step, "r", "8", echo, exact=False)
    assert made.revision is None
    learned = learn(a_view(timed()), EVENT, NOW, {OUT: made}, [Sighting(OUT, "r", "8", echo)], [], {})
    assert [entry.kind for entry in learned.entries] == [E.DONE]


def test_an_echo_that_says_what_was_sent_closes_the_matter_even_if_it_is_not_exact() -> None:
    made = settle_echo(CREATED, "r", "8", OURS, exact=False)
    assert (made.base, made.revision) == (canonical(OURS), "8")


def test_a_restored_item_that_nobody_edited_teaches_nothing() -> None:
    desk = todos()
    desk.put(desk.items[BAG][1])  # touched by the server: another revision, the same content
    assert desk.run() == []
    assert desk.kinds() == []
    assert desk.standing[BAGS].revision == "2"
