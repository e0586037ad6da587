"""Events with guests: each guest with an account here has a copy in their own calendar, with the same id.

A copy has the shared properties and not the private ones ("Extended properties", Visibility). A guest writes
their own answer, reminders and private properties, and nothing else unless guests may modify the event.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tests.emulators.google_api import ApiError
from tests.emulators.google_calendar.shelf import Event, Shelf

OWN = ("reminders", "extendedProperties", "colorId", "transparency", "visibility")
"""What each copy of an event has of its own."""


def spread(shelves: Mapping[str, Shelf], shelf: Shelf, event: Event) -> None:
    """Bring the copies of an organizer's event up to date."""
    if not event["organizer"].get("self") or not event.get("attendees"):
        return
    for guest in event["attendees"]:
        there = shelves.get(guest["email"])
        if there is None or there is shelf:
            continue
        known = there.events.get(event["id"])
        if event["status"] == "cancelled" and known is None:
            continue
        common = {name: copy.deepcopy(value) for name, value in event.items() if name not in OWN}
        common["organizer"] = {"email": shelf.id, "displayName": shelf.summary}
        own = {name: known[name] for name in OWN if known is not None and name in known}
        shared = event.get("extendedProperties", {}).get("shared")
        if shared:
            own["extendedProperties"] = {**own.get("extendedProperties", {}), "shared": dict(shared)}
        there.put({"reminders": {"useDefault": True}, **common, **own})


def own_part(event: Event, content: Mapping[str, Any], mail: str) -> dict[str, Any]:
    """What a guest's write leaves of an event: theirs is changed, the rest stays. Else a 403."""
    common = set(content) | {name for name in event if name in ("summary", "description", "location")}
    for name in common - set(OWN) - {"attendees", "status"}:
        if content.get(name) != event.get(name):
            message = "Shared properties can only be changed by the organizer of the event."
            raise ApiError(403, "forbiddenForNonOrganizer", message, domain="calendar")
    answers = {one["email"]: one["responseStatus"] for one in content.get("attendees", ())}
    kept = {**event, **{name: content[name] for name in OWN if name in content}}
    kept["attendees"] = [
        {**one, "responseStatus": answers.get(mail, one["responseStatus"])} if one["email"] == mail else one
        for one in event.get("attendees", ())
    ]
    return kept


def answer(shelves: Mapping[str, Shelf], mail: str, ident: str, status: str) -> None:
    """A guest answers in their own calendar: the organizer's event and all copies say so."""
    event = shelves[mail].events[ident]
    organizer = shelves[event["organizer"]["email"]]
    guests = [shelves[one["email"]] for one in event["attendees"] if one["email"] in shelves]
    for shelf in {one.id: one for one in (organizer, *guests)}.values():
        if (held := shelf.events.get(ident)) is not None:
            attendees = [
                {**one, "responseStatus": status} if one["email"] == mail else one
                for one in held["attendees"]
            ]
            shelf.put({**held, "attendees": attendees})
