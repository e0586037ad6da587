"""Asking Google for events: a calendar page by page, single events, whole series, and by marker.

Everything here is whole or raised: a page that is missing, cut short or not a page is a failure, never less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.google import errors
from connectors.google.service import Call, Reply, Service
from connectors.google_calendar.held import Held
from connectors.google_calendar.ids import MARKER
from syncer.connector import Collection, ConnectorError, CursorExpired

Event = Mapping[str, Any]
PAGES = (2500, 250, 25)
"""Events to a page: Google's most, and fewer where an answer is larger than we read."""

MOST_PAGES = 10_000
THIS = "the calendar"


@dataclass(frozen=True, slots=True)
class Listed:
    """All events of a listing, strangers' too, and the sync token that follows on it."""

    events: tuple[Event, ...]
    token: str


class Lister:
    """Asks for the events of one account."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def calendar(self, collection: Collection, cursor: str | None) -> Listed:
        """Everything in a calendar, or what changed since a cursor. Raises CursorExpired, CollectionGone."""
        for size in PAGES[:-1]:
            try:
                return self._calendar(collection, cursor, size)
            except errors.TooLarge:
                continue
        return self._calendar(collection, cursor, PAGES[-1])

    def _calendar(self, collection: Collection, cursor: str | None, size: int) -> Listed:
        found: dict[str, Event] = {}
        page: str | None = None
        for _ in range(MOST_PAGES):
            query = {"maxResults": size, "syncToken": cursor, "pageToken": page}
            reply = self._service.call(_list(collection, query), frozenset({400, 410, 404}))
            if not reply.good:
                raise _unlisted(reply, collection, cursor, page)
            events, following, token = _page(reply, collection.ref)
            found |= {str(event["id"]): event for event in events}
            if token is not None:
                return Listed(tuple(found.values()), token)
            if following == page:
                break
            page = following
        raise errors.malformed(collection.ref)

    def events(self, collection: Collection, refs: Iterable[str]) -> dict[str, Held | None]:
        """What stands at each address; None where nothing does (any more)."""
        wanted = list(dict.fromkeys(refs))
        replies = self._service.batch([_get(collection, ref) for ref in wanted])
        found: dict[str, Event | None] = {}
        missing = False
        for ref, reply in zip(wanted, replies, strict=True):
            if isinstance(reply, ConnectorError):
                raise reply
            if reply.gone:
                missing = missing or reply.status == 404
                found[ref] = None
            elif reply.good and isinstance(reply.data, Mapping) and reply.data.get("id"):
                found[ref] = reply.data
            else:
                raise reply.failure(ref)
        if missing:
            self.check_alive(collection)
        return self._with_series(collection, found)

    def _with_series(
        self, collection: Collection, events: Mapping[str, Event | None]
    ) -> dict[str, Held | None]:
        helds = {ref: Held(event) if event is not None else None for ref, event in events.items()}
        recurring = [held for held in helds.values() if held is not None and held.live and held.recurring]
        for held in self.series(collection, recurring):
            helds[held.ref] = held
        return {ref: held if held is not None and held.live else None for ref, held in helds.items()}

    def series(self, collection: Collection, masters: Sequence[Held]) -> list[Held]:
        """Recurring events with the instances of them that differ: all have one iCalUID."""
        queries = [{"iCalUID": str(held.event.get("iCalUID")), "maxResults": PAGES[0]} for held in masters]
        found = []
        for held, events in zip(masters, self._searches(collection, queries), strict=True):
            own = next((event for event in events if event.get("id") == held.ref), held.event)
            found.append(Held(own, tuple(one for one in events if one.get("recurringEventId") == held.ref)))
        return found

    def marked(self, collection: Collection, uids: Sequence[str]) -> list[Event]:
        """The events with these UIDs in their marker, wherever they stand."""
        # One UID to a search: whether several of them are joined by "and" or "or", the documentation says
        # both.
        queries = [{"privateExtendedProperty": f"{MARKER}={uid}", "maxResults": 250} for uid in uids]
        return [event for events in self._searches(collection, queries) for event in events]

    def check_alive(self, collection: Collection) -> None:
        """Raise CollectionGone if it is the calendar that is not there, and not something in it."""
        reply = self._service.call(_list(collection, {"maxResults": 1}), frozenset({404}))
        if not reply.good:
            raise reply.failure(collection.ref, THIS)

    def _searches(self, collection: Collection, queries: Sequence[Mapping[str, Any]]) -> list[list[Event]]:
        """The events that each search finds, all pages of it; pages of several searches go together."""
        found: list[list[Event]] = [[] for _ in queries]
        pages: dict[int, str | None] = dict.fromkeys(range(len(queries)))
        for _ in range(MOST_PAGES):
            if not pages:
                return found
            calls = [_list(collection, {**queries[n], "pageToken": page}) for n, page in pages.items()]
            for (n, page), reply in zip(list(pages.items()), self._service.batch(calls), strict=True):
                if isinstance(reply, ConnectorError):
                    raise reply
                if not reply.good:
                    raise reply.failure(collection.ref, THIS)
                events, following, _ = _page(reply, collection.ref, search=True)
                found[n] += events
                del pages[n]
                if following is not None and following != page:
                    pages[n] = following
        raise errors.malformed(collection.ref)


def _list(collection: Collection, query: Mapping[str, Any]) -> Call:
    return Call(lambda api: api.events().list(calendarId=collection.ref, **query), collection.ref)


def _get(collection: Collection, ref: str) -> Call:
    return Call(lambda api: api.events().get(calendarId=collection.ref, eventId=ref), ref)


def _page(reply: Reply, subject: str, *, search: bool = False) -> tuple[list[Event], str | None, str | None]:
    """Events, the next page's token and the next sync token: of a listing, one of the two is always there."""
    data = reply.data if isinstance(reply.data, Mapping) else {}
    events, page, token = data.get("items"), data.get("nextPageToken"), data.get("nextSyncToken")
    whole = isinstance(events, list) and all(
        isinstance(event, Mapping) and isinstance(event.get("id"), str) for event in events
    )
    if data.get("kind") != "calendar#events" or not whole:
        raise errors.malformed(subject)
    if not search and not (isinstance(page, str) or isinstance(token, str)):
        raise errors.malformed(subject)
    return list(events or ()), page, None if page is not None else token


def _unlisted(reply: Reply, collection: Collection, cursor: str | None, page: str | None) -> ConnectorError:
    """Why a page was refused. Of all that we send, only the tokens can be wrong."""
    if page is not None and reply.status == 400:
        return errors.malformed(collection.ref)  # the page token ran out: from the start again
    if cursor is not None and reply.status in (400, 410):
        return CursorExpired("Google no longer knows the sync token", subject=collection.ref)
    return reply.failure(collection.ref, THIS)
