"""From what is wanted to one operation: which fields go out, what a provider lacks, recurrences, echoes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from syncer.core.capabilities import Capability
from syncer.core.fingerprint import canonical
from syncer.core.identity import Identity
from syncer.core.model import Day, Item, Kind, Slot, Status
from syncer.core.operations import Create, Delete, Restore, Update
from syncer.core.projection import Desired, Want
from syncer.core.reconcile import act
from syncer.core.standing import REMEMBERED, Learned, Projection, Step
from syncer.core.writing import canonical_of, create, settle_echo, write
from tests.core.scenes import NOON

BAGS, OUT = Identity("bins.bags", "2026-11-25"), Identity("bins.out", "2026-11-24")
BAG, BIN = BAGS.uid("home"), OUT.uid("home")
DUE = Day(dt.date(2026, 11, 25))
TODO = Item(BAG, Kind.TODO, "Buy bags", DUE, "What matters")
EVENT = Item(BIN, Kind.EVENT, "Take out the bins", Slot(NOON, 15), "What matters")
WEEKLY = "FREQ=WEEKLY"


def standing(item: Item, ours: Item | None = None, **changes: Any) -> Projection:
    """An item that stands there as `item`; the ledger last wanted `ours`, or just that."""
    identity = OUT if item.kind is Kind.EVENT else BAGS
    agreed = canonical(ours if ours is not None else replace(item, rule=""))
    return Projection(identity, item.uid, "r", "1", item.kind, agreed, canonical(item), **changes)


def want(item: Item, *keeps: str, left: bool = False) -> Desired:
    """That an item is wanted, or left where it is."""
    identity = OUT if item.kind is Kind.EVENT else BAGS
    return Desired(identity, Want.LEFT if left else Want.WANTED, item, frozenset(keeps))


def fields(known: Projection, wanted: Desired, *lacks: Capability, item: Item | None = None) -> set[str]:
    """The names of what would be sent."""
    step, _ = write(known, wanted, item, frozenset(lacks))
    return set(step.operation.fields) if step and isinstance(step.operation, Update) else set()


@pytest.mark.parametrize(
    ("change", "sent"),
    [
        ({}, set()),
        ({"title": "Bags"}, {"title"}),
        ({"notes": "Another outcome"}, {"notes"}),
        ({"when": Day(dt.date(2026, 11, 26))}, {"when"}),
        ({"status": Status.DONE}, {"status"}),
        ({"title": "Bags", "notes": ""}, {"title", "notes"}),
    ],
)
def test_only_what_the_ledger_wants_otherwise_is_sent(change: dict[str, Any], sent: set[str]) -> None:
    assert fields(standing(TODO), want(replace(TODO, **change))) == sent


def test_what_a_provider_lacks_is_left_alone_and_agreed_on_without_a_write() -> None:
    wanted = want(replace(TODO, notes="Another outcome"))
    assert fields(standing(TODO), wanted) == {"notes"}
    step, settled = write(standing(TODO), wanted, None, frozenset({Capability.NOTES}))
    assert step is None
    assert settled is not None and settled.ours == canonical_of(wanted)
    assert write(settled, wanted, None, frozenset({Capability.NOTES})) == (None, None)


def test_what_a_provider_lacks_does_not_keep_the_rest_from_being_sent() -> None:
    wanted = want(replace(TODO, title="Bags", notes="Another outcome"))
    assert fields(standing(TODO), wanted, Capability.NOTES) == {"title"}


def test_an_open_items_recurrence_is_how_its_owner_likes_to_be_reminded() -> None:
    known = standing(replace(TODO, rule=WEEKLY))
    assert fields(known, want(TODO)) == set()
    assert fields(known, want(replace(TODO, notes="Another outcome"))) == {"notes"}


@pytest.mark.parametrize("left", [True, False])
def test_once_it_is_done_its_recurrence_goes_with_the_status_in_one_write(left: bool) -> None:
    known = standing(replace(TODO, rule=WEEKLY))
    done = want(replace(TODO, status=Status.DONE), left=left)
    assert fields(known, done) == {"rule", "status"}


def test_a_done_events_recurrence_goes_with_the_mark_that_says_so() -> None:
    known = standing(replace(EVENT, rule=WEEKLY))
    ticked = want(replace(EVENT, title="✓ Take out the bins"), left=True)
    assert fields(known, ticked) == {"rule", "title"}


def test_what_went_on_to_its_next_instance_is_due_again_when_it_was() -> None:
    """The date to which an app moved a recurring item on is not its occurrence's, whoever keeps the times."""
    known = standing(replace(TODO, rule=WEEKLY, when=Day(dt.date(2026, 12, 2))), ours=TODO)
    done = want(replace(TODO, status=Status.DONE), "when", left=True)
    assert fields(known, done) == {"rule", "status", "when"}
    plain = standing(replace(TODO, when=Day(dt.date(2026, 12, 2))), ours=TODO)
    assert fields(plain, done) == {"status"}  # a date that a person gave it


def test_a_create_that_was_refused_is_not_sent_until_something_else_is_wanted() -> None:
    refused = Projection(BAGS, BAG, "", None, Kind.TODO, None, None, refused=canonical(TODO))
    assert create(want(TODO), refused, 0) is None
    assert create(want(replace(TODO, title="Bags")), refused, 0) is not None


@pytest.mark.parametrize(("generation", "suffix"), [(0, ""), (1, ".g1"), (12, ".g12")])
def test_a_further_generation_has_its_number_in_its_uid(generation: int, suffix: str) -> None:
    step = create(want(TODO), None, generation)
    assert step is not None and isinstance(step.operation, Create)
    assert step.operation.item == replace(TODO, uid=BAG + suffix)
    assert step.identity == replace(BAGS, generation=generation)


@pytest.mark.parametrize(("spent", "uid"), [({}, BAG), ({BAGS: 0}, f"{BAG}.g1"), ({BAGS: 4}, f"{BAG}.g5")])
def test_a_spent_id_is_followed_by_the_next(spent: dict[Identity, int], uid: str) -> None:
    ((step,), _) = act({}, Learned(), {BAGS: want(TODO)}, {}, spent=spent)
    assert step.operation.uid == uid


def test_of_a_further_generation_everything_is_written_under_its_own_uid() -> None:
    second = replace(BAGS, generation=2)
    known = replace(standing(TODO), identity=second, uid=second.uid("home"))
    step, _ = write(known, want(replace(TODO, title="Bags")), None, frozenset())
    assert step is not None
    assert (step.identity, step.operation.uid) == (second, f"{BAG}.g2")
    ((gone,), _) = act(
        {BAGS: known}, Learned(standing={BAGS: known}), {BAGS: Desired(BAGS, Want.UNWANTED)}, {}
    )
    assert (gone.identity, gone.operation.uid) == (second, f"{BAG}.g2")


def test_an_earlier_revision_is_remembered_once_and_the_oldest_forgotten() -> None:
    known = standing(TODO)
    for number in range(2, 30):
        known = known.at(str(number)).at(str(number))
    assert known.past == tuple(str(number) for number in range(29 - REMEMBERED, 29))
    back = known.at("25").at("30")
    assert back.past[-1] == "25" and len(set(back.past)) == len(back.past)


def test_a_revision_that_was_left_open_is_none_to_remember() -> None:
    assert replace(standing(TODO), revision=None).at("2").past == ()


RESTORED = Step(BAGS, Restore("r", "2", BAG, "raw"), None, "undone", standing(TODO), "update:abc")


def test_what_was_put_back_is_agreed_on_as_it_stands() -> None:
    there = replace(TODO, title="Bags", notes="mine")
    made = settle_echo(RESTORED, "r", "3", there, exact=True)
    assert made.ours == made.base == canonical(there)
    assert (made.revision, made.undone) == ("3", "update:abc")


def test_what_was_put_back_unseen_is_read_by_the_next_look() -> None:
    assert settle_echo(RESTORED, "r", "3", None, exact=True).base is None
    assert settle_echo(RESTORED, "r", "3", TODO, exact=False).revision is None


def test_what_was_taken_back_is_not_done_again_until_something_else_is_wanted() -> None:
    wanted = want(replace(TODO, title="Bags"))
    once, _ = write(standing(TODO), wanted, None, frozenset())
    assert once is not None
    undone = standing(TODO, undone=once.signature)
    look = Learned(standing={BAGS: undone})
    assert act({BAGS: undone}, look, {BAGS: wanted}, {}) == ([], [])
    other = want(replace(TODO, title="Bin bags"))
    ((step,), (agreed,)) = act({BAGS: undone}, look, {BAGS: other}, {})
    assert isinstance(step.operation, Update)
    assert agreed.undone == ""


def test_what_was_taken_back_and_is_wanted_no_more_may_be_wanted_anew() -> None:
    wanted = want(replace(TODO, title="Bags"))
    once, _ = write(standing(TODO), wanted, None, frozenset())
    assert once is not None
    undone = standing(TODO, undone=once.signature)
    steps, (agreed,) = act({BAGS: undone}, Learned(standing={BAGS: undone}), {BAGS: want(TODO)}, {})
    assert steps == []
    assert agreed.undone == ""


def test_a_deletion_that_was_taken_back_is_told_by_its_reason() -> None:
    paused, handed = (Desired(BAGS, Want.UNWANTED, why=why) for why in ("paused", "handed over"))
    known = standing(TODO)
    ((step,), _) = act({BAGS: known}, Learned(standing={BAGS: known}), {BAGS: paused}, {})
    assert isinstance(step.operation, Delete)
    undone = standing(TODO, undone=step.signature)
    look = Learned(standing={BAGS: undone})
    assert act({BAGS: undone}, look, {BAGS: paused}, {})[0] == []
    assert len(act({BAGS: undone}, look, {BAGS: handed}, {})[0]) == 1


def test_a_creation_that_was_taken_back_leaves_nothing_there_and_is_not_made_again() -> None:
    step = create(want(TODO), None, 0)
    assert step is not None
    nothing = Projection(BAGS, BAG, "", None, Kind.TODO, None, None, undone=step.signature)
    look = Learned(standing={BAGS: nothing})
    assert act({BAGS: nothing}, look, {BAGS: want(TODO)}, {})[0] == []
    assert len(act({BAGS: nothing}, look, {BAGS: want(replace(TODO, title="Bags"))}, {})[0]) == 1
