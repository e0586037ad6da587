"""The calls of the Calendar API that are emulated, and the accounts that make them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.emulators.google_api import ApiError, Function, GoogleApi, Made, invalid
from tests.emulators.google_calendar import guests, rules, times
from tests.emulators.google_calendar.listing import Lister
from tests.emulators.google_calendar.person import Person
from tests.emulators.google_calendar.shelf import WRITING, Event, Shelf, not_found

APP_CREATED = "https://www.googleapis.com/auth/calendar.app.created"


@dataclass(frozen=True)
class Mail:
    """What a write said about mail to guests: `updates` is `sendUpdates`, `guests` whether there were any."""

    method: str
    event: str
    updates: str
    guests: bool


@dataclass
class GoogleCalendar(GoogleApi):
    """Google Calendar for any number of accounts. `mails` says what each write said about mail to guests."""

    api: ClassVar[tuple[str, str]] = ("calendar", "v3")
    shelves: dict[str, Shelf] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.lister = Lister(lambda: self.stage.clock.now())

    def supply(self) -> Mapping[str, Function]:
        """See the base."""
        return {
            "calendar.calendarList.list": self._list_calendars,
            "calendar.calendarList.get": lambda made: self._entry(self._shelf(made), made.access.account),
            "calendar.calendars.insert": self._new_calendar,
            "calendar.calendars.get": lambda made: _calendar(self._shelf(made)),
            "calendar.calendars.delete": self._delete_calendar,
            "calendar.events.list": lambda made: self.lister.page(self._shelf(made), made),
            "calendar.events.get": self._get,
            "calendar.events.insert": self._insert,
            "calendar.events.patch": self._patch,
            "calendar.events.update": self._update,
            "calendar.events.delete": self._delete,
            "calendar.events.move": self._move,
        }

    # --- for tests ---

    def person(self, mail: str, zone: str = "Europe/Berlin") -> Person:
        """Somebody with an account, and their app; made with their first calendar where they are new."""
        with self.stage.lock:
            if mail not in self.shelves:
                self.add(mail, mail, mail, zone)
        return Person(self, mail)

    def add(self, ident: str, summary: str, owner: str, zone: str) -> Shelf:
        """A calendar."""
        shelf = Shelf(ident, summary, owner, zone, self.stage.clock.tick, {owner: "owner"})
        self.shelves[ident] = shelf
        return shelf

    # --- calendars ---

    def _shelf(self, made: Made, name: str = "calendarId", *, write: bool = False) -> Shelf:
        """The calendar that a call is about; one that the account may not see is not there."""
        ident = made.params[name]
        shelf = self.shelves.get(made.access.account if ident == "primary" else ident)
        role = shelf.roles.get(made.access.account) if shelf is not None else None
        if shelf is None or role is None:
            raise not_found()
        # "calendar.app.created" alone shows what this very app made, and nothing else.
        if made.access.scopes & made.of.scopes <= {APP_CREATED} and shelf.maker != made.access.grant.client:
            raise not_found()
        if write and role not in WRITING:
            message = "You need to have writer access to this calendar."
            raise ApiError(403, "requiredAccessLevel", message, domain="calendar")
        return shelf

    def _list_calendars(self, made: Made) -> Any:
        account = made.access.account
        for name in ("syncToken", "showDeleted", "minAccessRole"):
            if name in made.params:
                raise invalid(f"{name} is not emulated", name)
        hidden = made.flag("showHidden")
        mine = [
            shelf
            for shelf in self.shelves.values()
            if account in shelf.roles and (hidden or account not in shelf.unlisted)
        ]
        size = min(made.number("maxResults", 100), 250)
        start = made.params.get("pageToken", "0")
        if not start.isdecimal():
            raise invalid("Invalid page token value.", "pageToken")
        page = mine[int(start) : int(start) + size]
        answer = {
            "kind": "calendar#calendarList",
            "etag": f'"{len(mine)}"',
            "items": [self._entry(shelf, account) for shelf in page],
        }
        more = int(start) + size < len(mine)
        return answer | ({"nextPageToken": str(int(start) + size)} if more else {"nextSyncToken": "CL"})

    def _entry(self, shelf: Shelf, account: str) -> Any:
        entry: dict[str, Any] = {
            "kind": "calendar#calendarListEntry",
            "etag": shelf.etag,
            "id": shelf.id,
            "summary": shelf.summary,
            "timeZone": shelf.zone,
            "accessRole": shelf.roles[account],
            "defaultReminders": [{"method": "popup", "minutes": 30}],
        }
        if shelf.id == account:
            entry["primary"] = True
        if account in shelf.unlisted:
            entry["hidden"] = True
        if account in shelf.names:
            entry["summaryOverride"] = shelf.names[account]
        return entry

    def _new_calendar(self, made: Made) -> Any:
        if not made.body.get("summary"):
            raise invalid("Missing title.", reason="required")
        zone = made.body.get("timeZone", "UTC")
        times.zone(zone, "calendar")
        ident = f"c_{secrets.token_hex(30)}@group.calendar.google.com"
        shelf = self.add(ident, made.body["summary"], made.access.account, zone)
        shelf.maker = made.access.grant.client
        return _calendar(shelf)

    def _delete_calendar(self, made: Made) -> None:
        shelf = self._shelf(made)
        if shelf.roles[made.access.account] != "owner" or shelf.id == made.access.account:
            raise ApiError(403, "forbidden", "Forbidden")
        del self.shelves[shelf.id]

    # --- events ---

    def _get(self, made: Made) -> Any:
        """An event, a deleted one too: as cancelled, until nothing is known of it any more."""
        shelf = self._shelf(made)
        zone = made.params.get("timeZone")
        if zone is not None:
            times.zone(zone, "start")
        return shelf.show(shelf.find(made.params["eventId"]), zone, made.access.account)

    def _insert(self, made: Made) -> Any:
        shelf = self._shelf(made, write=True)
        ident = rules.fresh_id(made.body, secrets.token_hex(13))
        event = shelf.new(ident, rules.content(made.body), made.access.account)
        return self._written(shelf, event, made)

    def _patch(self, made: Made) -> Any:
        shelf = self._shelf(made, write=True)
        event = self._met(shelf, made)
        return self._changed(shelf, event, rules.merged(_written_part(event), made.body), made)

    def _update(self, made: Made) -> Any:
        shelf = self._shelf(made, write=True)
        return self._changed(shelf, self._met(shelf, made), made.body, made)

    def _changed(self, shelf: Shelf, event: Event, body: Mapping[str, Any], made: Made) -> Any:
        """What a write made of an event. Of somebody else's event only what is private can be written."""
        content = rules.content(body)
        if not event["organizer"].get("self"):
            content = guests.own_part(event, content, shelf.id)
        if content.get("status") == "cancelled" and event["status"] != "cancelled":
            shelf.drop(event)
            return shelf.show(shelf.events[event["id"]], None, made.access.account)
        return self._written(shelf, shelf.change(event, content), made)

    def _written(self, shelf: Shelf, event: Event, made: Made) -> Any:
        self._note(made, event)
        guests.spread(self.shelves, shelf, event)
        return shelf.show(event, None, made.access.account)

    def _delete(self, made: Made) -> None:
        shelf = self._shelf(made, write=True)
        event = self._met(shelf, made)
        shelf.drop(event)
        self._note(made, event)
        guests.spread(self.shelves, shelf, shelf.events[event["id"]])

    def _move(self, made: Made) -> Any:
        """An event goes to another calendar of the account and keeps its id; here it is then deleted."""
        shelf, there = self._shelf(made, write=True), self._shelf(made, "destination", write=True)
        event = self._met(shelf, made)
        moved = there.new(event["id"], _written_part(event), made.access.account)
        shelf.drop(event)
        self._note(made, event)
        return there.show(moved, None, made.access.account)

    def _met(self, shelf: Shelf, made: Made) -> Event:
        """The event that a write is about, if the condition of the write holds (RFC 9110 section 13.1.1)."""
        event = shelf.find(made.params["eventId"])
        wanted = made.headers.get("if-match")
        if wanted is not None and wanted not in ("*", event["etag"]):
            location = ("header", "If-Match")
            raise ApiError(412, "conditionNotMet", "Precondition Failed", location=location)
        return event

    def _note(self, made: Made, event: Event) -> None:
        """What the write says about mail. Left out, it is a mail to everybody where an old client says so."""
        if "sendNotifications" in made.params:
            raise invalid("sendNotifications is deprecated", "sendNotifications")
        updates = made.params.get("sendUpdates", "none")
        self.mails.append(Mail(made.of.id, event["id"], updates, bool(event.get("attendees"))))


def _calendar(shelf: Shelf) -> dict[str, Any]:
    return {
        "kind": "calendar#calendar",
        "etag": shelf.etag,
        "id": shelf.id,
        "summary": shelf.summary,
        "timeZone": shelf.zone,
        "dataOwner": shelf.owner,
    }


def _written_part(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name in rules.WRITABLE}
