"""The memory connector's harness for the contract: its provider fails where it is told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from syncer.connector import (
    Collection,
    Connector,
    ConnectorError,
    Context,
    CredentialsDead,
    Operation,
    Retry,
    Settings,
)
from syncer.core.model import Item, Kind, Status
from syncer.testing.contract import Faults, Harness, On, Trouble
from syncer.testing.contract.harness import AFTER, LOST, NOT_APPLIED
from syncer.testing.memory import MemoryConnector, Provider, Shelf


class MemoryFaults(Faults):
    """What the memory connector makes of each trouble; it has no wire on which to cut or repeat."""

    offered = frozenset({*NOT_APPLIED, *LOST})

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def inject(self, trouble: Trouble, on: On = On.ALL, *, skip: int = 0, times: int | None = None) -> None:
        """See the base."""
        left = [skip, times]

        def fault(what: str, operation: Operation | None) -> ConnectorError | None:
            if not on & (On.READS if operation is None else On.WRITES):
                return None
            if left[0]:
                left[0] -= 1
                return None
            if left[1] == 0:
                return None
            if left[1] is not None:
                left[1] -= 1
            if operation is not None and trouble in LOST:
                self.provider.lost_answers.add(operation.uid)
            if trouble is Trouble.LOGIN:
                return CredentialsDead("the login is refused", subject="memory:", cure="Renew the password")
            after = AFTER if trouble is Trouble.BUSY else None
            return Retry("the provider is in trouble", subject="memory:", after=after)

        self.provider.fault = fault

    def calm(self) -> None:
        """See the base."""
        self.provider.fault = lambda _what, _operation: None
        self.provider.lost_answers.clear()

    def requests(self) -> int:
        """See the base."""
        return len(self.provider.requests)


class MemoryHarness(Harness):
    """A provider in memory, and what a person does there."""

    secret = "canary-secret-in-memory"
    connector: type[MemoryConnector] = MemoryConnector

    def __init__(self, connector: type[MemoryConnector] = MemoryConnector) -> None:
        self.connector = connector
        self.provider = Provider()
        self.faults = MemoryFaults(self.provider)
        self._strangers = 0

    def connect(self, context: Context) -> Connector:
        """See the base."""
        return self.connector(Settings(), context, self.provider)

    def snapshot(self, collection: Collection) -> Mapping[str, str]:
        """See the base."""
        return {ref: repr(item) for ref, (_, item) in self._shelf(collection).items.items()}

    def foreign(self, collection: Collection, kind: Kind) -> str:
        """See the base."""
        self._strangers += 1
        ref = f"{collection.ref}stranger-{self._strangers}"
        self._shelf(collection).put(ref, Item(f"stranger-{self._strangers}", kind, "Nobody's business"))
        return ref

    def edit(self, collection: Collection, ref: str, title: str) -> None:
        """See the base."""
        self._change(collection, ref, title=title)

    def delete(self, collection: Collection, ref: str) -> None:
        """See the base."""
        self._shelf(collection).drop(ref)

    def tick(self, collection: Collection, ref: str) -> None:
        """See the base."""
        self._change(collection, ref, status=Status.DONE)

    def adorn(self, collection: Collection, ref: str) -> list[str]:
        """See the base."""
        self._change(collection, ref, rule="FREQ=WEEKLY", percent=30)
        return ["FREQ=WEEKLY", "percent=30"]

    def move(self, collection: Collection, ref: str) -> str:
        """See the base."""
        shelf = self._shelf(collection)
        item = shelf.items[ref][1]
        shelf.drop(ref)
        shelf.put(f"{collection.ref}moved", item)
        return f"{collection.ref}moved"

    def remove(self, collection: Collection) -> None:
        """See the base."""
        del self.provider.shelves[collection.ref]

    def expire(self, collection: Collection, cursor: str) -> str:
        """See the base."""
        shelf = self._shelf(collection)
        shelf.first += len(shelf.log)
        shelf.log.clear()
        assert int(cursor) <= shelf.first
        return str(int(cursor) - 1)

    def _shelf(self, collection: Collection) -> Shelf:
        return self.provider.shelves[collection.ref]

    def _change(self, collection: Collection, ref: str, **changes: object) -> None:
        shelf = self._shelf(collection)
        shelf.put(ref, replace(shelf.items[ref][1], **changes))  # type: ignore[arg-type]  # any field, by name
