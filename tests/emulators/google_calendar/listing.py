"""How events are listed: filters, pages, and what changed since a sync token ("Synchronize resources").

The next sync token stands on the last page alone. Between two pages there is one without any items, which
Google allows itself. A deleted event has nothing but its id in an increment.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.google_api import ApiError, Made, invalid
from tests.emulators.google_calendar import times
from tests.emulators.google_calendar.shelf import Event, Shelf

NOT_WITH_TOKEN = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)
NOT_EMULATED = ("eventTypes", "fields", "maxAttendees", "showHiddenInvitations")
LONG_AGO = dt.timedelta(days=28)
"""How far back `updatedMin` may lie."""


@dataclass
class Rest:
    """What is still to come of a listing: a page token stands for it."""

    shelf: str
    ids: list[str]
    position: int | None
    increment: bool
    query: Mapping[str, list[str]]
    paused: bool = False


@dataclass
class Lister:
    """Lists, and remembers what page tokens stand for. `most` is the largest page that it gives."""

    now: Any
    most: int = 2500
    rests: dict[str, Rest] = field(default_factory=dict)

    def page(self, shelf: Shelf, made: Made) -> dict[str, Any]:
        """One page of a calendar's events."""
        for name in NOT_EMULATED:
            if name in made.params:
                raise invalid(f"{name} is not emulated", name)
        if made.flag("singleEvents"):
            raise invalid("singleEvents is not emulated", "singleEvents")
        zone = made.params.get("timeZone")
        if zone is not None:
            times.zone(zone, "start")
        rest = self._rest(shelf, made)
        size = min(made.number("maxResults", 250), self.most, 2500)
        if rest.paused:
            ids, rest.paused = [], False
        else:
            ids, rest.ids = rest.ids[:size], rest.ids[size:]
            rest.paused = bool(rest.ids)
        entries = [self._entry(shelf, ident, rest, zone, made.access.account) for ident in ids]
        return self._told(shelf, [entry for entry in entries if entry is not None], rest, made)

    def _told(self, shelf: Shelf, items: list[Event], rest: Rest, made: Made) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "kind": "calendar#events",
            "etag": shelf.etag,
            "summary": shelf.summary,
            "updated": f"{self.now():%Y-%m-%dT%H:%M:%S}.000Z",
            "timeZone": shelf.zone,
            "accessRole": shelf.roles.get(made.access.account, "reader"),
            "defaultReminders": [{"method": "popup", "minutes": 30}],
            "items": items,
        }
        if rest.ids or rest.paused:
            token = f"Ck{secrets.token_urlsafe(18)}"
            self.rests[token] = rest
            answer["nextPageToken"] = token
        elif rest.position is not None:
            answer["nextSyncToken"] = _token(shelf, rest.position, made)
        return answer

    def _rest(self, shelf: Shelf, made: Made) -> Rest:
        """What is to be listed: the rest of what a page token stands for, or all there is to it."""
        if "pageToken" in made.params:
            rest = self.rests.get(made.params["pageToken"])
            if rest is None or rest.shelf != shelf.id or _asked(rest.query) != _asked(made.all):
                raise invalid("Invalid page token value.", "pageToken")
            return Rest(rest.shelf, list(rest.ids), rest.position, rest.increment, rest.query, rest.paused)
        if "syncToken" in made.params:
            since = _position(shelf, made)
            return Rest(shelf.id, list(shelf.changed(since)), len(shelf.log), True, made.all)
        self._check_since(made)
        filtered = any(name in made.params for name in NOT_WITH_TOKEN)
        ids = [ident for ident, event in shelf.events.items() if self._fits(shelf, event, made)]
        return Rest(shelf.id, ids, None if filtered else len(shelf.log), False, made.all)

    def _entry(self, shelf: Shelf, ident: str, rest: Rest, zone: str | None, viewer: str) -> Event | None:
        """An event in a listing, as it stands at the moment of its page."""
        event = shelf.events.get(ident)
        if event is None:  # an instance that went with its series
            return None
        if rest.increment and event["status"] == "cancelled":
            names = ("kind", "etag", "id", "status", "recurringEventId", "originalStartTime")
            event = {name: event[name] for name in names if name in event}
        return shelf.show(event, zone, viewer)

    def _fits(self, shelf: Shelf, event: Event, made: Made) -> bool:
        cancelled = event["status"] == "cancelled"
        since = made.params.get("updatedMin")
        if since is not None:
            if _parsed(event["updated"], "updatedMin") < _parsed(since, "updatedMin"):
                return False
        elif cancelled and not made.flag("showDeleted") and "recurringEventId" not in event:
            return False
        if made.params.get("iCalUID", event["iCalUID"]) != event["iCalUID"]:
            return False
        return self._has(shelf, event, made) and _within(event, made)

    def _check_since(self, made: Made) -> None:
        since = made.params.get("updatedMin")
        if since is not None and _parsed(since, "updatedMin") < self.now() - LONG_AGO:
            message = "The requested minimum modification time lies too far in the past."
            location = ("parameter", "updatedMin")
            raise ApiError(410, "updatedMinTooLongAgo", message, domain="calendar", location=location)

    def _has(self, shelf: Shelf, event: Event, made: Made) -> bool:
        """Whether it has the properties that are asked for, all of them; the index may be late."""
        for kind in ("private", "shared"):
            held = event.get("extendedProperties", {}).get(kind, {})
            for text in made.all.get(f"{kind}ExtendedProperty", ()):
                name, sign, value = text.partition("=")
                if not sign:
                    raise invalid("Invalid extended property constraint.", f"{kind}ExtendedProperty")
                if held.get(name) != value or event["id"] in shelf.hidden:
                    return False
        words = made.params.get("q", "").lower()
        return words in f"{event.get('summary', '')} {event.get('description', '')}".lower()


def _within(event: Event, made: Made) -> bool:
    """Whether it lies between `timeMin` and `timeMax`; what recurs is taken to."""
    if event.get("recurrence") or "start" not in event:
        return True
    low, high = made.params.get("timeMin"), made.params.get("timeMax")
    after = low is None or _moment(event["end"]) > _parsed(low, "timeMin")
    return after and (high is None or _moment(event["start"]) < _parsed(high, "timeMax"))


def _moment(time: Mapping[str, Any]) -> dt.datetime:
    found = times.moment(time, "start")
    if isinstance(found, dt.datetime):
        return found
    return dt.datetime.combine(found, dt.time(), dt.UTC)


def _parsed(text: str, name: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise invalid("Bad Request", name, "badRequest")
    return found


def _asked(query: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The part of a query that must stay the same from page to page."""
    return {name: values for name, values in query.items() if name not in ("pageToken", "maxResults", "alt")}


def _token(shelf: Shelf, position: int, made: Made) -> str:
    deleted = made.params.get("showDeleted", "false")
    held = json.dumps([shelf.stamp, position, deleted]).encode()
    return f"CP{base64.urlsafe_b64encode(held).decode().rstrip('=')}=="


def _position(shelf: Shelf, made: Made) -> int:
    """The position that a sync token stands for; one that is too old, or another calendar's, is a 410."""
    if any(name in made.params for name in NOT_WITH_TOKEN):
        raise invalid("Sync token cannot be used with other query restrictions.", "syncToken")
    if made.params.get("showDeleted") == "false":
        raise invalid("showDeleted cannot be set to false when a sync token is used.", "showDeleted")
    text = made.params["syncToken"]
    try:
        if not text.startswith("CP"):
            raise ValueError
        stamp, position, _ = json.loads(base64.urlsafe_b64decode(text[2:].rstrip("=") + "=="))
    except (ValueError, binascii.Error):
        raise invalid("Invalid sync token value.", "syncToken") from None
    if stamp != shelf.stamp or not shelf.oldest <= position <= len(shelf.log):
        raise full_sync()
    return int(position)


def full_sync() -> ApiError:
    """The sync token is no longer known."""
    message = "Sync token is no longer valid, a full sync is required."
    return ApiError(410, "fullSyncRequired", message, domain="calendar", location=("parameter", "syncToken"))
