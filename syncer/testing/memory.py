"""A connector to a provider in memory: what a connector must do, done in the simplest way.

For tests of the engine and as a reference for connector authors. How the provider behaves is its `Manner`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from syncer.connector import (
    Ack,
    Broken,
    Capability,
    Collection,
    CollectionGone,
    Conflict,
    Connector,
    Context,
    Create,
    CursorExpired,
    Delete,
    Failure,
    Gone,
    IdSpent,
    Image,
    Listing,
    Operation,
    Outcome,
    Refused,
    Restore,
    Scope,
    Seen,
    Settings,
    Update,
)
from syncer.core.model import Item, Kind, Status
from syncer.testing.manners import Manner
from syncer.testing.provider import Provider as Provider
from syncer.testing.provider import Shelf as Shelf


class MemoryConnector(Connector):
    """Speaks to a `Provider`. Entry points are not involved: tests construct it."""

    name = "memory"
    settings: ClassVar[type[Settings]] = Settings
    capabilities = frozenset(Capability)

    def __init__(self, settings: Settings, context: Context, provider: Provider | None = None) -> None:
        self._context = context
        self.provider = provider or Provider()
        self._manner = self.provider.manner
        self.capabilities = self._manner.capabilities  # type: ignore[misc]  # the provider's, not all
        self._answers = 0

    @property
    def address(self) -> str:
        """There is none."""
        return "memory:"

    @property
    def user(self) -> str:
        """Nobody."""
        return "nobody"

    def collections(self) -> Sequence[Collection]:
        """All collections."""
        self._request("collections")
        return [shelf.collection for shelf in self.provider.shelves.values()]

    def create_collection(self, name: str, kind: Kind) -> Collection:
        """Make one, or return the one of that name and kind."""
        self._request("create_collection")
        for shelf in self.provider.shelves.values():
            if shelf.collection.name == name and kind in shelf.collection.kinds:
                return shelf.collection
        return self.provider.add(name, kind).collection

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """Changes since the cursor, a position in the log, or everything."""
        self._request("pull")
        shelf = self._shelf(collection)
        now = str(shelf.first + len(shelf.log))
        if cursor is None or not self._manner.cursors:
            refs = [ref for ref in shelf.items if self._ours(shelf, ref) and not self._hidden(shelf, ref)]
            same = frozenset(
                ref
                for ref in refs
                if known.get(ref) == str(shelf.items[ref][0]) and not self._manner.restless
            )
            seen = [self._seen(shelf, ref) for ref in refs if ref not in same]
            return Listing(Scope.COMPLETE, tuple(seen), same, cursor=now if self._manner.cursors else None)
        if cursor not in map(str, range(shelf.first, int(now) + 1)):
            raise CursorExpired("the cursor is not one of this collection's", subject=collection.ref)
        touched = dict.fromkeys(shelf.log[int(cursor) - shelf.first :])
        there = [ref for ref in touched if ref in shelf.items and self._ours(shelf, ref)]
        fresh = [ref for ref in there if known.get(ref) != str(shelf.items[ref][0])]
        seen = [self._seen(shelf, ref) for ref in fresh]
        gone = frozenset(ref for ref in touched if ref in known and ref not in shelf.items)
        return Listing(Scope.CHANGES, tuple(seen), gone=gone, cursor=now)

    def read(self, collection: Collection, refs: Sequence[str]) -> Sequence[Seen | Gone | Broken]:
        """Single items."""
        self._request("read")
        shelf = self._shelf(collection)
        return [self._answer(shelf, ref) for ref in refs]

    def images(self, collection: Collection, refs: Sequence[str]) -> Sequence[Image]:
        """What stands at these addresses; an item is kept whole under a number."""
        self._request("images")
        shelf = self._shelf(collection)
        return [
            Image(ref, self._revision(shelf, ref), self.provider.keep(shelf.items[ref][1]))
            for ref in refs
            if ref in shelf.items
        ]

    def address_of(self, collection: Collection, uid: str) -> str | None:
        """The UID below the collection, or None where the provider chooses."""
        return f"{collection.ref}{uid}" if self._manner.can(Capability.CHOSEN_IDS) else None

    def find(self, collection: Collection, uids: Sequence[str]) -> Sequence[Seen]:
        """Wherever they stand, done ones too, which a listing may hide."""
        self._request("find")
        shelf, wanted = self._shelf(collection), set(uids)
        return [self._seen(shelf, ref) for ref, (_, item) in shelf.items.items() if item.uid in wanted]

    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        """One after the other; a lost answer is applied and reported as a failure."""
        for operation in operations:
            if self._context.stopping():
                return
            error = self.provider.fault("push", operation)
            if error is not None and operation.uid not in self.provider.lost_answers:
                yield Failure(operation, error)
                continue
            self.provider.before_write(operation)
            try:
                shelf = self._shelf(collection)
                was = None if isinstance(operation, Create) else shelf.items.get(operation.ref)
                outcome = self._apply(shelf, operation)
                self.provider.after_write(operation, was[1] if was else None, outcome)
            except CollectionGone as gone:
                outcome = Failure(operation, gone)
            yield Failure(operation, error) if error is not None else outcome

    def server_time(self) -> dt.datetime | None:
        """The provider's clock, if a test gave it one."""
        return self.provider.clock()

    def _apply(self, shelf: Shelf, operation: Operation) -> Outcome:
        self.provider.writes += 1
        if self._manner.knows_commands and operation.token and operation.token in shelf.commands:
            return self._ran_before(shelf, operation)
        if isinstance(operation, Create):
            return self._create(shelf, operation)
        found_now = shelf.items.get(operation.ref)
        if isinstance(operation, Delete) and found_now is None:
            return Ack(operation, operation.ref, None, None)
        if isinstance(operation, Restore) and operation.revision is None:
            if found_now is not None:
                return Failure(operation, Conflict("something stands there", subject=operation.uid))
            return self._put(shelf, operation.ref, self.provider.kept[operation.raw], operation)
        if found_now is None or not self._agrees(operation.revision, found_now[0]):
            return Failure(operation, Conflict("somebody else changed it", subject=operation.uid))
        if isinstance(operation, Delete):
            shelf.drop(operation.ref)
            return Ack(operation, operation.ref, None, None)
        if isinstance(operation, Restore):
            item = self.provider.kept[operation.raw]
        else:
            item = _written(found_now[1], operation, self._manner)
        return self._put(shelf, operation.ref, item, operation)

    def _create(self, shelf: Shelf, operation: Create) -> Outcome:
        for ref, (_, item) in shelf.items.items():  # at whatever address a person's app put it
            if item.uid == operation.uid:
                return Ack(operation, ref, self._revision(shelf, ref), item, exact=False)
        ref = f"{shelf.collection.ref}{operation.uid}"
        if not self._manner.can(Capability.CHOSEN_IDS):
            ref = f"{shelf.collection.ref}{shelf.first + len(shelf.log)}"
        if ref in shelf.items:
            return Failure(operation, Refused("somebody else's item stands there", subject=operation.uid))
        if ref in shelf.spent and not self._manner.can(Capability.REUSED_IDS):
            return Failure(operation, IdSpent("the id was in use before", subject=operation.uid))
        return self._put(shelf, ref, self._manner.rewrite(operation.item), operation)

    def _put(self, shelf: Shelf, ref: str, item: Item, operation: Operation) -> Ack:
        """Store it. Without conditions nobody knows whether somebody else came between: no echo is exact."""
        shelf.put(ref, item)
        if operation.token:
            shelf.commands[operation.token] = ref
        exact = isinstance(operation, Create) or self._manner.can(Capability.CONDITIONAL_WRITES)
        return Ack(operation, ref, self._revision(shelf, ref), item, exact)

    def _ran_before(self, shelf: Shelf, operation: Operation) -> Outcome:
        ref = shelf.commands[operation.token]
        if ref not in shelf.items:
            return Failure(operation, Conflict("it ran before, and is gone again", subject=operation.uid))
        return Ack(operation, ref, self._revision(shelf, ref), shelf.items[ref][1], exact=False)

    def _agrees(self, revision: str | None, standing: int) -> bool:
        if not self._manner.can(Capability.CONDITIONAL_WRITES):
            return True
        return revision is not None and revision.partition(".")[0] == str(standing)

    def _revision(self, shelf: Shelf, ref: str) -> str:
        revision = str(shelf.items[ref][0])
        if not self._manner.restless:
            return revision
        self._answers += 1
        return f"{revision}.{self._answers}"

    def _hidden(self, shelf: Shelf, ref: str) -> bool:
        return self._manner.hides_done and shelf.items[ref][1].status is Status.DONE

    def _request(self, what: str) -> None:
        self.provider.requests.append(what)
        error = self.provider.fault(what, None)
        if error is not None:
            raise error

    def _shelf(self, collection: Collection) -> Shelf:
        try:
            return self.provider.shelves[collection.ref]
        except KeyError:
            raise CollectionGone("the collection is gone", subject=collection.ref) from None

    def _ours(self, shelf: Shelf, ref: str) -> bool:
        return self._context.claims(shelf.items[ref][1].uid)

    def _answer(self, shelf: Shelf, ref: str) -> Seen | Gone | Broken:
        if ref not in shelf.items:
            return Gone(ref)
        if not self._ours(shelf, ref):
            return Broken(ref, str(shelf.items[ref][0]), "the address holds somebody else's item")
        return self._seen(shelf, ref)

    def _seen(self, shelf: Shelf, ref: str) -> Seen:
        return Seen(ref, self._revision(shelf, ref), shelf.items[ref][1])


def _written(item: Item, operation: Update, manner: Manner) -> Item:
    fields = set(operation.fields)
    if "status" in fields:
        fields |= {"percent", "completed"}
    given = manner.rewrite(operation.item)
    return replace(item, **{name: getattr(given, name) for name in fields})
