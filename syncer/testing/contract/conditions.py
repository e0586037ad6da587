"""Conditions and deletion: nothing that somebody else changed is overwritten, and gone is gone."""

from __future__ import annotations

import uuid
from dataclasses import replace

from syncer.connector import (
    Ack,
    Capability,
    Conflict,
    Create,
    Delete,
    Gone,
    IdSpent,
    Restore,
    Scope,
)
from syncer.testing import builders
from syncer.testing.contract.desk import Desk, Theme, deleted, renamed
from syncer.testing.contract.harness import Harness


class Conditions(Theme):
    """Writes hold a condition: the item is still as we knew it."""

    def test_an_update_of_what_a_person_changed_is_a_conflict(self, each: Desk) -> None:
        each.needs(Capability.CONDITIONAL_WRITES)
        (ack,) = each.created(each.item())
        each.harness.edit(each.collection, ack.ref, "Theirs")
        before = each.snapshot()
        error = each.failure(renamed(ack))
        assert isinstance(error, Conflict), f"a revision that no longer holds is a Conflict, not {error!r}"
        assert each.snapshot() == before, "an update whose condition does not hold may change nothing"

    def test_a_delete_of_what_a_person_changed_is_a_conflict(self, desk: Desk) -> None:
        desk.needs(Capability.CONDITIONAL_WRITES)
        (ack,) = desk.created(desk.item())
        desk.harness.edit(desk.collection, ack.ref, "Theirs")
        before = desk.snapshot()
        error = desk.failure(deleted(ack))
        assert isinstance(error, Conflict), f"a revision that no longer holds is a Conflict, not {error!r}"
        assert desk.snapshot() == before, "a delete whose condition does not hold may delete nothing"

    def test_an_update_twice_from_the_same_revision_is_a_conflict(self, desk: Desk) -> None:
        desk.needs(Capability.CONDITIONAL_WRITES)
        (ack,) = desk.created(desk.item())
        desk.ack(renamed(ack, "First"))
        error = desk.failure(renamed(ack, "Second"))
        assert isinstance(error, Conflict), f"the first update made the revision old: Conflict, not {error!r}"
        desk.stands(1, title="First")

    def test_an_update_of_what_is_gone_creates_nothing(self, desk: Desk) -> None:
        (ack,) = desk.created(desk.item())
        desk.harness.delete(desk.collection, ack.ref)
        error = desk.failure(renamed(ack))
        assert isinstance(error, Conflict), f"an update of what is gone is a Conflict, not {error!r}"
        assert desk.snapshot() == {}, "an update may never bring back what a person deleted"

    def test_an_update_may_follow_its_own_acknowledgement(self, desk: Desk) -> None:
        (ack,) = desk.created(desk.item())
        for title in ("One", "Two", "Three"):
            ack = desk.ack(renamed(ack, title))
        desk.stands(1, title="Three")
        desk.ack(deleted(ack))
        desk.stands()


class Deleting(Theme):
    """Removing what is ours."""

    def test_what_was_deleted_is_gone(self, each: Desk) -> None:
        first, second = each.created(each.item(1), each.item(2))
        cursor = each.pull(None, first, second).cursor
        ack = each.ack(deleted(first))
        assert (ack.ref, ack.item) == (first.ref, None), "the Ack of a delete has the address and no item"
        each.stands(2)
        answer = each.read(first.ref)
        assert isinstance(answer, Gone), f"what was deleted reads as Gone, not {answer}"
        changes = each.pull(cursor, second)
        assert not changes.seen, f"what was deleted may not be shown as a change: {changes}"
        if changes.scope is Scope.COMPLETE:
            assert changes.same == {second.ref}, f"what is still there must be in `same`: {changes}"

    def test_deleting_again_is_acknowledged(self, desk: Desk) -> None:
        (ack,) = desk.created(desk.item())
        operation = Delete(ack.ref, ack.revision, builders.uid(1), str(uuid.uuid4()))
        for _ in range(2):
            desk.ack(operation)
        assert desk.snapshot() == {}, "what was deleted must be gone from the provider"

    def test_deleting_what_a_person_deleted_is_acknowledged(self, desk: Desk) -> None:
        (ack,) = desk.created(desk.item())
        desk.harness.delete(desk.collection, ack.ref)
        desk.ack(deleted(ack))

    def test_a_deleted_id_is_used_again_or_said_to_be_spent(self, each: Desk) -> None:
        (ack,) = each.created(each.item())
        each.ack(deleted(ack))
        (outcome,) = each.push(Create(each.item(title="Again"), str(uuid.uuid4())))
        if Capability.REUSED_IDS in each.can:
            assert isinstance(outcome, Ack), f"with REUSED_IDS a deleted id can be created again: {outcome}"
        if isinstance(outcome, Ack):
            each.stands(1, title="Again")
        else:
            assert isinstance(outcome.error, IdSpent), (
                f"an id that can't be used again is IdSpent, so that another generation is tried: {outcome}"
            )
            each.ack(Create(replace(each.item(title="Again"), uid=builders.uid(1, 1))))


class Undoing(Theme):
    """Images of what stood there, and putting them back."""

    def test_an_image_is_taken_of_what_stands_there(self, desk: Desk) -> None:
        first, second = desk.created(desk.item(1), desk.item(2))
        desk.harness.delete(desk.collection, second.ref)
        images = desk.connector.images(desk.collection, [first.ref, second.ref])
        assert [(one.ref, one.revision) for one in images] == [(first.ref, first.revision)], (
            f"images() has one for each address at which something stands, with its revision: {images}"
        )
        assert images[0].raw, "Image.raw holds the item in the connector's own form"

    def test_an_update_is_undone(self, each: Desk) -> None:
        (ack,) = each.created(each.item(notes="The brown one"))
        _adorned(each, ack)
        standing = each.listed()[builders.uid(1)]
        image = each.image(ack.ref)
        before = each.snapshot()
        after = each.ack(renamed(standing))
        restored = each.ack(Restore(ack.ref, after.revision, builders.uid(1), image.raw, str(uuid.uuid4())))
        assert each.snapshot() == before, "a Restore must bring back exactly what the image holds"
        assert restored.item == standing.item and restored.ref == ack.ref, (
            f"the Ack of a Restore has the echo of what stands there now: {restored}"
        )

    def test_a_deletion_is_undone(self, each: Desk) -> None:
        (ack,) = each.created(each.item(notes="The brown one"))
        added = _adorned(each, ack)
        standing = each.listed()[builders.uid(1)]
        image = each.image(ack.ref)
        each.ack(deleted(standing))
        restored = each.ack(Restore(ack.ref, None, builders.uid(1), image.raw, str(uuid.uuid4())))
        assert restored.item is not None, "the Ack of a Restore has the echo of what stands there now"
        assert each.shown(restored.item) == each.shown(standing.item), "what was deleted must be as it was"
        shown = each.listed()[builders.uid(1)]
        assert (shown.ref, shown.revision) == (restored.ref, restored.revision), (
            "the Ack of a Restore says where the item stands now"
        )
        lost = [text for text in added if text not in each.snapshot()[shown.ref]]
        assert not lost, f"a Restore must bring back what the provider would take; it lost {lost}"

    def test_what_somebody_changed_since_is_not_restored_over(self, desk: Desk) -> None:
        desk.needs(Capability.CONDITIONAL_WRITES)
        (ack,) = desk.created(desk.item())
        image = desk.image(ack.ref)
        after = desk.ack(renamed(ack))
        desk.harness.edit(desk.collection, ack.ref, "Theirs")
        before = desk.snapshot()
        error = desk.failure(Restore(ack.ref, after.revision, builders.uid(1), image.raw))
        assert isinstance(error, Conflict), f"somebody changed it since: Conflict, not {error!r}"
        assert desk.snapshot() == before, "a Restore whose condition does not hold may change nothing"

    def test_a_deletion_is_not_undone_over_what_stands_there(self, desk: Desk) -> None:
        desk.needs(Capability.CHOSEN_IDS)
        (ack,) = desk.created(desk.item())
        image = desk.image(ack.ref)
        after = desk.ack(renamed(ack))
        error = desk.failure(Restore(ack.ref, None, builders.uid(1), image.raw))
        assert isinstance(error, Conflict), (
            f"without a revision nothing may stand there: Conflict, not {error!r}"
        )
        assert desk.listed()[builders.uid(1)].revision == after.revision, "a Restore may not overwrite"

    def test_an_update_of_what_is_gone_is_not_undone(self, desk: Desk) -> None:
        desk.needs(Capability.CONDITIONAL_WRITES)
        (ack,) = desk.created(desk.item())
        image = desk.image(ack.ref)
        after = desk.ack(renamed(ack))
        desk.harness.delete(desk.collection, ack.ref)
        error = desk.failure(Restore(ack.ref, after.revision, builders.uid(1), image.raw))
        assert isinstance(error, Conflict), f"the person deleted it since: Conflict, not {error!r}"
        assert desk.snapshot() == {}, "a Restore with a revision may not bring back what a person deleted"


def _adorned(desk: Desk, ack: Ack) -> list[str]:
    """What the harness can add that we know nothing of; nothing where it can't."""
    if type(desk.harness).adorn is Harness.adorn:
        return []
    return list(desk.harness.adorn(desk.collection, ack.ref))
