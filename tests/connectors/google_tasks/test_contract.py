"""Google Tasks keeps the contract: a person with Google's app, faults from a proxy in front."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from connectors.google_tasks import GoogleTasks
from connectors.google_tasks.cursors import OLDEST
from syncer.connector import Collection, Connector, Context
from syncer.core.model import Kind
from syncer.testing.contract import Contract, Harness, HttpFaults
from tests.connectors.google_tasks.conftest import Account, Google, changes, opened

TIMEOUT = 0.4
LINK = "https://mail.example.org/their-own"


class GoogleTasksHarness(Harness):
    """A fresh account, behind a proxy that can misbehave. The token endpoint is asked past it."""

    def __init__(self, google: Google) -> None:
        self.account: Account = opened(google)
        self.secret = self.account.secret
        self.faults = HttpFaults(google.proxy, writing=changes, patience=2 * TIMEOUT)
        self._google = google

    def connect(self, context: Context) -> Connector:
        """See the base."""
        connector: GoogleTasks = self.account.connect(TIMEOUT, context)
        return connector

    def snapshot(self, collection: Collection) -> Mapping[str, str]:
        """See the base."""
        return self.account.person.content(collection.ref)

    def foreign(self, collection: Collection, kind: Kind) -> str:
        """See the base."""
        person = self.account.person
        ref = person.add(collection.ref, "Nobody's business", "A note of theirs\nKept by nobody")
        person.link(collection.ref, ref, LINK)
        return ref

    def edit(self, collection: Collection, ref: str, title: str) -> None:
        """See the base."""
        self.account.person.edit(collection.ref, ref, title=title)

    def delete(self, collection: Collection, ref: str) -> None:
        """See the base."""
        self.account.person.delete(collection.ref, ref)

    def tick(self, collection: Collection, ref: str) -> None:
        """See the base."""
        self.account.person.tick(collection.ref, ref)

    def adorn(self, collection: Collection, ref: str) -> Sequence[str]:
        """See the base: tied to a mail, by Google's own mail app."""
        self.account.person.link(collection.ref, ref, LINK)
        return [LINK]

    def move(self, collection: Collection, ref: str) -> str:
        """See the base: an id can't change, but a person can write a task anew with the same notes."""
        person = self.account.person
        task = person.task(collection.ref, ref)
        person.delete(collection.ref, ref)
        return person.add(collection.ref, task.title, task.notes)

    def spoil(self, collection: Collection, ref: str) -> None:
        """See the base: a day that is none, as only Google itself could put there."""
        person = self.account.person
        person.edit(collection.ref, ref)
        person.task(collection.ref, ref).due = "2026-02-30"

    def remove(self, collection: Collection) -> None:
        """See the base."""
        self.account.person.delete_list(collection.ref)

    def expire(self, collection: Collection, cursor: str) -> str:
        """See the base: a moment from which on Google has thrown tombstones away."""
        then = self._google.stage.clock.now() - 2 * OLDEST
        return f"{then:%Y-%m-%dT%H:%M:%SZ}"


class TestGoogleTasks(Contract):
    """The whole contract."""

    @pytest.fixture
    def harness(self, google: Google) -> Iterator[Harness]:
        made = GoogleTasksHarness(google)
        yield made
        for connector in made.account.connectors:
            connector.close()
