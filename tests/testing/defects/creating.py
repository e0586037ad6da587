"""Wrong in what it creates, and in what is made of a push."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from syncer.connector import (
    Ack,
    Collection,
    Create,
    Failure,
    Operation,
    Outcome,
)
from syncer.testing.memory import MemoryConnector, Shelf
from tests.testing.defects.bases import Written, red


@red(
    "a_create_sent_twice_yields_one_item",
    "a_create_sent_again_after_a_restart_yields_one_item",
    "the_same_create_twice_in_one_push_yields_one_item",
    "a_moved_item_is_not_created_a_second_time",
    "a_create_whose_answer_is_lost_has_one_effect",
    "a_create_whose_every_answer_is_lost_is_settled_later",
    "one_lost_answer_among_many_is_one_failure_at_most",
)
class CreatesAnother(Written):
    def instead(self, shelf: Shelf, operation: Operation) -> Outcome:
        if isinstance(operation, Create):
            ref = f"{shelf.collection.ref}{len(shelf.log)}"
            return Ack(operation, ref, str(shelf.put(ref, operation.item)), operation.item)
        return self.really(shelf, operation)


@red("a_create_does_not_overwrite_what_a_person_made_of_it")
class CreateOverwrites(Written):
    def instead(self, shelf: Shelf, operation: Operation) -> Outcome:
        if isinstance(operation, Create):
            ref = f"{shelf.collection.ref}{operation.uid}"
            return Ack(operation, ref, str(shelf.put(ref, operation.item)), operation.item)
        return self.really(shelf, operation)


@red("what_was_created_is_listed_once_as_it_was_acknowledged")
class EchoesTheWish(Written):
    def instead(self, shelf: Shelf, operation: Operation) -> Outcome:
        outcome = self.really(shelf, operation)
        return replace(outcome, revision=None) if isinstance(outcome, Ack) else outcome


@red("each_operation_has_exactly_one_outcome")
class TellsTwice(MemoryConnector):
    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        outcomes = list(super().push(collection, operations))
        yield from outcomes
        yield from outcomes[1:]


@red("one_that_fails_does_not_stop_the_others")
class StopsAtFailure(MemoryConnector):
    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        for outcome in super().push(collection, operations):
            yield outcome
            if isinstance(outcome, Failure):
                return


@red("a_push_of_nothing_does_nothing", "nothing_is_sent_once_it_is_to_stop")
class LooksAtTheFirst(MemoryConnector):
    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        waiting = list(operations)
        yield self._apply(self._shelf(collection), waiting[0])
        yield from super().push(collection, waiting[1:])


@red("stopping_half_way_loses_no_outcome")
class TellsAtTheEnd(MemoryConnector):
    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        outcomes = list(super().push(collection, operations))
        if not self._context.stopping():
            yield from outcomes
