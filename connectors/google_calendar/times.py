"""Between our times and Google's: days with an exclusive end, and moments with an offset and a zone. Pure.

What comes back is the same moment in another offset (that of the calendar's zone); the zone that it was sent
with stands beside it, and is the one that it gets again here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from syncer.core.model import Day, Slot, When


class Unreadable(ValueError):
    """An event that can't be understood. The reason names what is wrong and quotes nothing."""


def read(event: Mapping[str, Any], zone: dt.tzinfo) -> When:
    """When an event is; `zone` is where a time without any is meant. Several days read as their first."""
    start, end = _moment(event, "start", zone), _moment(event, "end", zone)
    if not isinstance(start, dt.datetime):
        return Day(start)
    if not isinstance(end, dt.datetime):
        return Slot(start)
    seconds = (end.astimezone(dt.UTC) - start.astimezone(dt.UTC)).total_seconds()
    return Slot(start, max(0, int(seconds // 60)))


def length(event: Mapping[str, Any]) -> int:
    """How many days an all-day event has; 1 for any other."""
    try:
        start, end = (dt.date.fromisoformat(event[name]["date"]) for name in ("start", "end"))
    except (KeyError, TypeError, ValueError):
        return 1
    return max(1, (end - start).days)


def write(when: When, days: int = 1) -> dict[str, Any]:
    """`start` and `end` of a new event. Raises ArithmeticError where they are out of reach."""
    if isinstance(when, Day):
        return {
            "start": {"date": when.date.isoformat()},
            "end": {"date": (when.date + dt.timedelta(days=days)).isoformat()},
        }
    start = when.start.replace(microsecond=0)
    end = start.astimezone(dt.UTC) + dt.timedelta(minutes=when.minutes)
    return {"start": _time(start), "end": _time(end.astimezone(start.tzinfo))}


def patch(when: When, days: int = 1) -> dict[str, Any]:
    """`start` and `end` in place of others: a patch merges, and a time with a day in it is refused."""
    found = write(when, days)
    for time in found.values():
        time |= dict.fromkeys({"date", "dateTime", "timeZone"} - time.keys())
    return found


def _time(moment: dt.datetime) -> dict[str, Any]:
    """A moment; its zone by name, which a person needs who makes the event recurring."""
    if isinstance(moment.tzinfo, ZoneInfo) and moment.tzinfo.key:
        return {"dateTime": moment.isoformat(), "timeZone": moment.tzinfo.key}
    return {"dateTime": moment.astimezone(dt.UTC).isoformat(), "timeZone": "UTC"}


def _moment(event: Mapping[str, Any], name: str, zone: dt.tzinfo) -> dt.datetime | dt.date:
    time = event.get(name)
    if not isinstance(time, Mapping):
        raise Unreadable(f"{name} is missing")
    try:
        if "date" in time:
            return dt.date.fromisoformat(time["date"])
        found = dt.datetime.fromisoformat(time["dateTime"])
        local = _zone(time.get("timeZone"), zone)
        found = found if found.tzinfo is not None else found.replace(tzinfo=local)
        return found.astimezone(dt.UTC).astimezone(local)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise Unreadable(f"{name} is not a date or time") from None


def _zone(name: object, otherwise: dt.tzinfo) -> dt.tzinfo:
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else otherwise
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return otherwise
