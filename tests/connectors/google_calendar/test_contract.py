"""Google Calendar keeps the contract: a person in Google's app, faults from a proxy in front."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from connectors.google import scopes
from connectors.google_calendar import GoogleCalendar
from connectors.google_calendar.settings import GoogleCalendarSettings
from syncer.connector import Collection, Connector, Context
from syncer.core.model import Kind
from syncer.testing.contract import Contract, Harness, HttpFaults
from syncer.testing.proxy import Request, writes
from tests.connectors.google.staging import Google

TIMEOUT = 0.4
GUEST = "grandma@example.org"
NOT_CONTENT = ("etag", "updated", "sequence", "created", "id", "iCalUID", "htmlLink")
"""What Google counts up by itself, or makes of an id."""
_numbers = itertools.count(1)


def writing(request: Request) -> bool:
    """Whether a request may change something: a batch is a POST whatever is in it."""
    if request.path.startswith("/batch/"):
        return re.search(rb"^(POST|PUT|PATCH|DELETE) /", request.body, re.MULTILINE) is not None
    return writes(request) and not request.path.startswith("/token")


class GoogleHarness(Harness):
    """A fresh account behind a proxy that can misbehave; the token endpoint stands beside it."""

    def __init__(self, google: Google) -> None:
        self._google = google
        self._person = google.calendar.person(f"contract{next(_numbers)}@example.org")
        self.secret = google.oauth.secret(self._person.mail, scopes.CALENDAR)
        self.faults = HttpFaults(google.proxy, writing, patience=2 * TIMEOUT)

    def connect(self, context: Context) -> Connector:
        """See the base."""
        settings = GoogleCalendarSettings(root=self._google.proxy.url, timeout=TIMEOUT)
        connector = GoogleCalendar(settings, context)
        connector.service.sleep = lambda seconds: None
        return connector

    def snapshot(self, collection: Collection) -> Mapping[str, str]:
        """See the base."""
        events = self._person.events(collection.ref)
        return {
            ident: json.dumps(_content(one), sort_keys=True, ensure_ascii=False)
            for ident, one in events.items()
        }

    def foreign(self, collection: Collection, kind: Kind) -> str:
        """See the base."""
        return self._person.add(
            "Nobody's business",
            collection.ref,
            attendees=[{"email": GUEST, "responseStatus": "accepted"}],
            extendedProperties={"private": {"mood": "kept as it is"}},
            colorId="3",
        )

    def edit(self, collection: Collection, ref: str, title: str) -> None:
        """See the base."""
        self._person.edit(ref, collection.ref, summary=title)

    def delete(self, collection: Collection, ref: str) -> None:
        """See the base."""
        self._person.delete(ref, collection.ref)

    def adorn(self, collection: Collection, ref: str) -> Sequence[str]:
        """See the base."""
        self._person.edit(
            ref,
            collection.ref,
            location="In the yard",
            colorId="5",
            attendees=[{"email": GUEST, "responseStatus": "tentative"}],
            extendedProperties={"private": {"mood": "kept as it is"}, "shared": {"flavour": "own"}},
            reminders={"useDefault": False, "overrides": [{"method": "email", "minutes": 7}]},
        )
        return ["In the yard", '"colorId": "5"', GUEST, "tentative", "kept as it is", '"own"', "email"]

    def move(self, collection: Collection, ref: str) -> str:
        """See the base."""
        return self._person.replace(ref, collection.ref)

    def spoil(self, collection: Collection, ref: str) -> None:
        """See the base: a day that there is not."""
        with self._google.stage.lock:
            shelf = self._person.shelf(collection.ref)
            shelf.put({**shelf.events[ref], "start": {"date": "2026-02-31"}})

    def remove(self, collection: Collection) -> None:
        """See the base."""
        self._person.delete_calendar(collection.ref)

    def expire(self, collection: Collection, cursor: str) -> str:
        """See the base."""
        self._person.shelf(collection.ref).forget()
        return cursor


def _content(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in NOT_CONTENT}


class TestGoogleCalendar(Contract):
    """The whole contract."""

    @pytest.fixture
    def harness(self, google: Google) -> Harness:
        return GoogleHarness(google)
