"""Recurring events: instances that are not kept, and those that differ and are.

An instance's id is its series' with `_` and the start that it would have had, in UTC ("Recurring events").
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr

from tests.emulators.google_calendar import times


def instance(master: Mapping[str, Any], ident: str) -> dict[str, Any] | None:
    """The instance with an id, made from its series; None where it has no such instance."""
    original = _start(master, ident.partition("_")[2])
    if original is None or master["status"] == "cancelled":
        return None
    length = _moment(master["end"]) - _moment(master["start"])
    made = {name: copy.deepcopy(value) for name, value in master.items() if name != "recurrence"}
    return {
        **made,
        "id": ident,
        "recurringEventId": master["id"],
        "originalStartTime": original,
        "start": original,
        "end": _shape(_moment(original) + length, master["end"]),
    }


def ident_of(master: Mapping[str, Any], number: int) -> str:
    """The id of an instance, counted from 0."""
    starts = list(_starts(master)[: number + 1])
    return f"{master['id']}_{times.stamp(_shape(starts[number], master['start']))}"


def _start(master: Mapping[str, Any], stamp: str) -> dict[str, Any] | None:
    for found in _starts(master)[:1000]:
        shape = _shape(found, master["start"])
        if times.stamp(shape) == stamp:
            return shape
    return None


def _starts(master: Mapping[str, Any]) -> Any:
    """The starts of a series, as local times of its zone or as midnights."""
    first = _moment(master["start"])
    rules = rruleset()
    for line in master.get("recurrence", ()):
        if line.startswith("RRULE"):
            # UNTIL is in UTC; dateutil wants it so only where the start has a zone.
            rules.rrule(rrulestr(line, dtstart=first))  # type: ignore[arg-type]  # one rule is never a set
        elif line.startswith("RDATE"):
            for text in line.rpartition(":")[2].split(","):
                rules.rdate(dt.datetime.strptime(text[:15], "%Y%m%dT%H%M%S").replace(tzinfo=first.tzinfo))
    return rules


def _moment(time: Mapping[str, Any]) -> dt.datetime:
    if "date" in time:
        return dt.datetime.combine(dt.date.fromisoformat(time["date"]), dt.time())
    found = dt.datetime.fromisoformat(time["dateTime"])
    return found.astimezone(ZoneInfo(time.get("timeZone", "UTC")))


def _shape(found: dt.datetime, like: Mapping[str, Any]) -> dict[str, Any]:
    if "date" in like:
        return {"date": found.date().isoformat()}
    utc = found.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    return {"dateTime": utc, **({"timeZone": like["timeZone"]} if "timeZone" in like else {})}
