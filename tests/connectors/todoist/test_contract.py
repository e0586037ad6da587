"""Todoist keeps the contract: the emulator behind a proxy that misbehaves, and a person at the other end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import pytest

from connectors.todoist import Todoist
from connectors.todoist.settings import TodoistSettings
from syncer.connector import Collection, Connector, Context
from syncer.core.model import Kind
from syncer.testing.contract import Contract, Harness, HttpFaults
from syncer.testing.manners import TODOIST
from syncer.testing.proxy import FaultProxy
from tests.connectors.todoist.conftest import TIMEOUT, writing
from tests.emulators.todoist import Todoist as Emulator

ORDERED = ("updated_at", "child_order", "day_order", "added_at", "completed_at")
ADDED = ["theirs-label", '"priority": 4', '"amount": 25']


class TodoistHarness(Harness):
    """A fresh account of the emulator."""

    def __init__(self, emulator: Emulator, proxy: FaultProxy) -> None:
        self._account = emulator.account()
        self._person = emulator.person(self._account)
        self._proxy = proxy
        self.secret = self._account.token
        self.faults = HttpFaults(proxy, writing=writing, patience=2 * TIMEOUT)
        self._strangers = 0

    def connect(self, context: Context) -> Connector:
        """See the base."""
        connector = Todoist(TodoistSettings(url=self._proxy.url, timeout=TIMEOUT), context)
        connector.transport.sleep = lambda _: None
        return connector

    def snapshot(self, collection: Collection) -> Mapping[str, str]:
        """See the base."""
        return {
            item["id"]: json.dumps({name: item[name] for name in item if name not in ORDERED})
            for item in self._person.list(collection.ref)
        }

    def foreign(self, collection: Collection, kind: Kind) -> str:
        """See the base."""
        self._strangers += 1
        return self._person.add(
            collection.ref,
            "Call the dentist",
            description=f"about the crown, number {self._strangers}",
            labels=["health"],
            priority=3,
            due={"string": "every 2 weeks"},
        )

    def edit(self, collection: Collection, ref: str, title: str) -> None:
        """See the base."""
        self._person.edit(ref, content=title)

    def delete(self, collection: Collection, ref: str) -> None:
        """See the base."""
        self._person.delete(ref)

    def tick(self, collection: Collection, ref: str) -> None:
        """See the base."""
        self._person.tick(ref)

    def adorn(self, collection: Collection, ref: str) -> Sequence[str]:
        """See the base: a label, a priority, and how long it takes."""
        self._person.edit(
            ref,
            labels=["theirs-label"],
            priority=4,
            due={"date": "2026-11-24T18:30:00"},
            duration={"amount": 25, "unit": "minute"},
        )
        return ADDED

    def move(self, collection: Collection, ref: str) -> str:
        """See the base: ids stay, so the person duplicates it and deletes the first."""
        there = self._person.duplicate(ref)
        self._person.delete(ref)
        return there

    def spoil(self, collection: Collection, ref: str) -> None:
        """See the base: a moment that the partner's zone does not have."""
        self._person.edit(ref, due={"date": "9999-12-31T23:30:00Z", "timezone": "Europe/Berlin"})

    def remove(self, collection: Collection) -> None:
        """See the base."""
        self._person.delete_project(collection.ref)

    def expire(self, collection: Collection, cursor: str) -> str:
        """See the base."""
        self._person.forget_sync_tokens()
        return cursor


class TestTodoist(Contract):
    """The whole contract."""

    @pytest.fixture
    def harness(self, emulator: Emulator, faulty: FaultProxy) -> Iterator[Harness]:
        faulty.calm()
        faulty.log.clear()
        bugs = len(emulator.stage.bugs)
        yield TodoistHarness(emulator, faulty)
        assert emulator.stage.bugs[bugs:] == []


def test_its_capabilities_are_those_that_the_engine_is_tested_with() -> None:
    assert Todoist.capabilities == TODOIST.capabilities
