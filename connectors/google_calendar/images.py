"""An event as it stood before a write of ours, and putting it back. Pure.

What an image holds is everything that clients may write: Google sets the rest itself. It is JSON with the
event and, of a recurring one, the instances that differ.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from connectors.google_calendar.held import Held

WRITABLE = (
    "anyoneCanAddSelf",
    "attachments",
    "attendees",
    "colorId",
    "conferenceData",
    "description",
    "end",
    "eventLabelId",
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
)
"""The writable fields of an event (its reference, API v3)."""

NEEDED = {
    "attachments": ("supportsAttachments", True),
    "conferenceData": ("conferenceDataVersion", 1),
    "eventLabelId": ("eventLabelVersion", 1),
}
"""Fields that are dropped unless a write says that it knows them."""


def raw(found: Held) -> str:
    """What `Image.raw` holds of an event."""
    return json.dumps(
        {
            "id": found.ref,
            "event": writable(found.event),
            "overrides": {_stamp(one): writable(one) for one in found.overrides},
        }
    )


def read(text: str) -> tuple[str, dict[str, Any], dict[str, dict[str, Any]]]:
    """The id, the event and the instances in an image; those by what their ids end in."""
    found = json.loads(text)
    return found["id"], found["event"], found["overrides"]


def writable(event: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an event that can be written."""
    return {name: event[name] for name in WRITABLE if name in event}


def knows(event: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters without which parts of an event would be dropped."""
    return dict(NEEDED[name] for name in event if name in NEEDED)


def same(found: Held, text: str) -> bool:
    """Whether what stands there is what an image holds, however it is written."""
    _, event, overrides = read(text)
    standing = {_stamp(one): _plain(writable(one)) for one in found.overrides}
    return _plain(writable(found.event)) == _plain(event) and standing == {
        stamp: _plain(one) for stamp, one in overrides.items()
    }


def _stamp(instance: Mapping[str, Any]) -> str:
    """What the id of an instance ends in: its original start."""
    return str(instance.get("id") or "").rpartition("_")[2]


def _plain(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event in which moments are in UTC and what Google says of guests by itself is left out."""
    found = dict(event)
    for name in ("start", "end"):
        if isinstance(time := found.get(name), Mapping):
            found[name] = _moment(time)
    if isinstance(guests := found.get("attendees"), list):
        keys = ("email", "responseStatus", "optional", "comment", "displayName")
        found["attendees"] = [
            {key: one.get(key) for key in keys} for one in guests if isinstance(one, Mapping)
        ]
    if isinstance(reminders := found.get("reminders"), Mapping):
        found["reminders"] = sorted(
            json.dumps(one, sort_keys=True) for one in reminders.get("overrides") or ()
        )
    return found


def _moment(time: Mapping[str, Any]) -> str:
    try:
        return dt.datetime.fromisoformat(time["dateTime"]).astimezone(dt.UTC).isoformat()
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return str(time.get("date"))
