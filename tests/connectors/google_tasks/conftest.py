"""An emulated Google Tasks, a person with an account there, and connectors to it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.google.settings import GoogleSettings
from connectors.google_tasks import GoogleTasks
from syncer.connector import Ack, Collection, Context, Create, Failure, Listing, Operation, Outcome, Seen
from syncer.core.model import Item, Kind
from syncer.testing import builders
from syncer.testing.builders import BERLIN, claims
from syncer.testing.proxy import FaultProxy, Request, writes
from tests.emulators import google_tasks
from tests.emulators.google_oauth import GoogleOAuth
from tests.emulators.google_tasks.app import SCOPE
from tests.emulators.stage import Clock, Entry, Stage

_numbers = itertools.count(1)
WRITING = (b"POST /tasks", b"PATCH /tasks", b"PUT /tasks", b"DELETE /tasks")


def changes(request: Request) -> bool:
    """Whether a request may change something: a batch is a POST whatever it holds."""
    if request.path.startswith("/batch"):
        return any(verb in request.body for verb in WRITING)
    return writes(request)


def todo(number: int = 1, title: str = "Take out the bins", **fields: Any) -> Item:
    """A to-do of ours, due on a day."""
    return builders.item(Kind.TODO, number, title, **fields)


@dataclass
class Google:
    """The emulated Google: one stage with its token endpoint and its Tasks API, and a proxy in front."""

    stage: Stage
    oauth: GoogleOAuth
    tasks: google_tasks.GoogleTasks
    proxy: FaultProxy

    def person(self) -> google_tasks.Person:
        """A person with an account of their own."""
        return self.tasks.person(f"ada-{next(_numbers)}@example.org")


@dataclass
class Account:
    """A person, their secret, and the connectors that are made for it."""

    google: Google
    person: google_tasks.Person
    secret: str
    stopping: bool = False
    waited: list[float] = field(default_factory=list)
    connectors: list[GoogleTasks] = field(default_factory=list)

    def connect(self, timeout: float = 5, context: Context | None = None, **settings: Any) -> GoogleTasks:
        """A connector that notes how long it would wait instead of waiting."""
        of = GoogleSettings(root=self.google.proxy.url, user=self.person.mail, timeout=timeout, **settings)
        made = GoogleTasks(of, context or Context(BERLIN, lambda: self.secret, claims, lambda: self.stopping))
        made.service.sleep = self.waited.append
        self.connectors.append(made)
        return made


@dataclass
class Desk:
    """A connector with a list of its own."""

    account: Account
    connector: GoogleTasks
    collection: Collection

    @property
    def google(self) -> Google:
        return self.account.google

    @property
    def tasks(self) -> google_tasks.GoogleTasks:
        return self.account.google.tasks

    @property
    def person(self) -> google_tasks.Person:
        return self.account.person

    @property
    def held(self) -> str:
        return self.collection.ref

    def push(self, *operations: Operation) -> list[Outcome]:
        """The outcomes of a push."""
        return list(self.connector.push(self.collection, operations))

    def acks(self, *operations: Operation) -> list[Ack]:
        """The acknowledgements of operations that all go through, in their order."""
        outcomes = self.push(*operations)
        acks = [outcome for outcome in outcomes if isinstance(outcome, Ack)]
        assert len(acks) == len(operations), outcomes
        return acks

    def created(self, *items: Item) -> list[Ack]:
        """The acknowledgements of creating items."""
        return self.acks(*(Create(item) for item in items))

    def failures(self, *operations: Operation) -> list[Failure]:
        """The failures of operations that all fail."""
        outcomes = self.push(*operations)
        failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
        assert len(failures) == len(operations), outcomes
        return failures

    def pull(self, cursor: str | None = None, known: Sequence[Ack | Seen] = ()) -> Listing:
        """A pull by somebody who knows what was acknowledged or seen."""
        return self.connector.pull(self.collection, cursor, {one.ref: one.revision for one in known})

    def restart(self) -> None:
        """As after a restart: nothing is remembered."""
        self.connector = self.account.connect()

    def calm(self) -> None:
        """From now on nothing of before counts in `asked`, and time has gone by."""
        self.google.stage.clock.advance(minutes=10)
        self.google.stage.log.clear()

    @property
    def asked(self) -> list[Entry]:
        """The requests since then, those for tokens left out."""
        return [entry for entry in self.google.stage.log if entry.path != "/token"]


def opened(google: Google) -> Account:
    """A fresh account."""
    person = google.person()
    return Account(google, person, google.oauth.secret(person.mail, [SCOPE]))


@pytest.fixture(scope="session")
def running() -> Iterator[Google]:
    oauth = GoogleOAuth()
    tasks = google_tasks.GoogleTasks(oauth)
    stage = Stage(oauth, tasks, clock=Clock(dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)))
    proxy = FaultProxy(stage.start())
    proxy.start()
    yield Google(stage, oauth, tasks, proxy)
    proxy.stop()
    stage.stop()


@pytest.fixture
def google(running: Google) -> Iterator[Google]:
    """Google as it is usually: its knobs are put back after each test, and it must have had no bug."""
    running.proxy.log.clear()
    running.stage.log.clear()
    yield running
    running.proxy.calm()
    tasks = running.tasks
    tasks.trouble, tasks.conditional, tasks.undeletes, tasks.etags_by_position = None, True, True, False
    running.oauth.down = running.oauth.after = None
    running.stage.fault = None
    tasks.catch_up()
    assert running.stage.bugs == []


@pytest.fixture
def account(google: Google) -> Iterator[Account]:
    made = opened(google)
    yield made
    for connector in made.connectors:
        connector.close()


@pytest.fixture
def desk(account: Account) -> Desk:
    held = account.person.add_list("Food")
    return Desk(account, account.connect(), Collection(held, "Food", frozenset({Kind.TODO})))
