"""Wrong in its conditions, its deletions and in what it puts back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncer.connector import (
    Ack,
    Collection,
    Conflict,
    Create,
    Delete,
    Failure,
    Image,
    Operation,
    Outcome,
    Refused,
    Restore,
    Update,
)
from syncer.testing.memory import MemoryConnector, Shelf
from tests.testing.defects.bases import Written, red


@red(
    "an_update_of_what_a_person_changed_is_a_conflict",
    "a_delete_of_what_a_person_changed_is_a_conflict",
    "an_update_twice_from_the_same_revision_is_a_conflict",
    "what_somebody_changed_since_is_not_restored_over",
    "a_stranger_at_the_address_of_a_write_is_left_alone",
)
class Unconditional(Written):
    def instead(self, shelf: Shelf, operation: Operation) -> Outcome:
        if not isinstance(operation, Create) and operation.revision and operation.ref in shelf.items:
            now = str(shelf.items[operation.ref][0])
            return replace(self.really(shelf, replace(operation, revision=now)), operation=operation)
        return self.really(shelf, operation)


@red("an_update_of_what_is_gone_creates_nothing", "an_update_of_what_is_gone_is_not_undone")
class Upserts(Written):
    def instead(self, shelf: Shelf, operation: Operation) -> Outcome:
        if isinstance(operation, Update) and operation.ref not in shelf.items:
            revision = shelf.put(operation.ref, operation.item)
            return Ack(operation, operation.ref, str(revision), operation.item)
        if isinstance(operation, Restore) and operation.ref not in shelf.items:
            return replace(self.really(shelf, replace(operation, revision=None)), operation=operation)
        return self.really(shelf, operation)


@red("an_update_may_follow_its_own_acknowledgement")
class TellsTheOldRevision(Written):
    def instead(self, shelf: Shelf, operation: Operation) -> Outcome:
        outcome = self.really(shelf, operation)
        if isinstance(operation, Update) and isinstance(outcome, Ack):
            return replace(outcome, revision=operation.revision)
        return outcome


@red(
    "deleting_again_is_acknowledged",
    "deleting_what_a_person_deleted_is_acknowledged",
    "a_delete_whose_answer_is_lost_has_one_effect",
)
class MissesWhatIsGone(Written):
    def instead(self, shelf: Shelf, operation: Operation) -> Outcome:
        if isinstance(operation, Delete) and operation.ref not in shelf.items:
            return Failure(operation, Conflict("it is not there", subject=operation.uid))
        return self.really(shelf, operation)


@red("a_deleted_id_is_used_again_or_said_to_be_spent")
class SpendsIds(Written):
    def instead(self, shelf: Shelf, operation: Operation) -> Outcome:
        if isinstance(operation, Create) and any(operation.uid in ref for ref in shelf.log):
            return Failure(operation, Refused("the id was used", subject=operation.uid))
        return self.really(shelf, operation)


@red("an_image_is_taken_of_what_stands_there")
class ImagesOfNothing(MemoryConnector):
    def images(self, collection: Collection, refs: Sequence[str]) -> Sequence[Image]:
        there = {one.ref: one for one in super().images(collection, refs)}
        return [there.get(ref, Image(ref, None, "")) for ref in refs]


@red("an_update_is_undone", "a_deletion_is_undone")
class ImagesOfPart(MemoryConnector):
    def images(self, collection: Collection, refs: Sequence[str]) -> Sequence[Image]:
        for raw, item in list(self.provider.kept.items()):
            self.provider.kept[raw] = replace(item, rule="")
        found = super().images(collection, refs)
        for one in found:
            self.provider.kept[one.raw] = replace(self.provider.kept[one.raw], rule="", notes="")
        return found


@red("a_deletion_is_not_undone_over_what_stands_there")
class RestoresOver(Written):
    def instead(self, shelf: Shelf, operation: Operation) -> Outcome:
        if isinstance(operation, Restore) and operation.ref in shelf.items:
            now = str(shelf.items[operation.ref][0])
            return replace(self.really(shelf, replace(operation, revision=now)), operation=operation)
        return self.really(shelf, operation)
