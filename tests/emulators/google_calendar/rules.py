"""What may stand in an event, and what a patch and an update make of one.

PATCH merges objects and takes away what is null; an array is replaced whole ("Patch semantics"). PUT drops
what is left out. Limits: "Extended properties", the reference of `reminders`, `recurrence` and `id`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from dateutil.rrule import rrulestr

from tests.emulators.google_api import ApiError, invalid
from tests.emulators.google_calendar import times

ID = re.compile(r"[a-v0-9]{5,1024}")
MAIL = re.compile(r"[^@\s]+@[^@\s]+")
LONGEST = {"summary": 1024, "description": 8192, "location": 1024}
"""Characters. Google documents none of these; 8192 for a description is what people met."""

WRITABLE = frozenset(
    {
        "anyoneCanAddSelf",
        "attendees",
        "colorId",
        "description",
        "end",
        "extendedProperties",
        "guestsCanInviteOthers",
        "guestsCanModify",
        "guestsCanSeeOtherGuests",
        "location",
        "recurrence",
        "reminders",
        "source",
        "start",
        "status",
        "summary",
        "transparency",
        "visibility",
    }
)
IGNORED = frozenset(
    {"created", "creator", "etag", "eventType", "hangoutLink", "htmlLink", "kind", "locked", "organizer",
     "originalStartTime", "privateCopy", "recurringEventId", "sequence", "updated", "iCalUID", "id"}
)  # fmt: skip
"""Read-only fields: what a client sends back in them counts for nothing."""

ONE_OF = {
    "status": {"confirmed", "tentative", "cancelled"},
    "transparency": {"opaque", "transparent"},
    "visibility": {"default", "public", "private", "confidential"},
    "colorId": {str(number) for number in range(1, 12)},
}
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def fresh_id(body: Mapping[str, Any], otherwise: str) -> str:
    """The id that a new event gets."""
    if "id" not in body:
        return otherwise
    if not ID.fullmatch(body["id"]):
        raise invalid("Invalid resource id value.")
    if "iCalUID" in body:
        raise invalid("Only one of id and iCalUID should be supplied at event creation time.")
    return str(body["id"])


def merged(event: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """An event with a patch in it, not yet checked."""
    found = dict(copy.deepcopy(event))
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, Mapping):
            within = found.get(name)
            found[name] = merged(within if isinstance(within, Mapping) else {}, value)
        else:
            found[name] = copy.deepcopy(value)
    return found


def content(body: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an event that clients write, checked and put as it is kept. Raises ApiError."""
    if unknown := body.keys() - WRITABLE - IGNORED:
        raise invalid(f"{sorted(unknown)[0]} is not emulated")
    found = {
        name: copy.deepcopy(value)
        for name, value in body.items()
        if name in WRITABLE and value not in (None, "", [], {})
    }
    for name, value in found.items():
        if name in ONE_OF and value not in ONE_OF[name]:
            raise invalid(f"Invalid value for: {name}")
        if isinstance(value, str):
            found[name] = _text(name, value)
    times.check(found)
    for where in ("start", "end"):
        found[where] = times.kept(found[where], where)
    _check_recurrence(found)
    _check_properties(found.get("extendedProperties", {}))
    if "attendees" in found:
        found["attendees"] = [_attendee(one) for one in found["attendees"]]
    found["reminders"] = _reminders(found.get("reminders", {"useDefault": True}))
    return {name: value for name, value in found.items() if value != ""}


def _text(name: str, text: str) -> str:
    """A text as it is kept: without control characters. Half a character is no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise invalid(f"Invalid value for: {name}") from None
    if len(text) > LONGEST.get(name, 1024):
        raise invalid(f"Invalid value for: {name}")
    return _CONTROLS.sub("", text)


def _check_recurrence(event: Mapping[str, Any]) -> None:
    """Lines of RFC 5545 without DTSTART and DTEND, each of which can be read."""
    lines = event.get("recurrence", [])
    if lines and "dateTime" in event["start"] and "timeZone" not in event["start"]:
        raise invalid("Missing time zone definition for start time.")
    for line in lines:
        name = re.split("[:;]", line, maxsplit=1)[0]
        if name not in ("RRULE", "EXRULE", "RDATE", "EXDATE"):
            raise invalid("Invalid recurrence rule.")
        if name == "RRULE":
            try:
                rrulestr(line)
            except (ValueError, TypeError):
                raise invalid("Invalid recurrence rule.") from None


def _check_properties(properties: Mapping[str, Any]) -> None:
    """At most 300 of 32 kB together; a name has 44 characters, a value 1024 ("Extended properties")."""
    pairs = [pair for part in properties.values() for pair in (part or {}).items()]
    size = sum(len(name) + len(value) for name, value in pairs)
    if len(pairs) > 300 or size > 32768:
        raise invalid("Too many extended properties.")
    if any(len(name) > 44 or len(value) > 1024 for name, value in pairs):
        raise invalid("Invalid extended property.")


def _attendee(given: Mapping[str, Any]) -> dict[str, Any]:
    if not MAIL.fullmatch(given.get("email", "")):
        raise invalid("Invalid attendee email.")
    status = given.get("responseStatus", "needsAction")
    if status not in ("needsAction", "declined", "tentative", "accepted"):
        raise invalid("Invalid value for: responseStatus")
    known = {name: given[name] for name in ("displayName", "optional", "comment") if given.get(name)}
    return {"email": given["email"], **known, "responseStatus": status}


def _reminders(given: Mapping[str, Any]) -> dict[str, Any]:
    """At most five, each up to four weeks before; none beside those of the calendar."""
    overrides = given.get("overrides") or []
    if given.get("useDefault") and overrides:
        message = "Cannot specify both default reminders and overrides at the same time."
        raise ApiError(400, "cannotUseDefaultRemindersAndSpecifyOverride", message, domain="calendar")
    if len(overrides) > 5:
        raise ApiError(400, "invalid", "Too many override reminders.")
    for one in overrides:
        minutes = one.get("minutes")
        if one.get("method") not in ("email", "popup") or minutes is None or not 0 <= minutes <= 40320:
            raise invalid("Invalid reminder.")
    found: dict[str, Any] = {"useDefault": bool(given.get("useDefault", False))}
    # They come back in an order of Google's own.
    return found | ({"overrides": sorted(overrides, key=lambda one: one["minutes"])} if overrides else {})
