"""Between an `Item` and an event of Google's: a new one, what stands there, and a patch of named fields.
Pure.

A patch holds what it changes and nothing else, so that guests and their answers, colours, conferences and
other apps' properties stay: an array in a patch would replace the whole one ("Patch semantics").
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from connectors.google.limits import LARGEST_ITEM
from connectors.google_calendar import held, ids, times
from connectors.google_calendar.held import Held
from connectors.google_calendar.times import Unreadable
from syncer.core.model import Alarm, Day, Item, Kind, Status

PATCHED = frozenset({"title", "notes", "when", "rule"})
NOT_PATCHED = frozenset({"alarms", "completed", "percent", "status"})
"""Fields that a patch leaves alone: the owner's, or what an event has no place for. Its title says "done"."""

MOST_ALARMS = 5
EARLIEST = 40320
"""Minutes: a reminder is at most four weeks before the start, and never after (reference of `reminders`)."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def encode(item: Item) -> dict[str, Any]:
    """A new event that holds the item. Raises ValueError or ArithmeticError where none can."""
    ident = ids.event_id(item.uid)
    if len(ident) > ids.LONGEST:
        raise ValueError("its name is too long")
    if item.when is None:
        raise ValueError("an event needs a time")
    event: dict[str, Any] = {
        "id": ident,
        "summary": _clean(item.title),
        **times.write(item.when),
        "extendedProperties": ids.marker(item.uid),
        "reminders": {"useDefault": False, "overrides": _reminders(item.alarms)},
    }
    if item.notes:
        event["description"] = _clean(item.notes)
    if isinstance(item.when, Day):
        event["transparency"] = "transparent"  # a task of the day does not make its owner busy
    return event


def decode(found: Held, claims: Callable[[str], bool], zone: dt.tzinfo) -> Item:
    """The item in an event of ours; `zone` is where a time without any is meant. Raises Unreadable."""
    event = found.event
    title, notes = held.text(found.titled, "summary"), held.text(event, "description")
    if len(title) + len(notes) > LARGEST_ITEM:
        raise Unreadable("larger than 1 MiB")
    return Item(
        uid=ids.uid_of(event, claims),
        kind=Kind.EVENT,
        title=title,
        when=times.read(event, zone),
        notes=notes.replace("\r\n", "\n"),
        status=Status.OPEN if found.live else Status.CANCELLED,
        alarms=_alarms(event),
        rule=held.rule(event),
    )


def patch(item: Item, fields: frozenset[str], known: Held | None) -> dict[str, Any]:
    """What has to be sent to change fields; `known` is what stands there, where it was read.

    Raises ValueError for what can't be changed so, ArithmeticError for a time out of reach.
    """
    if unknown := fields - PATCHED - NOT_PATCHED:
        raise ValueError(f"fields that can't be changed: {', '.join(sorted(unknown))}")
    if "rule" in fields and item.rule:
        raise ValueError("a recurrence can only be cleared")
    if "when" in fields and item.when is None:
        raise ValueError("an event needs a time")
    body: dict[str, Any] = {}
    if "rule" in fields:
        body["recurrence"] = None
        if known is not None:  # the instances go, and with them what makes the item done
            body |= _title(str(known.titled.get("summary") or ""), known)
    if "title" in fields:
        body["summary"] = _clean(item.title)
    if "notes" in fields:
        body["description"] = _clean(item.notes) or None
    if "when" in fields and item.when is not None:
        body |= times.patch(item.when, times.length(known.event) if known is not None else 1)
    return body


def _title(title: str, known: Held) -> dict[str, Any]:
    return {"summary": title} if title != known.event.get("summary") else {}


def _clean(text: str) -> str:
    """Text without control characters, which Google drops, and with plain line ends."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _reminders(alarms: tuple[Alarm, ...]) -> list[dict[str, Any]]:
    """Reminders at or before the start; Google has none after it, such as the morning of an all-day event."""
    minutes = [-alarm.offset // dt.timedelta(minutes=1) for alarm in alarms]
    fitting = [one for one in dict.fromkeys(minutes) if 0 <= one <= EARLIEST]
    return [{"method": "popup", "minutes": one} for one in fitting[:MOST_ALARMS]]


def _alarms(event: Mapping[str, Any]) -> tuple[Alarm, ...]:
    """The event's own reminders; those of its calendar are no affair of the item's."""
    reminders = event.get("reminders")
    overrides = reminders.get("overrides") if isinstance(reminders, Mapping) else None
    if not isinstance(overrides, list):
        return ()
    held = [one.get("minutes") for one in overrides if isinstance(one, Mapping)]
    minutes = [one for one in held if isinstance(one, int) and 0 <= one <= EARLIEST]
    return tuple(Alarm(dt.timedelta(minutes=-one)) for one in minutes)
