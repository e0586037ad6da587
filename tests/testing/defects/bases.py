"""The table of defects, and bases for connectors that do one thing otherwise than the memory connector."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from syncer.connector import (
    Broken,
    Collection,
    ConnectorError,
    Create,
    Failure,
    Gone,
    Listing,
    Operation,
    Outcome,
    Scope,
    Seen,
    Update,
)
from syncer.core.model import Item
from syncer.testing.memory import MemoryConnector, Shelf

Known = Mapping[str, str | None]
Answers = Sequence[Seen | Gone | Broken]
EMPTY = Listing(Scope.CHANGES, cursor="0")
DEFECTS: dict[type[MemoryConnector], frozenset[str]] = {}
"""The defects, each with the tests of the contract that must notice it."""


def red(*tests: str) -> Callable[[type[MemoryConnector]], type[MemoryConnector]]:
    """Say which tests, by their names without `test_`, must notice the defect."""

    def listed(connector: type[MemoryConnector]) -> type[MemoryConnector]:
        DEFECTS[connector] = frozenset(f"test_{name}" for name in tests)
        return connector

    return listed


class Listed(MemoryConnector):
    """Base of those that spoil a listing."""

    def spoilt(self, listing: Listing) -> Listing:
        raise NotImplementedError

    def pull(self, collection: Collection, cursor: str | None, known: Known) -> Listing:
        return self.spoilt(super().pull(collection, cursor, known))


class Written(MemoryConnector):
    """Base of those that do something else than what an operation says."""

    def instead(self, shelf: Shelf, operation: Operation) -> Outcome:
        raise NotImplementedError

    def really(self, shelf: Shelf, operation: Operation) -> Outcome:
        """What the operation says."""
        return super()._apply(shelf, operation)

    def _apply(self, shelf: Shelf, operation: Operation) -> Outcome:
        return self.instead(shelf, operation)


class Stores(Written):
    """Base of those that store something else than the item that was sent."""

    def stored(self, item: Item) -> Item:
        raise NotImplementedError

    def instead(self, shelf: Shelf, operation: Operation) -> Outcome:
        if isinstance(operation, Create | Update):
            outcome = self.really(shelf, replace(operation, item=self.stored(operation.item)))
            return replace(outcome, operation=operation)
        return self.really(shelf, operation)


class Failing(MemoryConnector):
    """Base of those that make something else of a failure."""

    def told(self, error: ConnectorError) -> ConnectorError:
        raise NotImplementedError

    def _request(self, what: str) -> None:
        try:
            super()._request(what)
        except ConnectorError as error:
            raise self.told(error) from None

    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        for outcome in super().push(collection, operations):
            if isinstance(outcome, Failure):
                yield Failure(outcome.operation, self.told(outcome.error))
            else:
                yield outcome
