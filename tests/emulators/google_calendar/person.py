"""A person with Google's own app: what they do to their events, past the API."""

from __future__ import annotations

import copy
import datetime as dt
import secrets
from typing import TYPE_CHECKING, Any

from tests.emulators.google_calendar import guests, rules, series
from tests.emulators.google_calendar.shelf import Event, Shelf

if TYPE_CHECKING:
    from tests.emulators.google_calendar.api import GoogleCalendar

TICK = "✓ "


class Person:
    """One account's owner. Calendars are named by id, or left out for the person's first one."""

    def __init__(self, calendar: GoogleCalendar, mail: str) -> None:
        self.mail = mail
        self._calendar = calendar

    # --- looking ---

    def shelf(self, ident: str | None = None) -> Shelf:
        """A calendar of theirs."""
        return self._calendar.shelves[ident or self.mail]

    def events(self, calendar: str | None = None) -> dict[str, Event]:
        """What stands in a calendar, by id, as it is kept."""
        with self._calendar.stage.lock:
            live = [one for one in self.shelf(calendar).events.values() if one["status"] != "cancelled"]
            return {one["id"]: copy.deepcopy(one) for one in live}

    def event(self, ident: str, calendar: str | None = None) -> Event:
        """One event, as it is kept."""
        return self.events(calendar)[ident]

    def titled(self, title: str, calendar: str | None = None) -> str:
        """The id of the event with a title."""
        (found,) = [i for i, one in self.events(calendar).items() if one.get("summary") == title]
        return found

    # --- doing ---

    def add(self, title: str, calendar: str | None = None, **fields: Any) -> str:
        """A new event of their own: an hour of an evening, unless fields say otherwise. Its id."""
        start = {"dateTime": "2026-11-24T18:00:00+01:00", "timeZone": "Europe/Berlin"}
        end = {"dateTime": "2026-11-24T19:00:00+01:00", "timeZone": "Europe/Berlin"}
        body = {"summary": title, "start": start, "end": end, **fields}
        with self._calendar.stage.lock:
            shelf = self.shelf(calendar)
            made = shelf.new(secrets.token_hex(13), rules.content(body), self.mail)
            guests.spread(self._calendar.shelves, shelf, made)
        return str(made["id"])

    def edit(self, ident: str, calendar: str | None = None, **fields: Any) -> None:
        """Change fields of an event or of one instance; None takes a field away."""
        with self._calendar.stage.lock:
            shelf = self.shelf(calendar)
            event = shelf.find(ident)
            writable = {name: value for name, value in event.items() if name in rules.WRITABLE}
            changed = shelf.change(event, rules.content(rules.merged(writable, fields)))
            guests.spread(self._calendar.shelves, shelf, changed)

    def tick(self, ident: str, calendar: str | None = None) -> None:
        """Put the mark before the title: that is how an event is done."""
        with self._calendar.stage.lock:
            title = self.shelf(calendar).find(ident).get("summary", "")
            self.edit(ident, calendar, summary=TICK + title)

    def drag(self, ident: str, start: dt.datetime, calendar: str | None = None) -> None:
        """Move an event to another time; it stays as long as it is, and in its zone."""
        with self._calendar.stage.lock:
            event = self.shelf(calendar).find(ident)
            zone = {"timeZone": event["start"].get("timeZone", self.shelf(calendar).zone)}
            length = _moment(event["end"]) - _moment(event["start"])
            times = {"start": start, "end": start + length}
            self.edit(
                ident,
                calendar,
                **{name: {"dateTime": at.isoformat(), **zone} for name, at in times.items()},
            )

    def drag_to_day(self, ident: str, day: dt.date, calendar: str | None = None) -> None:
        """Drag an event into the row of all-day events."""
        gone = {"dateTime": None, "timeZone": None}
        after = day + dt.timedelta(days=1)
        times = {"start": {"date": day.isoformat(), **gone}, "end": {"date": after.isoformat(), **gone}}
        self.edit(ident, calendar, **times)

    def delete(self, ident: str, calendar: str | None = None) -> None:
        """Delete an event, or one instance of a recurring one."""
        with self._calendar.stage.lock:
            shelf = self.shelf(calendar)
            event = shelf.find(ident)
            shelf.drop(event)
            guests.spread(self._calendar.shelves, shelf, shelf.events[ident])

    def repeat(self, ident: str, rule: str, calendar: str | None = None) -> None:
        """Make an event recurring."""
        self.edit(ident, calendar, recurrence=[f"RRULE:{rule}"])

    def instance(self, ident: str, number: int, calendar: str | None = None) -> str:
        """The id of an instance of a recurring event, counted from 0."""
        return series.ident_of(self.shelf(calendar).events[ident], number)

    def split(self, ident: str, number: int, calendar: str | None = None, **fields: Any) -> str:
        """Change "this and following events" of a series: it ends before, and another goes on.

        Google copies all of it, extended properties too. Returns the other one's id, which ends in `_R` and
        its first start.
        """
        with self._calendar.stage.lock:
            shelf = self.shelf(calendar)
            master = shelf.find(ident)
            first = series.instance(master, series.ident_of(master, number))
            assert first is not None and "dateTime" in first["start"]
            stamp = first["id"].rpartition("_")[2]
            content = {name: value for name, value in master.items() if name in rules.WRITABLE}
            times = {name: first[name] for name in ("start", "end")}
            other = f"{ident}_R{stamp.rstrip('Z')}"
            made = shelf.new(
                other,
                rules.content(rules.merged(content, {**times, **fields})),
                self.mail,
                iCalUID=f"{other}@google.com",
            )
            before = _moment(first["start"]).astimezone(dt.UTC) - dt.timedelta(seconds=1)
            ended = [f"{line};UNTIL={before:%Y%m%dT%H%M%SZ}" for line in master["recurrence"]]
            self.edit(ident, calendar, recurrence=ended)
        return str(made["id"])

    def invite(self, ident: str, *mails: str, calendar: str | None = None) -> None:
        """Add guests."""
        with self._calendar.stage.lock:
            held = self.shelf(calendar).find(ident).get("attendees", [])
            self.edit(ident, calendar, attendees=[*held, *({"email": mail} for mail in mails)])

    def answer(self, ident: str, status: str) -> None:
        """Answer an invitation in their first calendar: accepted, tentative or declined."""
        with self._calendar.stage.lock:
            guests.answer(self._calendar.shelves, self.mail, ident, status)

    def replace(self, ident: str, calendar: str | None = None) -> str:
        """Cut and paste: the same event, properties and all, under another id; the old one is deleted."""
        with self._calendar.stage.lock:
            shelf = self.shelf(calendar)
            event = shelf.find(ident)
            content = {name: value for name, value in event.items() if name in rules.WRITABLE}
            made = shelf.new(secrets.token_hex(13), rules.content(content), self.mail)
            shelf.drop(event)
        return str(made["id"])

    def new_calendar(self, title: str) -> str:
        """A further calendar. Its id."""
        with self._calendar.stage.lock:
            ident = f"c_{secrets.token_hex(30)}@group.calendar.google.com"
            return self._calendar.add(ident, title, self.mail, "Europe/Berlin").id

    def rename_calendar(self, ident: str, title: str) -> None:
        """Give a calendar a name of their own."""
        self.shelf(ident).names[self.mail] = title

    def hide_calendar(self, ident: str) -> None:
        """Hide a calendar from their list, as "Hide from list" does; all that is in it stays."""
        self.shelf(ident).unlisted.add(self.mail)

    def delete_calendar(self, ident: str) -> None:
        """Delete a calendar with all that is in it."""
        with self._calendar.stage.lock:
            del self._calendar.shelves[ident]

    def share(self, ident: str, mail: str, role: str) -> None:
        """Let somebody else see a calendar, or write in it; whoever has a sync token has to begin anew."""
        with self._calendar.stage.lock:
            self.shelf(ident).roles[mail] = role
            self.shelf(ident).forget()


def _moment(time: Any) -> dt.datetime:
    found = dt.datetime.fromisoformat(time.get("dateTime") or time["date"])
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)
