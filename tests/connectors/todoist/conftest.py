"""The emulated Todoist, a fresh account for each test, and a connector that doesn't wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest

from connectors.todoist import Todoist
from connectors.todoist.settings import TodoistSettings
from syncer.connector import Ack, Collection, Create, Listing, Operation, Outcome, Seen, Update
from syncer.core.model import Item, Kind
from syncer.testing import builders
from syncer.testing.proxy import FaultProxy, Request
from tests.emulators.stage import Clock, Stage
from tests.emulators.todoist import Account, Person
from tests.emulators.todoist import Todoist as Emulator

TIMEOUT = 0.4
START = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
"""A Monday, on the emulator's clock."""


def writing(request: Request) -> bool:
    """Whether a request may change something: a sync with commands. Reads are POSTs too."""
    return request.method == "POST" and "commands" in parse_qs(request.body.decode())


@dataclass
class Desk:
    """A connector with a project of its own, and the person whose account it is."""

    emulator: Emulator
    proxy: FaultProxy
    account: Account
    connector: Todoist
    collection: Collection
    waited: list[float] = field(default_factory=list)
    stopping: bool = False

    @property
    def person(self) -> Person:
        return self.emulator.person(self.account)

    def connect(self, **settings: Any) -> Todoist:
        """Another connector to the same account, as after a restart."""
        context = builders.context(lambda: self.account.token, lambda: self.stopping)
        made = Todoist(TodoistSettings(url=self.proxy.url, timeout=TIMEOUT, **settings), context)
        made.transport.sleep = self.waited.append
        return made

    def restart(self, **settings: Any) -> None:
        self.connector.close()
        self.connector = self.connect(**settings)

    def push(self, *operations: Operation) -> list[Outcome]:
        return list(self.connector.push(self.collection, operations))

    def created(self, *items: Item) -> list[Ack]:
        outcomes = self.push(*(Create(item) for item in items))
        acks = {one.operation.uid: one for one in outcomes if isinstance(one, Ack)}
        assert len(acks) == len(items), outcomes
        return [acks[item.uid] for item in items]

    def updated(self, ack: Ack | Seen, *fields: str, **values: Any) -> Ack:
        """The acknowledgement of an update of these fields."""
        item = Item(ack.item.uid, Kind.TODO, **{"title": ack.item.title, **values})  # type: ignore[union-attr]  # an acknowledged write has an item
        names = frozenset(fields or values)
        (outcome,) = self.push(Update(ack.ref, ack.revision, item, names))
        assert isinstance(outcome, Ack), outcome
        return outcome

    def pull(self, cursor: str | None = None, *known: Ack | Seen) -> Listing:
        return self.connector.pull(self.collection, cursor, {one.ref: one.revision for one in known})

    def requests(self) -> int:
        """How many requests there were since this was last asked."""
        found = len(self.proxy.log)
        self.proxy.log.clear()
        return found


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """Todoist on a port; its clock begins anew for each test, and stands where it is put."""
    app = Emulator()
    stage = Stage(app, clock=Clock(START))
    stage.start()
    yield app
    stage.stop()
    assert stage.bugs == []


@pytest.fixture(scope="session")
def faulty(emulator: Emulator) -> Iterator[FaultProxy]:
    """A proxy in front of it that can misbehave."""
    proxy = FaultProxy(emulator.stage.url)
    proxy.start()
    yield proxy
    proxy.stop()


@pytest.fixture
def desk(emulator: Emulator, faulty: FaultProxy) -> Iterator[Desk]:
    """A connector with an empty project; the log of requests begins after that."""
    bugs = len(emulator.stage.bugs)
    emulator.stage.clock = Clock(START)
    account = emulator.account()
    ref = emulator.person(account).make_project("Household")
    made = Desk(emulator, faulty, account, None, Collection(ref, "Household", frozenset({Kind.TODO})))  # type: ignore[arg-type]  # set below
    made.connector = made.connect()
    faulty.log.clear()
    yield made
    faulty.calm()
    made.connector.close()
    assert emulator.stage.bugs[bugs:] == []
