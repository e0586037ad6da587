"""When an item is: from DTSTART, DTEND, DUE and DURATION to `Day` and `Slot`, and back. Pure.

What a person's app chose is kept where it can say the new time: UTC stays UTC, floating stays floating,
and a named zone keeps its name and definition.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import vBroken, vDDDTypes

from connectors.caldav import zones
from connectors.caldav.limits import Unreadable
from syncer.core.model import Day, Slot, When

Moment = dt.date | dt.datetime
DAY = dt.timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1900, 2200
"""What is read and written; beyond it, arithmetic with zones and lengths would leave Python's calendar."""

LONGEST = dt.timedelta(days=366 * (LAST_YEAR - FIRST_YEAR))


def utc(moment: dt.datetime) -> vDDDTypes:
    """A moment as a property in UTC, to the second."""
    return vDDDTypes(moment.astimezone(dt.UTC).replace(microsecond=0))


def plain(held: Any) -> Any:
    """The Python value of a property; None where it is absent, broken or has none."""
    return None if isinstance(held, vBroken) else getattr(held, "dt", None)


def within(found: Any) -> Any:
    """The value itself; Unreadable for a date or time outside the years that we take."""
    if isinstance(found, dt.date) and not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Unreadable(f"has a date outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return found


def value(component: Any, name: str) -> Any:
    """The Python value of a date or duration, None where absent; the first one where it stands twice."""
    held = component.get(name)
    held = held[0] if isinstance(held, list) else held
    if held is None:
        return None
    found = plain(held)
    if found is None:
        raise Unreadable(f"{name} is not a date or time")
    return within(found)


def moment(component: Any, name: str, zone: dt.tzinfo) -> Moment | None:
    """A date, or an aware time: floating ones are in `zone`, and so are those of nameless zones."""
    found = value(component, name)
    if found is None or (isinstance(found, dt.date) and not isinstance(found, dt.datetime)):
        return found
    if not isinstance(found, dt.datetime):
        raise Unreadable(f"{name} is not a date or time")
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    target = found.tzinfo if isinstance(found.tzinfo, ZoneInfo) else zone
    return found.astimezone(dt.UTC).astimezone(target)  # through UTC: a time in a gap becomes a real one


def use_own_zones(calendar: Any) -> None:
    """Give the times in nameless zones the definition that this very file has, or none.

    The library keeps the first VTIMEZONE that it sees of each TZID for all files to come, so one file's
    "Custom" would be another's.
    """
    own = {str(part.get("TZID")): part for part in calendar.subcomponents if part.name == "VTIMEZONE"}
    made: dict[str, dt.tzinfo | None] = {}
    for part in calendar.subcomponents:
        for name in ("DTSTART", "DTEND", "DUE") if part.name in ("VEVENT", "VTODO") else ():
            held = part.get(name)
            found = plain(held)
            if not isinstance(found, dt.datetime) or isinstance(found.tzinfo, ZoneInfo | None):
                continue
            tzid = str(held.params.get("TZID"))
            if tzid not in made:
                made[tzid] = own[tzid].to_tz(lookup_tzid=False) if tzid in own else None
            held.dt = found.replace(tzinfo=made[tzid])


def later(start: Moment, duration: dt.timedelta) -> Moment:
    """Start plus duration: days by the calendar, the rest by the clock (RFC 5545 section 3.3.6)."""
    if abs(duration) > LONGEST:
        raise Unreadable("lasts longer than we read")
    if not isinstance(start, dt.datetime):
        return start + dt.timedelta(days=duration.days)
    day = start + dt.timedelta(days=duration.days)
    return (day.astimezone(dt.UTC) + dt.timedelta(seconds=duration.seconds)).astimezone(start.tzinfo)


def _end(component: Any, name: str, start: Moment | None, zone: dt.tzinfo) -> Moment | None:
    """DTEND or DUE, else DTSTART plus DURATION, else DTSTART (RFC 5545 section 3.6.1)."""
    end = moment(component, name, zone)
    if end is None and start is not None:
        duration = value(component, "DURATION")
        if duration is not None and not isinstance(duration, dt.timedelta):
            raise Unreadable("DURATION is not a duration")
        end = start if duration is None else within(later(start, duration))
    return end


def read_event(component: Any, zone: dt.tzinfo) -> When | None:
    """When a VEVENT is; its all-day end is exclusive, so a day is one that starts then."""
    start = moment(component, "DTSTART", zone)
    if start is None:
        return None
    if not isinstance(start, dt.datetime):
        return Day(start)
    end = _end(component, "DTEND", start, zone)
    if not isinstance(end, dt.datetime):
        return Slot(start)
    return Slot(start, max(0, int((end.astimezone(dt.UTC) - start.astimezone(dt.UTC)).total_seconds() // 60)))


def read_todo(component: Any, zone: dt.tzinfo) -> When | None:
    """When a VTODO is due, or else starts."""
    due = _end(component, "DUE", moment(component, "DTSTART", zone), zone)
    if due is None:
        return None
    return Slot(due) if isinstance(due, dt.datetime) else Day(due)


def put(component: Any, name: str, new: Moment, like: Any = None) -> None:
    """Set a date or time in the notation of `like`, a property that it replaces or goes with."""
    held = vDDDTypes(within(new))
    tzid = getattr(like, "params", {}).get("TZID")
    same = isinstance(new, dt.datetime) and plain(like) is not None
    if tzid and same and isinstance(like.dt, dt.datetime) and new.tzinfo == like.dt.tzinfo:  # type: ignore[union-attr]  # `same` says it
        held.params["TZID"] = tzid  # such as "W. Europe Standard Time", whose VTIMEZONE the file has
    component[name] = held


def like_before(new: dt.datetime, like: Any, zone: dt.tzinfo) -> dt.datetime:
    """A moment as it is to be written where `like` stood before."""
    before = plain(like)
    if not isinstance(before, dt.datetime):
        return zones.written(new, new.tzinfo)
    if before.tzinfo is None:
        local = new.astimezone(dt.UTC).astimezone(zone)
        return new.astimezone(dt.UTC) if local.fold else local.replace(tzinfo=None)
    if before.utcoffset() == dt.timedelta() and zones.name_of(before.tzinfo) is None:
        return new.astimezone(dt.UTC)
    return zones.written(new, before.tzinfo if zones.name_of(before.tzinfo) else new.tzinfo)


def write_event(component: Any, when: When, zone: dt.tzinfo) -> None:
    """Set DTSTART and DTEND. All-day events keep their length in days; DURATION gives way to DTEND."""
    like = component.get("DTSTART")
    if isinstance(when, Day):
        start, end = value(component, "DTSTART"), value(component, "DTEND")
        whole = type(start) is dt.date and type(end) is dt.date and end > start
        put(component, "DTSTART", when.date)
        put(component, "DTEND", when.date + ((end - start) if whole else DAY))
    else:
        end = when.start.astimezone(dt.UTC) + dt.timedelta(minutes=when.minutes)
        put(component, "DTSTART", like_before(when.start, like, zone), like)
        end = end.astimezone(when.start.tzinfo)
        if when.minutes:
            put(component, "DTEND", like_before(end, like, zone), like)
        else:  # an end must be later than the start (RFC 5545 section 3.8.2.2); without one it is the start
            component.pop("DTEND", None)
    component.pop("DURATION", None)


def write_todo(component: Any, when: When | None, zone: dt.tzinfo) -> None:
    """Set DUE, and move a DTSTART that would no longer fit it; None clears both."""
    like = component.get("DUE")
    started = component.get("DTSTART")
    start, old = moment(component, "DTSTART", zone), read_todo(component, zone)
    component.pop("DURATION", None)  # never beside DUE (RFC 5545 section 3.6.2)
    if when is None:
        component.pop("DUE", None)
        component.pop("DTSTART", None)
        return
    due: Moment = when.date if isinstance(when, Day) else like_before(when.start, like or started, zone)
    put(component, "DUE", due, like or started)
    if start is not None:
        moved = _start_for(start, old, when, zone)
        if moved != start or (like is None and started is not None):
            shown = like_before(moved, started, zone) if isinstance(moved, dt.datetime) else moved
            put(component, "DTSTART", shown, started)


def _start_for(start: Moment, old: When | None, when: When, zone: dt.tzinfo) -> Moment:
    """A DTSTART before the new DUE and of its type (RFC 5545 section 3.8.2.3), as far before it as it was."""
    if isinstance(when, Day):
        first = start.astimezone(zone).date() if isinstance(start, dt.datetime) else start
        if type(start) is dt.date and first <= when.date:
            return start
        lead = _day(old, zone) - first if old is not None else dt.timedelta()
        return when.date - max(lead, dt.timedelta())
    due = when.start.astimezone(dt.UTC)
    if isinstance(start, dt.datetime):
        if start < due:
            return start
        lead = old.start - start if isinstance(old, Slot) else dt.timedelta()
    else:
        midnight = dt.datetime.combine(when.start.date(), dt.time(), when.start.tzinfo)
        days = _day(old, zone) - start if old is not None else dt.timedelta()
        lead = due - (midnight - max(days, dt.timedelta())).astimezone(dt.UTC)
    return (due - (lead if lead > dt.timedelta() else dt.timedelta(minutes=1))).astimezone(when.start.tzinfo)


def _day(when: When | None, zone: dt.tzinfo) -> dt.date:
    return when.date if isinstance(when, Day) else when.start.astimezone(zone).date() if when else dt.date.min
