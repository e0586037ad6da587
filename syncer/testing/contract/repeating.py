"""Answers that are lost after the provider has applied the write: repeated, it has one effect."""

from __future__ import annotations

import uuid

import pytest

from syncer.connector import Ack, Conflict, Create, Delete, Failure, Operation, Outcome, Restore, Retry
from syncer.testing import builders
from syncer.testing.contract.desk import Desk, Theme, deleted, renamed
from syncer.testing.contract.harness import LOST, On, Trouble

lost = pytest.mark.parametrize("trouble", LOST, ids=lambda trouble: trouble.name)


class Repeating(Theme):
    """One effect, however often it is sent."""

    @lost
    def test_a_create_whose_answer_is_lost_has_one_effect(self, desk: Desk, trouble: Trouble) -> None:
        _twice(desk, trouble, Create(desk.item(), str(uuid.uuid4())))
        desk.stands(1)

    @lost
    def test_an_update_whose_answer_is_lost_has_one_effect(self, desk: Desk, trouble: Trouble) -> None:
        (ack,) = desk.created(desk.item())
        _twice(desk, trouble, renamed(ack), or_conflict=True)
        assert [seen.item.title for seen in desk.listed().values()] == ["Ours"], (
            "an update that was applied stays applied, whatever became of its answer"
        )

    @lost
    def test_a_delete_whose_answer_is_lost_has_one_effect(self, desk: Desk, trouble: Trouble) -> None:
        acks = desk.created(desk.item(1), desk.item(2))
        _twice(desk, trouble, Delete(acks[0].ref, acks[0].revision, builders.uid(1), str(uuid.uuid4())))
        desk.stands(2)

    @lost
    def test_a_restore_whose_answer_is_lost_has_one_effect(self, desk: Desk, trouble: Trouble) -> None:
        (ack,) = desk.created(desk.item())
        image = desk.image(ack.ref)
        after = desk.ack(renamed(ack))
        restore = Restore(ack.ref, after.revision, builders.uid(1), image.raw, str(uuid.uuid4()))
        _twice(desk, trouble, restore, or_conflict=True)
        desk.stands(1, title="Take out the bins")

    def test_a_restored_deletion_whose_answer_is_lost_stands_there_once(self, desk: Desk) -> None:
        (ack,) = desk.created(desk.item())
        image = desk.image(ack.ref)
        desk.ack(deleted(ack))
        restore = Restore(ack.ref, None, builders.uid(1), image.raw, str(uuid.uuid4()))
        _twice(desk, Trouble.LOST, restore, or_conflict=True)
        desk.stands(1)

    def test_a_create_whose_every_answer_is_lost_is_settled_later(self, desk: Desk) -> None:
        faults = desk.faults(Trouble.LOST)
        operation = Create(desk.item(), str(uuid.uuid4()))
        faults.inject(Trouble.LOST, On.WRITES)
        error = desk.failure(operation)
        faults.calm()
        assert isinstance(error, Retry), f"it may have been applied: Retry, so that it is settled, {error!r}"
        found = desk.connector.find(desk.collection, [builders.uid(1)])
        assert len(found) == 1, "find() must show what was applied though its answer was lost"
        again = desk.ack(operation)
        assert again.ref == found[0].ref, "a create that is sent again finds what it put there"
        desk.stands(1)

    def test_one_lost_answer_among_many_is_one_failure_at_most(self, desk: Desk) -> None:
        faults = desk.faults(Trouble.LOST)
        operations = [Create(desk.item(number), str(uuid.uuid4())) for number in range(1, 9)]
        faults.inject(Trouble.LOST, On.WRITES, skip=2, times=1)
        outcomes = desk.push(*operations)
        faults.calm()
        assert len(outcomes) == 8, f"push yields one outcome for each operation: {outcomes}"
        failed = [one for one in outcomes if isinstance(one, Failure)]
        assert len(failed) <= 1, f"one lost answer must not fail what was sent beside it: {failed}"
        again = desk.push(*operations)
        assert all(isinstance(one, Ack) for one in again), f"sent again, each is acknowledged: {again}"
        desk.stands(*range(1, 9))

    def test_a_request_that_arrives_twice_has_one_effect(self, desk: Desk) -> None:
        faults = desk.faults(Trouble.DUPLICATE)
        faults.inject(Trouble.DUPLICATE, On.WRITES)
        first, second = desk.created(desk.item(1), desk.item(2))
        desk.push(renamed(first), deleted(second))
        faults.calm()
        desk.stands(1, title="Ours")


def _twice(desk: Desk, trouble: Trouble, operation: Operation, *, or_conflict: bool = False) -> None:
    """Send an operation whose first answer is lost, then send it again.

    A connector that repeats by itself may know already that it went through.
    """
    faults = desk.faults(trouble)
    faults.inject(trouble, On.WRITES, times=1)
    outcomes = desk.push(operation)
    faults.calm()
    assert len(outcomes) == 1, f"push yields one outcome for one operation: {outcomes}"
    assert _well(outcomes[0]) or _error(outcomes[0], Retry), (
        f"the answer was lost ({trouble}): Ack if you looked and it stands, else Failure(Retry), "
        f"so that it is settled by looking; not {outcomes[0]}"
    )
    again = desk.push(operation)
    assert len(again) == 1, f"push yields one outcome for one operation: {again}"
    assert _well(again[0]) or (or_conflict and _error(again[0], Conflict)), (
        f"sent again after a lost answer, it is acknowledged{' or a Conflict' if or_conflict else ''}: "
        f"{again}"
    )


def _well(outcome: Outcome) -> bool:
    return isinstance(outcome, Ack)


def _error(outcome: Outcome, kind: type[Exception]) -> bool:
    return isinstance(outcome, Failure) and isinstance(outcome.error, kind)
