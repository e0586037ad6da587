"""Wrong in what it lists, reads and finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from syncer.connector import (
    Ack,
    Collection,
    CursorExpired,
    Gone,
    Listing,
    Operation,
    Outcome,
    Scope,
    Seen,
)
from syncer.core.model import Item, Kind, Status
from syncer.testing.memory import MemoryConnector, Shelf
from tests.testing.defects.bases import EMPTY, Answers, Known, Listed, red


@red("an_empty_collection_is_completely_empty")
class NeverComplete(Listed):
    def spoilt(self, listing: Listing) -> Listing:
        return replace(listing, scope=Scope.CHANGES)


@red("what_is_known_is_not_shown_again")
class ForgetsWhatIsKnown(Listed):
    def spoilt(self, listing: Listing) -> Listing:
        return replace(listing, same=frozenset())


@red("where_nothing_changed_nothing_is_seen", "a_write_of_ours_is_in_the_next_changes_unless_known")
class ShowsEverything(MemoryConnector):
    def pull(self, collection: Collection, cursor: str | None, known: Known) -> Listing:
        return replace(super().pull(collection, None, {}), scope=Scope.CHANGES)


@red(
    "an_edit_by_a_person_is_seen",
    "a_deletion_by_a_person_is_seen",
    "an_item_that_was_moved_is_found_where_it_is",
)
class SeesNoChanges(Listed):
    def spoilt(self, listing: Listing) -> Listing:
        return listing if listing.scope is Scope.COMPLETE else replace(EMPTY, cursor=listing.cursor)


@red("a_tick_by_a_person_is_seen", "a_todo_is_done_and_open_again")
class HidesWhatIsDone(Listed):
    def spoilt(self, listing: Listing) -> Listing:
        open_ones = tuple(one for one in listing.seen if one.item.status is Status.OPEN)
        return replace(listing, seen=tuple(one for one in open_ones if not one.item.title.startswith("✓")))


@red("a_listing_is_whole_beyond_one_page")
class OnePage(Listed):
    def spoilt(self, listing: Listing) -> Listing:
        return replace(listing, seen=listing.seen[:100])


@red("an_expired_cursor_is_raised_and_not_guessed", "a_cursor_of_somebody_else_is_expired")
class TrustsCursors(MemoryConnector):
    def pull(self, collection: Collection, cursor: str | None, known: Known) -> Listing:
        try:
            return super().pull(collection, cursor, known)
        except CursorExpired:
            return EMPTY


@red("strangers_are_never_shown", "a_stranger_at_a_known_address_is_not_shown")
class TakesAll(MemoryConnector):
    def _ours(self, shelf: Shelf, ref: str) -> bool:
        return True


@red(
    "a_read_answers_once_for_each_address", "an_address_that_is_none_is_not_there", "what_was_deleted_is_gone"
)
class LeavesOutWhatIsGone(MemoryConnector):
    def read(self, collection: Collection, refs: Sequence[str]) -> Answers:
        return [one for one in super().read(collection, refs) if not isinstance(one, Gone)]


@red("a_read_of_nothing_is_nothing")
class ReadsAllForNothing(MemoryConnector):
    def read(self, collection: Collection, refs: Sequence[str]) -> Answers:
        return super().read(collection, refs or ["everything"])


@red("a_read_shows_what_stands_there_now")
class Remembers(MemoryConnector):
    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        for outcome in super().push(collection, operations):
            self.last = outcome
            yield outcome

    def read(self, collection: Collection, refs: Sequence[str]) -> Answers:
        assert isinstance(self.last, Ack) and self.last.item is not None
        return [Seen(self.last.ref, self.last.revision, self.last.item)]


@red("an_item_that_was_moved_is_found_where_it_is", "items_are_found_by_their_uids")
class FindsByAddress(MemoryConnector):
    def find(self, collection: Collection, uids: Sequence[str]) -> Sequence[Seen]:
        answers = self.read(collection, [f"{collection.ref}{uid}" for uid in uids])
        return [
            one if isinstance(one, Seen) else Seen(one.ref, None, Item("", Kind.TODO, "")) for one in answers
        ]
