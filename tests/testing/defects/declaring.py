"""Wrong about itself and its collections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from syncer.connector import (
    Collection,
    CollectionGone,
    Context,
    Listing,
    Scope,
    Settings,
)
from syncer.core.model import Kind
from syncer.testing.memory import MemoryConnector, Provider
from tests.testing.defects.bases import Known, red


@red("it_declares_what_it_is")
class Nameless(MemoryConnector):
    name = ""


@red("constructing_makes_no_request_and_reads_no_secret")
class Eager(MemoryConnector):
    def __init__(self, settings: Settings, context: Context, provider: Provider | None = None) -> None:
        super().__init__(settings, context, provider)
        self.collections()


@red("closing_again_is_harmless")
class ClosesOnce(MemoryConnector):
    closed = False

    def close(self) -> None:
        assert not self.closed
        self.closed = True


@red("its_clock_is_utc_or_none")
class LocalClock(MemoryConnector):
    def server_time(self) -> dt.datetime | None:
        return dt.datetime(2026, 11, 24, 9)


@red("ids_are_chosen_where_it_says_so")
class PutsElsewhere(MemoryConnector):
    def address_of(self, collection: Collection, uid: str) -> str | None:
        return f"{collection.ref}elsewhere/{uid}"


@red("a_collection_is_listed_once_with_its_kind")
class ListsNoCollections(MemoryConnector):
    def collections(self) -> Sequence[Collection]:
        return []


@red("creating_a_collection_again_returns_the_one_that_is_there")
class MakesAnother(MemoryConnector):
    def create_collection(self, name: str, kind: Kind) -> Collection:
        return self.provider.add(name, kind).collection


@red("a_collection_holds_the_kind_that_was_asked_for")
class MakesWhateverKind(MemoryConnector):
    def create_collection(self, name: str, kind: Kind) -> Collection:
        return super().create_collection(name, Kind.EVENT)


@red("a_collection_that_is_gone_is_not_empty")
class EmptyWhenGone(MemoryConnector):
    def pull(self, collection: Collection, cursor: str | None, known: Known) -> Listing:
        try:
            return super().pull(collection, cursor, known)
        except CollectionGone:
            return Listing(Scope.COMPLETE)
