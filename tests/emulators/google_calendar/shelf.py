"""Calendars and the events in them, deleted ones too: an id that was used once is never free again."""

from __future__ import annotations

import copy
import datetime as dt
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.google_api import ApiError
from tests.emulators.google_calendar import series, times
from tests.emulators.google_calendar.rules import WRITABLE

Event = dict[str, Any]
WRITING = frozenset({"owner", "writer", "writerWithoutPrivateAccess"})


def not_found() -> ApiError:
    """What is not there, or what the account may not see."""
    return ApiError(404, "notFound", "Not Found")


@dataclass
class Shelf:
    """One calendar. `log` names each change's event, in order; a sync token is a position in it.

    Tokens from before `oldest` are no longer known. `roles` are the accounts that may see it; `purged` the
    ids of events that were deleted so long ago that not even that is known of them. `hidden` holds events
    that a search by property does not find yet. `maker` is the app that made it, if any did. `unlisted` are
    the accounts that hide it from their list of calendars.
    """

    id: str
    summary: str
    owner: str
    zone: str
    tick: Callable[[], dt.datetime]
    roles: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    oldest: int = 0
    purged: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    maker: str = ""
    unlisted: set[str] = field(default_factory=set)
    stamp: str = field(default_factory=lambda: secrets.token_hex(6))

    @property
    def etag(self) -> str:
        """That of the calendar itself."""
        return f'"{self.stamp}"'

    # --- reading ---

    def find(self, ident: str) -> Event:
        """An event by id, deleted or not, or an instance of a recurring one. Raises a 404."""
        if ident in self.events:
            return self.events[ident]
        master = self.events.get(ident.partition("_")[0])
        instance = series.instance(master, ident) if master is not None and "_" in ident else None
        if instance is None:
            raise not_found()
        return instance

    def overrides(self, master: str) -> list[Event]:
        """The instances of a recurring event that differ from it, cancelled ones too."""
        return [event for event in self.events.values() if event.get("recurringEventId") == master]

    def show(self, event: Mapping[str, Any], zone: str | None = None, viewer: str = "") -> Event:
        """An event as the API shows it."""
        found = dict(copy.deepcopy(event))
        for where in ("start", "end", "originalStartTime"):
            if where in found:
                found[where] = times.shown(found[where], zone or self.zone)
        for one in found.get("attendees", ()):
            one |= {"self": True} if one["email"] in (self.id, viewer) else {}
            one |= {"organizer": True} if one["email"] == found["organizer"]["email"] else {}
        return found

    # --- writing; every change is one entry in the log ---

    def put(self, event: Event) -> Event:
        """Keep an event, new or changed: it gets another `updated` and etag."""
        at = self.tick()
        event["updated"] = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
        event["etag"] = f'"{int(at.timestamp() * 1000) * 2000}"'
        event.setdefault("created", event["updated"])
        self.events[event["id"]] = event
        self.log.append(event["id"])
        return event

    def new(self, ident: str, content: Mapping[str, Any], creator: str, **more: Any) -> Event:
        """A new event. Raises a 409 where the id was ever in use, and does not take the new body."""
        if ident in self.events or ident in self.purged:
            raise ApiError(409, "duplicate", "The requested identifier already exists.")
        event: Event = {
            "kind": "calendar#event",
            "id": ident,
            "status": "confirmed",
            "htmlLink": f"https://www.google.com/calendar/event?eid={ident[:40]}",
            "creator": {"email": creator, **({"self": True} if creator == self.id else {})},
            "organizer": {"email": self.id, "displayName": self.summary, "self": True},
            "iCalUID": f"{ident}@google.com",
            "sequence": 0,
            "eventType": "default",
            **content,
            **more,
        }
        return self.put(event)

    def change(self, event: Event, content: Mapping[str, Any]) -> Event:
        """The event with other content. What is moved counts up its sequence (RFC 5546 section 2.1.4)."""
        moved = any(event.get(name) != content.get(name) for name in ("start", "end", "recurrence"))
        kept = {name: value for name, value in event.items() if name not in WRITABLE}
        status = {"status": content.get("status", "confirmed")}
        changed = {**kept, **content, **status, "sequence": event.get("sequence", 0) + moved}
        if event.get("recurrence") and event.get("recurrence") != changed.get("recurrence"):
            self._drop_overrides(event["id"])
        return self.put(changed)

    def drop(self, event: Event) -> None:
        """Delete an event; it is kept as cancelled, and so is each instance of it that differed."""
        if event["status"] == "cancelled":
            raise ApiError(410, "deleted", "Resource has been deleted")
        self._drop_overrides(event["id"])
        self.put({**event, "status": "cancelled"})

    def purge(self) -> None:
        """Long after: nothing is known of deleted events but that their ids are spent."""
        for ident in [ident for ident, event in self.events.items() if event["status"] == "cancelled"]:
            if "recurringEventId" not in self.events[ident]:
                del self.events[ident]
                self.purged.add(ident)
        self.forget()

    def forget(self) -> None:
        """No sync token that was given out so far is known any more."""
        self.log.append("")
        self.oldest = len(self.log)

    def changed(self, since: int) -> Iterator[str]:
        """The ids of what changed since a position, each once."""
        yield from dict.fromkeys(ident for ident in self.log[since:] if ident)

    def _drop_overrides(self, master: str) -> None:
        for override in self.overrides(master):
            del self.events[override["id"]]
