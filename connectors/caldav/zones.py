"""Time zones on the way out: how a moment is written, and the VTIMEZONE that explains it. Pure.

`icalendar` can make a VTIMEZONE too, but begins summer time an hour late (it counts an onset in the
offset after the change; RFC 5545 section 3.6.5 wants the one before), so clients that believe the
component rather than its name would be wrong once a year.
"""

from __future__ import annotations

import calendar as months
import datetime as dt
from collections import defaultdict
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vDDDLists, vDDDTypes, vRecur

FIRST_YEAR, LAST_YEAR = 2020, 2037
FINAL_YEAR = 2200
"""No zone is explained beyond it, whatever is asked."""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def name_of(zone: dt.tzinfo | None) -> str | None:
    """The IANA name of a zone, None for UTC and for zones that have no name."""
    name = zone.key if isinstance(zone, ZoneInfo) else None
    return None if name in (None, "UTC", "Etc/UTC", "Zulu", "Etc/Zulu", "GMT", "Etc/GMT") else name


def written(moment: dt.datetime, zone: dt.tzinfo | None) -> dt.datetime:
    """A moment as a local time of `zone` where one says it, else in UTC.

    A time in a gap becomes the one that exists (RFC 5545 section 3.3.5); the second of a doubled hour has
    no local notation (a reader takes the first), so it is written in UTC.
    """
    instant = moment.astimezone(dt.UTC)
    if name_of(zone) is None:
        return instant
    local = instant.astimezone(zone)
    return instant if local.fold else local


@lru_cache(maxsize=64)
def vtimezone(name: str, first: int = FIRST_YEAR, last: int = LAST_YEAR) -> Timezone:
    """The zone's rules from the year `first` on: as yearly rules where it has some, else date by date."""
    zone = ZoneInfo(name)
    last = min(last, FINAL_YEAR)
    start = dt.datetime(first, 1, 1, tzinfo=dt.UTC)
    component = Timezone()
    component.add("TZID", name)
    component.add_component(
        _observance(zone, start.replace(tzinfo=None), zone.utcoffset(start), start, [], last)
    )
    groups: dict[tuple[dt.timedelta, str], list[dt.datetime]] = defaultdict(list)
    before: dict[tuple[dt.timedelta, str], dt.timedelta | None] = {}
    for instant in _changes(zone, first, last):
        past = (instant - dt.timedelta(seconds=1)).astimezone(zone).utcoffset() or dt.timedelta()
        now = instant.astimezone(zone)
        group = (past, f"{now.utcoffset()}{now.dst()}")
        before[group] = past
        groups[group].append(instant)
    for group, instants in groups.items():
        offset = before[group] or dt.timedelta()
        onsets = [(instant + offset).replace(tzinfo=None) for instant in instants]
        component.add_component(_observance(zone, onsets[0], offset, instants[0], onsets, last))
    return component


def explain(calendar: Any, component: Any) -> None:
    """Add the VTIMEZONE of each zone that the item names, where the file has none (RFC 5545 3.2.19)."""
    have = {zone.tz_name for zone in calendar.timezones}
    for name in ("DTSTART", "DTEND", "DUE"):
        held = getattr(component.get(name), "dt", None)
        if not isinstance(held, dt.datetime) or (zone := name_of(held.tzinfo)) is None:
            continue
        tzid = str(component[name].params.get("TZID"))
        if tzid == zone and tzid not in have:
            first, last = min(FIRST_YEAR, held.year - 1), max(LAST_YEAR, held.year + 1)
            calendar.subcomponents.insert(0, vtimezone(zone, first, last))
            have.add(tzid)


def forget(calendar: Any, used: set[str]) -> None:
    """Drop each VTIMEZONE that was used before a change and no longer is."""
    gone = used - calendar.get_used_tzids()
    calendar.subcomponents = [
        part for part in calendar.subcomponents if part.name != "VTIMEZONE" or part.tz_name not in gone
    ]


def _changes(zone: ZoneInfo, first: int, last: int) -> list[dt.datetime]:
    """The instants (UTC) at which the offset changes, found by halving the days on which it does."""
    found: list[dt.datetime] = []
    low = dt.datetime(first, 1, 1, tzinfo=dt.UTC)
    end = dt.datetime(last + 1, 1, 1, tzinfo=dt.UTC)
    before = low.astimezone(zone).utcoffset()
    while low < end:
        high = low + dt.timedelta(days=1)
        after = high.astimezone(zone).utcoffset()
        if before != after:
            found.append(_between(zone, low, high))
        low, before = high, after
    return found


def _between(zone: ZoneInfo, low: dt.datetime, high: dt.datetime) -> dt.datetime:
    """The first second in (low, high] with the offset of `high`."""
    after = high.astimezone(zone).utcoffset()
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high


def _observance(
    zone: ZoneInfo,
    onset: dt.datetime,
    offset_from: dt.timedelta | None,
    instant: dt.datetime,
    onsets: list[dt.datetime],
    last: int,
) -> TimezoneStandard | TimezoneDaylight:
    """One STANDARD or DAYLIGHT part; `onset` is in local time before the change (RFC 5545 section 3.6.5)."""
    local = instant.astimezone(zone)
    part = TimezoneDaylight() if local.dst() else TimezoneStandard()
    part.add("DTSTART", onset)
    part.add("TZOFFSETFROM", offset_from)
    part.add("TZOFFSETTO", local.utcoffset())
    part.add("TZNAME", local.tzname())
    rule = _yearly(onsets, last)
    if rule is not None:
        part.add("RRULE", vRecur(rule))
    elif len(onsets) > 1:
        part.add("RDATE", vDDDLists([vDDDTypes(other).dt for other in onsets[1:]]))
    return part


def _yearly(onsets: list[dt.datetime], last: int) -> dict[str, object] | None:
    """The rule that the onsets of ten years or more follow, such as the last Sunday of March."""
    years = [onset.year for onset in onsets]
    if len(onsets) < 10 or years != list(range(years[0], last + 1)):
        return None
    if len({(onset.month, onset.weekday(), onset.time()) for onset in onsets}) != 1:
        return None
    lasts = {onset.day + 7 > months.monthrange(onset.year, onset.month)[1] for onset in onsets}
    weeks = {(onset.day - 1) // 7 + 1 for onset in onsets}
    week = -1 if lasts == {True} else weeks.pop() if len(weeks) == 1 else None
    if week is None:
        return None
    return {"FREQ": "YEARLY", "BYMONTH": onsets[0].month, "BYDAY": f"{week}{_DAYS[onsets[0].weekday()]}"}
