"""The Google Calendar connector as the engine sees it: it puts reading and writing together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from connectors.google import scopes
from connectors.google.login import login
from connectors.google.service import Service
from connectors.google_calendar import ids
from connectors.google_calendar.calendars import Calendars
from connectors.google_calendar.keeping import Keeping
from connectors.google_calendar.listing import Lister
from connectors.google_calendar.reading import Reader
from connectors.google_calendar.settings import GoogleCalendarSettings
from connectors.google_calendar.writing import Writer
from syncer.connector import (
    Broken,
    Capability,
    Collection,
    Connector,
    Context,
    Gone,
    Image,
    Listing,
    Login,
    Operation,
    Outcome,
    Seen,
    Settings,
)
from syncer.core.model import Kind

API = ("calendar", "v3")


class GoogleCalendar(Connector):
    """One Google account's calendars. Addresses are event ids; revisions are ETags."""

    name: ClassVar[str] = "google_calendar"
    family: ClassVar[str] = "google"
    settings: ClassVar[type[Settings]] = GoogleCalendarSettings
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.EVENTS,
            Capability.NOTES,
            Capability.ALARMS,
            Capability.CHOSEN_IDS,
            Capability.CONDITIONAL_WRITES,
        }
    )

    @classmethod
    def login(cls, settings: Settings) -> Login:
        """A consent on Google's page, shared with `google_tasks`."""
        return login(Kind.EVENT, scopes.CALENDAR, scopes.CALENDAR_EXISTING)

    def __init__(self, settings: Settings, context: Context) -> None:
        """Take the settings; the secret is read and Google met with the first request."""
        if not isinstance(settings, GoogleCalendarSettings):
            raise TypeError("GoogleCalendar needs GoogleCalendarSettings")
        self._settings, self._context = settings, context
        self.service = Service(*API, settings, context)
        self._calendars = Calendars(self.service, context)
        self._keeping = Keeping()
        self._lister = Lister(self.service)
        self._reader = Reader(self._lister, context, self._keeping)

    @property
    def address(self) -> str:
        """Where the API lives."""
        return self._settings.root or "https://www.googleapis.com/"

    @property
    def user(self) -> str:
        """The account's mail address, as the settings say it."""
        return self._settings.user

    def collections(self) -> Sequence[Collection]:
        """The account's calendars in which it may write."""
        return self._calendars.all()

    def create_collection(self, name: str, kind: Kind) -> Collection:
        """A calendar of its own, unless one of that name is there."""
        return self._calendars.create(name, kind)

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """Changes since a sync token; all of it without one."""
        return self._reader.pull(collection, cursor, known)

    def read(self, collection: Collection, refs: Sequence[str]) -> Sequence[Seen | Gone | Broken]:
        """Single events, fifty to a request."""
        return self._reader.read(collection, refs)

    def address_of(self, collection: Collection, uid: str) -> str | None:
        """The UID as an event id."""
        return ids.event_id(uid)

    def find(self, collection: Collection, uids: Sequence[str]) -> Sequence[Seen]:
        """At the addresses that we gave them, and by their marker."""
        return self._reader.find(collection, uids)

    def images(self, collection: Collection, refs: Sequence[str]) -> Sequence[Image]:
        """Our events as they stand, with guests, colours and what else can be written."""
        return self._reader.images(collection, refs)

    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        """Fifty writes to a request, each conditional; what comes back with a write is its echo."""
        return Writer(self.service, self._lister, self._reader, self._context, self._keeping).push(
            collection, operations
        )

    def server_time(self) -> dt.datetime | None:
        """The Date of the last answer (RFC 9110 section 6.6.1)."""
        return self.service.server_time()

    def close(self) -> None:
        """Close the connections."""
        self.service.close()
