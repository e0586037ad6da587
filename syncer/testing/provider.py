"""A provider in memory: its collections, and what a person does there with an app.

It keeps items as values, counts its requests and its writes, and fails where a test tells it to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from syncer.connector import Collection, ConnectorError, Operation, Outcome
from syncer.core.model import Item, Kind
from syncer.testing.manners import CALDAV, Manner


@dataclass
class Shelf:
    """One collection of the provider: items by address, each with a revision, and a log of changes.

    `spent` are addresses that were in use, `commands` the address that each known command made or changed.
    """

    collection: Collection
    items: dict[str, tuple[int, Item]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    first: int = 0
    spent: set[str] = field(default_factory=set)
    commands: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Shelf:
        """The same collection once more, apart from this one."""
        kept = dict(self.items), list(self.log), self.first, set(self.spent), dict(self.commands)
        return Shelf(self.collection, *kept)

    def put(self, ref: str, item: Item) -> int:
        """Store an item under a new revision."""
        self.log.append(ref)
        revision = self.first + len(self.log)
        self.items[ref] = (revision, item)
        return revision

    def drop(self, ref: str) -> None:
        """Remove an item."""
        self.log.append(ref)
        self.spent.add(ref)
        del self.items[ref]


class Provider:
    """The far side: its collections, and what a person does there with an app."""

    def __init__(self, manner: Manner = CALDAV) -> None:
        self.manner = manner
        self.shelves: dict[str, Shelf] = {}
        self.requests: list[str] = []
        self.writes = 0
        self.fault: Callable[[str, Operation | None], ConnectorError | None] = lambda _what, _op: None
        self.lost_answers: set[str] = set()
        self.before_write: Callable[[Operation], None] = lambda _: None
        self.after_write: Callable[[Operation, Item | None, Outcome], None] = lambda _op, _was, _told: None
        self.clock: Callable[[], dt.datetime | None] = lambda: None
        self.kept: dict[str, Item] = {}

    def shelf(self, name: str) -> Shelf:
        """A collection by its name."""
        return next(shelf for shelf in self.shelves.values() if shelf.collection.name == name)

    def keep(self, item: Item) -> str:
        """Remember an item as it is; the number stands for it in an image."""
        self.kept[str(len(self.kept))] = item
        return str(len(self.kept) - 1)

    def add(self, name: str, kind: Kind) -> Shelf:
        """A person makes a collection."""
        ref = f"/{name}-{len(self.shelves)}/"
        self.shelves[ref] = Shelf(Collection(ref, name, frozenset({kind}), f"identity of {ref}"))
        return self.shelves[ref]

    def edit(self, name: str, uid: str, **changes: object) -> None:
        """A person changes fields of an item."""
        shelf = self.shelf(name)
        ref = next(ref for ref, (_, item) in shelf.items.items() if item.uid == uid)
        shelf.put(ref, replace(shelf.items[ref][1], **changes))  # type: ignore[arg-type]  # any field, by name

    def remove(self, name: str, uid: str) -> None:
        """A person deletes an item."""
        shelf = self.shelf(name)
        shelf.drop(next(ref for ref, (_, item) in shelf.items.items() if item.uid == uid))

    def items(self, name: str) -> dict[str, Item]:
        """What stands in a collection, by UID."""
        return {item.uid: item for _, item in self.shelf(name).items.values()}
