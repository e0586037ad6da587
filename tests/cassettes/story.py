"""What happens on every tape: a connector's main flows, one after another, in a list of its own.

The connector's calls are on the tape. What a person does meanwhile in another app is not: it is done while
recording, and when the tape is played it has been done.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from syncer.connector import (
    Ack,
    Capability,
    Conflict,
    Connector,
    Create,
    CursorExpired,
    Delete,
    Failure,
    Gone,
    Listing,
    Operation,
    Scope,
    Seen,
    Update,
)
from syncer.core.model import Kind, Slot, Status
from syncer.testing import builders
from syncer.testing.contract import Harness
from tests.cassettes.tape import Tape

NAME = "Evenhold cassette"
NAMESPACE = uuid.UUID("0e5f6d5c-6a3c-4c0f-9d2b-6f0f1c2d3e4f")


@dataclass
class Story:
    """A connector, and while recording the person who uses the same account with another app."""

    tape: Tape
    connector: Connector
    kind: Kind
    person: Harness | None
    known: dict[str, str | None] = field(default_factory=dict)

    def tell(self) -> None:
        """All of it."""
        self.collection = self.connector.create_collection(NAME, self.kind)
        assert self.collection.ref in [one.ref for one in self.connector.collections()]
        first, second, third = self.first_push()
        cursor = self.idle_pass()
        cursor = self.tick_seen(first, cursor)
        second, cursor = self.update(second, cursor)
        standing = self.conflict(second)
        self.gone_meanwhile(third, cursor)
        self.delete(standing)
        self.cursor_expired(cursor, first)
        self.connector.close()

    def first_push(self) -> list[Ack]:
        """Three items are put up, and stand there."""
        titles = ("Take out the bins", "Pay the bills", "Buy bread & bütter")
        items = [builders.item(self.kind, n, title, notes="Both") for n, title in enumerate(titles, 1)]
        acks = {
            ack.operation.uid: ack for ack in self.acks(*(Create(item, token(item.uid)) for item in items))
        }
        listing = self.connector.pull(self.collection, None, {})
        assert {seen.item.uid: seen.ref for seen in listing.seen} == {
            uid: ack.ref for uid, ack in acks.items()
        }
        return [acks[item.uid] for item in items]

    def idle_pass(self) -> str | None:
        """Nothing happened, and nothing is seen."""
        listing = self.pull(None)
        assert listing.same == self.known.keys() and not listing.seen
        listing = self.pull(listing.cursor)
        assert not (listing.seen or listing.gone or listing.broken)
        return listing.cursor

    def tick_seen(self, ack: Ack, cursor: str | None) -> str | None:
        """The person ticks a to-do, or puts a mark before an event's title."""
        title = f"{builders.DONE_MARK}Take out the bins"
        with self.meanwhile() as person:
            if person is not None and self.kind is Kind.TODO:
                person.tick(self.collection, ack.ref)
            elif person is not None:
                person.edit(self.collection, ack.ref, title)
        listing = self.pull(cursor)
        assert [seen.ref for seen in listing.seen] == [ack.ref]
        item = listing.seen[0].item
        assert item.status is Status.DONE or item.title == title
        return listing.cursor

    def update(self, ack: Ack, cursor: str | None) -> tuple[Ack, str | None]:
        """The title and the time of an item are changed, and that is no news afterwards."""
        assert ack.item is not None
        when = builders.DAY if not isinstance(ack.item.when, Slot) else replace(ack.item.when, minutes=30)
        item = replace(ack.item, title="Pay all the bills", when=when)
        (ack,) = self.acks(Update(ack.ref, ack.revision, item, frozenset({"title", "when"}), token("update")))
        assert ack.item is not None and ack.item.title == "Pay all the bills"
        listing = self.pull(cursor)
        assert not (listing.seen or listing.gone)
        return ack, listing.cursor

    def conflict(self, ack: Ack) -> Ack | Seen:
        """The person was quicker: nothing of theirs is overwritten where the provider has conditions."""
        if Capability.CONDITIONAL_WRITES not in self.connector.capabilities:
            return ack
        with self.meanwhile() as person:
            if person is not None:
                person.edit(self.collection, ack.ref, "Theirs")
        assert ack.item is not None
        stale = Update(
            ack.ref, ack.revision, replace(ack.item, title="Ours"), frozenset({"title"}), token("stale")
        )
        assert isinstance(self.failure(stale), Conflict)
        (seen,) = self.connector.read(self.collection, [ack.ref])
        assert isinstance(seen, Seen) and seen.item.title == "Theirs"
        return seen

    def gone_meanwhile(self, ack: Ack, cursor: str | None) -> None:
        """The person deletes an item: that is seen, and an update does not bring it back."""
        with self.meanwhile() as person:
            if person is not None:
                person.delete(self.collection, ack.ref)
        assert ack.item is not None
        late = Update(
            ack.ref, ack.revision, replace(ack.item, title="Ours"), frozenset({"title"}), token("late")
        )
        assert isinstance(self.failure(late), Conflict)
        assert self.connector.read(self.collection, [ack.ref]) == [Gone(ack.ref)]
        listing = self.pull(cursor)
        named = {*listing.same, *(seen.ref for seen in listing.seen)}
        assert ack.ref in listing.gone or (listing.scope is Scope.COMPLETE and ack.ref not in named)
        del self.known[ack.ref]

    def delete(self, there: Ack | Seen) -> None:
        """An item is taken down, and once more, which has no further effect."""
        assert there.item is not None
        operation = Delete(there.ref, there.revision, there.item.uid, token("delete"))
        del self.known[there.ref]
        assert self.acks(operation, operation)[0].item is None
        assert self.connector.read(self.collection, [there.ref]) == [Gone(there.ref)]

    def cursor_expired(self, cursor: str | None, left: Ack) -> None:
        """The provider no longer knows the cursor; everything is compared."""
        if cursor is None:
            return
        with self.meanwhile() as person:
            expired = person.expire(self.collection, cursor) if person is not None else None
        expired = self.tape.fact("expired cursor", expired)
        try:
            listing = self.pull(expired)
        except CursorExpired:
            listing = self.pull(None)
        assert listing.scope is Scope.COMPLETE and listing.same == {left.ref}

    # --- what the chapters are written with ---

    def pull(self, cursor: str | None) -> Listing:
        """A pull by somebody who remembers what was seen."""
        listing = self.connector.pull(self.collection, cursor, dict(self.known))
        self.known.update({seen.ref: seen.revision for seen in listing.seen})
        return listing

    def acks(self, *operations: Operation) -> list[Ack]:
        """The acknowledgements of operations that all go through."""
        outcomes = list(self.connector.push(self.collection, operations))
        acks = [outcome for outcome in outcomes if isinstance(outcome, Ack)]
        assert len(acks) == len(operations), outcomes
        self.known.update({ack.ref: ack.revision for ack in acks if ack.item is not None})
        return acks

    def failure(self, operation: Operation) -> Exception:
        """Why an operation does not go through."""
        (outcome,) = self.connector.push(self.collection, [operation])
        assert isinstance(outcome, Failure), outcome
        return outcome.error

    @contextmanager
    def meanwhile(self) -> Iterator[Harness | None]:
        """What the person does, off the tape; nobody where the tape is played."""
        self.tape.paused = True
        yield self.person
        self.tape.paused = False


def token(name: str) -> str:
    """The token of an operation, the same each time."""
    return str(uuid.uuid5(NAMESPACE, name))
