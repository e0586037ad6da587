"""Where a test of the contract works: a connector, an empty collection, and short words for its calls.

Lives here: `Desk` and the fixtures that every theme has. What must hold is said in the themes alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from syncer.connector import (
    Ack,
    Broken,
    Capability,
    Collection,
    Connector,
    ConnectorError,
    Create,
    Delete,
    Failure,
    Gone,
    Image,
    Listing,
    Operation,
    Outcome,
    Seen,
    Update,
)
from syncer.core.model import Item, Kind
from syncer.testing import builders
from syncer.testing.contract.harness import Faults, Harness, Trouble

HOLDS = {Kind.EVENT: Capability.EVENTS, Kind.TODO: Capability.TODOS}


class Desk:
    """A connector with an empty collection for `kind`."""

    def __init__(self, harness: Harness, kind: Kind) -> None:
        self.harness, self.kind = harness, kind
        self.stopping = False
        self.cursor: str | None = None
        self._opened: list[Connector] = []
        self.connector = self.connect()
        self.collection: Collection = harness.collection(self.connector, kind)

    def connect(self) -> Connector:
        """Another connector to the same account, as after a restart."""
        made = self.harness.connect(builders.context(lambda: self.harness.secret, lambda: self.stopping))
        self._opened.append(made)
        return made

    def close(self) -> None:
        """Close what was opened."""
        for connector in self._opened:
            connector.close()

    @property
    def can(self) -> frozenset[Capability]:
        """What the connector says that it can."""
        return self.connector.capabilities

    def needs(self, capability: Capability) -> None:
        """Skip the test where the connector does not claim to be able to."""
        if capability not in self.can:
            pytest.skip(f"the connector does not declare {capability.name}")

    def faults(self, *troubles: Trouble) -> Faults:
        """The harness's faults; skip where it has none of these."""
        faults = self.harness.faults
        if faults is None:
            pytest.skip("the harness has no faults: set Harness.faults (HttpFaults for HTTP)")
        missing = set(troubles) - faults.offered
        if missing:
            pytest.skip(f"the harness's faults don't offer {', '.join(one.name for one in missing)}")
        return faults

    def item(self, number: int = 1, title: str = "Take out the bins", **fields: Any) -> Item:
        """An item of ours of the desk's kind."""
        return builders.item(self.kind, number, title, **fields)

    def push(self, *operations: Operation) -> list[Outcome]:
        """All outcomes of one push."""
        try:
            return list(self.connector.push(self.collection, operations))
        except Exception as error:
            raise AssertionError(
                f"push must not raise: yield a Failure with a ConnectorError for the operation, not {error!r}"
            ) from error

    def ack(self, operation: Operation) -> Ack:
        """The acknowledgement of one operation that must go through."""
        outcomes = self.push(operation)
        assert len(outcomes) == 1, f"push must yield one outcome for one operation, it yielded {outcomes}"
        assert isinstance(outcomes[0], Ack), (
            f"push must acknowledge {type(operation).__name__} here, it failed with {_error(outcomes[0])!r}"
        )
        return outcomes[0]

    def acks(self, *operations: Operation) -> list[Ack]:
        """The acknowledgements of operations that must all go through."""
        outcomes = self.push(*operations)
        failed = [one for one in outcomes if isinstance(one, Failure)]
        assert not failed, f"push must acknowledge all of these, some failed: {failed}"
        assert len(outcomes) == len(operations), f"push must yield an outcome for each operation: {outcomes}"
        return [one for one in outcomes if isinstance(one, Ack)]

    def failure(self, operation: Operation) -> ConnectorError:
        """The error of one operation that must not go through."""
        outcomes = self.push(operation)
        assert len(outcomes) == 1, f"push must yield one outcome for one operation, it yielded {outcomes}"
        assert isinstance(outcomes[0], Failure), (
            f"push must yield a Failure for this {type(operation).__name__}, it yielded {outcomes[0]}"
        )
        return outcomes[0].error

    def created(self, *items: Item) -> list[Ack]:
        """The acknowledgements of creating items, in their order."""
        acks = {ack.operation.uid: ack for ack in self.acks(*(Create(item) for item in items))}
        return [acks[item.uid] for item in items]

    def listed(self) -> dict[str, Seen]:
        """What a complete listing shows, by UID; each may stand there once."""
        listing = self.pull()
        found = {seen.item.uid: seen for seen in listing.seen}
        assert len(found) == len(listing.seen), (
            f"an item stands in the collection more than once: {[seen.ref for seen in listing.seen]}. "
            "Give creates an id or marker that makes sending them twice harmless"
        )
        return found

    def stands(self, *numbers: int, title: str | None = None) -> None:
        """Check that the items of these numbers stand there, once each, and no others of ours.

        With `title`, each has that title.
        """
        found = self.listed()
        titles = {seen.item.title for seen in found.values()}
        assert title is None or titles == {title}, f"the title must be {title!r} now, it is {titles}"
        assert found.keys() == {builders.uid(number) for number in numbers}, (
            f"the items {numbers} must stand there, and no others of ours; there are {list(found.values())}"
        )

    def read(self, ref: str) -> Seen | Gone | Broken:
        """The answer for one address."""
        answers = list(self.connector.read(self.collection, [ref]))
        assert [one.ref for one in answers] == [ref], (
            f"read() gives one answer for each address, Gone where nothing stands: {answers}"
        )
        return answers[0]

    def image(self, ref: str) -> Image:
        """The image of what stands at one address."""
        images = list(self.connector.images(self.collection, [ref]))
        assert [one.ref for one in images] == [ref], f"images() has one for each address: {images}"
        return images[0]

    def pull(self, cursor: str | None = None, *known: Ack | Seen) -> Listing:
        """A pull by somebody who holds what `known` says."""
        return self.connector.pull(self.collection, cursor, {one.ref: one.revision for one in known})

    def note_cursor(self, *known: Ack) -> None:
        """Keep the cursor of now in `cursor`."""
        self.cursor = self.pull(None, *known).cursor

    def snapshot(self) -> dict[str, str]:
        """What stands at the provider."""
        return dict(self.harness.snapshot(self.collection))

    def shown(self, item: Item) -> object:
        """What the provider must show of an item."""
        return builders.shown(item, self.can)


def renamed(ack: Ack | Seen, title: str = "Ours") -> Update:
    """An update of the title alone."""
    assert ack.item is not None, "the Ack of a create or update must carry the echo in `item`"
    wanted = Item(ack.item.uid, ack.item.kind, title, ack.item.when)
    return Update(ack.ref, ack.revision, wanted, frozenset({"title"}))


def deleted(ack: Ack | Seen) -> Delete:
    """The delete of what was acknowledged or seen."""
    assert ack.item is not None, "the Ack of a create or update must carry the echo in `item`"
    return Delete(ack.ref, ack.revision, ack.item.uid)


def _error(outcome: Outcome) -> object:
    return outcome.error if isinstance(outcome, Failure) else outcome


class Theme:
    """Base of the themes. A subclass of the contract supplies the fixture `harness`."""

    @pytest.fixture
    def desk(self, harness: Harness) -> Iterator[Desk]:
        """A desk of one kind, to-dos where the connector has them: for what is the same for both."""
        kind = Kind.TODO if _holds(harness, Kind.TODO) else Kind.EVENT
        yield from _opened(harness, kind)

    @pytest.fixture(params=list(Kind))
    def each(self, harness: Harness, request: pytest.FixtureRequest) -> Iterator[Desk]:
        """A desk of each kind in turn."""
        kind = Kind(request.param)
        if not _holds(harness, kind):
            pytest.skip(f"the connector does not declare {HOLDS[kind].name}")
        yield from _opened(harness, kind)


def _holds(harness: Harness, kind: Kind) -> bool:
    probe = harness.connect(builders.context(lambda: harness.secret))
    probe.close()
    return HOLDS[kind] in probe.capabilities


def _opened(harness: Harness, kind: Kind) -> Iterator[Desk]:
    desk = Desk(harness, kind)
    yield desk
    if harness.faults is not None:
        harness.faults.calm()
    desk.stopping = False
    desk.close()
