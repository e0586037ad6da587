"""Google Calendar as an emulator, accounts in it, and a connector for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.google import scopes
from connectors.google_calendar import GoogleCalendar
from connectors.google_calendar.settings import GoogleCalendarSettings
from syncer.connector import Ack, Collection, Create, Listing, Operation, Outcome
from syncer.core.model import Item, Kind
from syncer.testing import builders
from tests.connectors.google.staging import Google
from tests.connectors.google.staging import google as google
from tests.connectors.google.staging import on_stage as on_stage
from tests.emulators.google_calendar import Person

_numbers = itertools.count(1)


@dataclass
class Desk:
    """A connector with a calendar of its own, and the person who uses it."""

    google: Google
    person: Person
    secret: str
    connector: GoogleCalendar
    collection: Collection
    stopping: bool = False
    waited: list[float] = field(default_factory=list)

    @property
    def ref(self) -> str:
        """The calendar's id."""
        return self.collection.ref

    def push(self, *operations: Operation) -> list[Outcome]:
        """The outcomes of a push."""
        return list(self.connector.push(self.collection, operations))

    def acks(self, *operations: Operation) -> list[Ack]:
        """The acknowledgements of operations that must all go through, in their order."""
        outcomes = self.push(*operations)
        acks = {id(one.operation): one for one in outcomes if isinstance(one, Ack)}
        assert len(acks) == len(operations), outcomes
        return [acks[id(one)] for one in operations]

    def created(self, *items: Item) -> list[Ack]:
        """The acknowledgements of creating items."""
        return self.acks(*(Create(item) for item in items))

    def pull(self, cursor: str | None = None, acks: Sequence[Ack] = ()) -> Listing:
        """A pull by somebody who knows what the acknowledgements said."""
        return self.connector.pull(self.collection, cursor, {ack.ref: ack.revision for ack in acks})

    def requests(self) -> list[str]:
        """What was asked since the last time, as `METHOD part-of-path`."""
        found = [
            f"{entry.method} {entry.parts or entry.path.rsplit('/', 1)[-1]}"
            for entry in self.google.stage.log
        ]
        self.google.stage.log.clear()
        return found

    def restart(self) -> GoogleCalendar:
        """Another connector to the same account."""
        self.connector.close()
        self.connector = connect(self)
        return self.connector


def connect(desk: Any, root: str | None = None, **settings: Any) -> GoogleCalendar:
    """A connector that notes how long it would wait instead of waiting."""
    context = builders.context(lambda: str(desk.secret), lambda: bool(desk.stopping))
    made = GoogleCalendar(
        GoogleCalendarSettings(root=root or desk.google.proxy.url, timeout=0.5, user="ada", **settings),
        context,
    )
    made.service.sleep = desk.waited.append
    return made


@pytest.fixture
def desk(google: Google) -> Iterator[Desk]:
    """A desk with a fresh account and an empty calendar."""
    person = google.calendar.person(f"ada{next(_numbers)}@example.org")
    secret = google.oauth.secret(person.mail, [*scopes.CALENDAR, *scopes.CALENDAR_EXISTING])
    ref = person.new_calendar("Household")
    collection = Collection(ref, "Household", frozenset({Kind.EVENT}))
    made = Desk(google, person, secret, None, collection)  # type: ignore[arg-type]  # in the next line
    made.connector = connect(made)
    made.connector.collections()  # the first token
    google.stage.log.clear()
    yield made
    made.connector.close()


def event(number: int = 1, title: str = "Take out the bins", **fields: Any) -> Item:
    """An event of ours."""
    return builders.item(Kind.EVENT, number, title, **fields)
