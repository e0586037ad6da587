"""The times of an event: what is taken, and what comes back.

A time that comes back is the same moment in the offset of the calendar's zone (or of `timeZone` in the
request), whatever it was sent in; the zone that it was sent with stands beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tests.emulators.google_api import invalid

Moment = dt.datetime | dt.date


def zone(name: str, where: str) -> ZoneInfo:
    """An IANA zone; whatever is none is refused."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise invalid(f"Invalid time zone definition for {where} time.") from None


def moment(time: Mapping[str, Any], where: str) -> Moment:
    """The day or moment of an EventDateTime; `where` is "start" or "end"."""
    if ("date" in time) == ("dateTime" in time):
        raise invalid(f"Invalid {where} time.")
    named = zone(time["timeZone"], where) if "timeZone" in time else None
    try:
        if "date" in time:
            return dt.date.fromisoformat(time["date"])
        found = dt.datetime.fromisoformat(time["dateTime"])
    except ValueError:
        raise invalid(f"Invalid value for: {where}") from None
    if found.tzinfo is None:
        if named is None:
            raise invalid(f"Missing time zone definition for {where} time.")
        found = found.replace(tzinfo=named)
    return found.replace(microsecond=0)


def check(event: Mapping[str, Any]) -> None:
    """Refuse an event without times, or with an end before its start. An end of days is exclusive."""
    for where in ("start", "end"):
        if not event.get(where):
            raise invalid(f"Missing {where} time.", reason="required")
    start, end = moment(event["start"], "start"), moment(event["end"], "end")
    if isinstance(start, dt.datetime) != isinstance(end, dt.datetime):
        raise invalid("Start and end times must either both be date or both be dateTime.")
    if isinstance(start, dt.datetime) and isinstance(end, dt.datetime):
        empty = end < start
    else:
        empty = end <= start
    if empty:
        raise invalid("The specified time range is empty.", reason="timeRangeEmpty")


def kept(time: Mapping[str, Any], where: str) -> dict[str, Any]:
    """An EventDateTime as it is kept: the moment in UTC, and the zone that it was sent with."""
    found = moment(time, where)
    if not isinstance(found, dt.datetime):
        return {"date": found.isoformat()}
    try:
        utc = found.astimezone(dt.UTC)
    except OverflowError:
        raise invalid(f"Invalid value for: {where}") from None
    named = {"timeZone": time["timeZone"]} if "timeZone" in time else {}
    return {"dateTime": utc.isoformat().replace("+00:00", "Z"), **named}


def shown(time: Mapping[str, Any], local: str) -> dict[str, Any]:
    """An EventDateTime as it comes back in a zone."""
    if "date" in time:
        return dict(time)
    found = dt.datetime.fromisoformat(time["dateTime"])
    try:
        text = found.astimezone(ZoneInfo(local)).isoformat()
    except OverflowError:
        text = found.isoformat()
    return {"dateTime": text.replace("+00:00", "Z"), "timeZone": time.get("timeZone", local)}


def stamp(time: Mapping[str, Any]) -> str:
    """What the id of an instance ends in: its original start in UTC, or its day."""
    if "date" in time:
        return str(time["date"]).replace("-", "")
    return dt.datetime.fromisoformat(time["dateTime"]).astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
