"""Between an `Item` and iCalendar (RFC 5545): encode a new one, decode what stands, patch named fields.

Pure: the time of writing is passed in. A patch changes what it is asked to and leaves everything else in
the resource as it is: alarms, X- properties, attendees, other components.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from icalendar import Alarm as VAlarm
from icalendar import Calendar, Component, ComponentFactory, Event, Todo, vDDDTypes, vInt, vText

from connectors.caldav import texts, times, zones
from connectors.caldav.limits import Unreadable, check
from syncer.core.model import Alarm, Day, Item, Kind, Slot, Status

__all__ = ["Unreadable", "decode", "encode", "patch"]

PRODID = "-//Evenhold//Evenhold 0.1//EN"
KINDS = {"VEVENT": Kind.EVENT, "VTODO": Kind.TODO}
PATCHED = frozenset({"title", "notes", "when", "status", "percent"})
NOT_PATCHED = frozenset({"alarms", "completed", "rule"})
"""Fields of an item that a patch leaves alone: the owner's, or written with another."""


def encode(item: Item, now: dt.datetime) -> bytes:
    """A new resource that holds the item.

    Raises ValueError for an event without a time or with one out of reach, ArithmeticError for a length
    beyond the calendar.
    """
    if item.kind is Kind.EVENT and item.when is None:
        raise ValueError("an event needs a time")
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODID)
    component: Component = Event() if item.kind is Kind.EVENT else Todo()
    component.add("UID", item.uid)
    component["DTSTAMP"] = component["CREATED"] = _utc(now)
    component["SUMMARY"] = texts.clean(item.title)
    if item.notes:
        component["DESCRIPTION"] = texts.clean(item.notes)
    zone = item.when.start.tzinfo if isinstance(item.when, Slot) else dt.UTC
    _write_when(component, item, zone or dt.UTC)
    if item.kind is Kind.EVENT and isinstance(item.when, Day):
        component["TRANSP"] = vText("TRANSPARENT")  # a task of the day does not make its owner busy
    if item.status is not Status.OPEN:
        _write_status(component, item, now)
    for alarm in item.alarms if item.when is not None else ():
        component.add_component(_alarm(alarm, item))
    calendar.add_component(component)
    _explain_zones(calendar, component)
    return bytes(calendar.to_ical(sorted=False))


def decode(text: str, zone: dt.tzinfo) -> Item:
    """The item in a resource; floating times are in `zone`. Raises Unreadable where there is none."""
    _, component = _open(text, None)
    try:
        kind = KINDS[component.name or ""]
        status, percent = _read_status(component)
        when = times.read_event(component, zone) if kind is Kind.EVENT else times.read_todo(component, zone)
        return Item(
            uid=str(component["UID"]),
            kind=kind,
            title=texts.get(component, "SUMMARY"),
            when=when,
            notes=texts.get(component, "DESCRIPTION"),
            status=status,
            percent=percent,
            completed=_completed(component),
            alarms=_alarms(component),
            rule=_rule(component),
        )
    except Unreadable:
        raise
    except Exception:  # whatever the library trips over in a stranger's file, this item alone is unreadable
        raise Unreadable("not valid iCalendar") from None


def patch(text: str, item: Item, fields: frozenset[str], now: dt.datetime, zone: dt.tzinfo) -> bytes:
    """The resource with the named fields of `item` in it; `zone` is that of floating times.

    Raises Unreadable where the resource has no item with this UID or the time is out of reach, ValueError
    for a field that can't be changed, ArithmeticError for a length beyond the calendar.
    """
    if unknown := fields - PATCHED - NOT_PATCHED:
        raise ValueError(f"fields that can't be changed: {', '.join(sorted(unknown))}")
    calendar, component = _open(text, item.uid)
    if KINDS[component.name] is not item.kind:
        raise Unreadable("holds another kind of item")
    if any(name is None for part in calendar.walk() for name, _ in part.errors):
        raise Unreadable("has lines that would be lost")  # the library drops what it can't take apart
    try:
        texts.keep(calendar)
        tzids = calendar.get_used_tzids()
        for name in sorted(fields & PATCHED):
            _write(component, item, name, now, zone)
        component["DTSTAMP"] = component["LAST-MODIFIED"] = _utc(now)
        _explain_zones(calendar, component)
        _forget_zones(calendar, tzids)
        return bytes(calendar.to_ical(sorted=False))
    except (Unreadable, ArithmeticError):
        raise
    except Exception:  # as in decode; the library's own words would quote the item
        raise Unreadable("not valid iCalendar") from None


class _TolerantTodo(Todo):
    """A VTODO in which one bad property is kept as it is instead of spoiling the rest, as in a VEVENT."""

    ignore_exceptions = True


class _Resource(Calendar):
    """A VCALENDAR that reads its to-dos tolerantly."""

    @classmethod
    def _get_component_factory(cls) -> ComponentFactory:
        return _COMPONENTS


_COMPONENTS = ComponentFactory()
_COMPONENTS.add_component_class(_TolerantTodo)


def _open(text: str, uid: str | None) -> tuple[Any, Any]:
    """The parsed resource and its item: the master, not a RECURRENCE-ID override, where there is one."""
    check(text)
    try:  # as bytes: given a str without line breaks, the library would read a file of that name
        calendar: Any = _Resource.from_ical(text.removeprefix("\ufeff").encode())
        times.use_own_zones(calendar)
        found = [part for part in calendar.subcomponents if part.name in KINDS and part.get("UID")]
    except Exception:
        raise Unreadable("not valid iCalendar") from None
    if uid is not None:
        found = [part for part in found if str(part["UID"]) == uid]
    if not found:
        raise Unreadable("holds no event or to-do with a UID" if uid is None else "holds another item")
    return calendar, next((part for part in found if "RECURRENCE-ID" not in part), found[0])


def _write(component: Any, item: Item, name: str, now: dt.datetime, zone: dt.tzinfo) -> None:
    """Write one field of the item."""
    match name:
        case "title":
            texts.put(component, "SUMMARY", item.title)
        case "notes":
            texts.put(component, "DESCRIPTION", item.notes)
        case "when":
            if item.kind is Kind.EVENT:  # RFC 5546 section 2.1.4: who was invited must see it as newer
                component["SEQUENCE"] = vInt(int(component.get("SEQUENCE", 0)) + 1)
            _write_when(component, item, zone)
        case "status":
            _write_status(component, item, now)
        case _:
            _put_percent(component, 100 if item.status is Status.DONE else item.percent)


def _write_when(component: Any, item: Item, zone: dt.tzinfo) -> None:
    if item.kind is Kind.TODO:
        times.write_todo(component, item.when, zone)
    elif item.when is not None:
        times.write_event(component, item.when, zone)


def _write_status(component: Any, item: Item, now: dt.datetime) -> None:
    """STATUS and what goes with it. An event has no "done" (RFC 5545 section 3.8.1.11): its title says it."""
    if item.status is Status.CANCELLED:
        component["STATUS"] = vText("CANCELLED")
    elif item.kind is Kind.EVENT:
        if str(component.get("STATUS", "")).upper() == "CANCELLED":
            component.pop("STATUS")
    elif item.status is Status.DONE:
        component["STATUS"] = vText("COMPLETED")
        _put_percent(component, 100)
        component["COMPLETED"] = _utc(item.completed or now)
    elif _read_status(component)[0] is not Status.OPEN:  # IN-PROCESS is open too, and stays
        component["STATUS"] = vText("NEEDS-ACTION")
        component.pop("COMPLETED", None)
        _put_percent(component, None)


def _read_status(component: Any) -> tuple[Status, int | None]:
    """The state, and PERCENT-COMPLETE where the app has one."""
    said = str(component.get("STATUS", "")).upper()
    try:
        percent = int(component["PERCENT-COMPLETE"]) if "PERCENT-COMPLETE" in component else None
    except (TypeError, ValueError):
        percent = None
    if said == "CANCELLED":
        return Status.CANCELLED, percent
    if component.name != "VTODO":
        return Status.OPEN, percent
    # Some apps only move the percentage to 100, others only set COMPLETED: both mean that it is done.
    done = said == "COMPLETED" or percent == 100 or (not said and "COMPLETED" in component)
    return (Status.DONE if done else Status.OPEN), percent


def _rule(component: Any) -> str:
    """The recurrence that stands there; a list of dates counts as one."""
    rule = component.get("RRULE")
    if rule is None:
        return "RDATE" if "RDATE" in component else ""
    return str((rule[0] if isinstance(rule, list) else rule).to_ical().decode())


def _completed(component: Any) -> dt.datetime | None:
    found = times.moment(component, "COMPLETED", dt.UTC) if "COMPLETED" in component else None
    return found.astimezone(dt.UTC) if isinstance(found, dt.datetime) else None


def _alarm(alarm: Alarm, item: Item) -> Any:
    """A reminder. A to-do has no start of its own, so its reminders count from DUE."""
    part = VAlarm()
    part.add("ACTION", "DISPLAY")
    part["DESCRIPTION"] = texts.clean(item.title)
    trigger = vDDDTypes(alarm.offset)
    if item.kind is Kind.TODO:
        trigger.params["RELATED"] = "END"
    part["TRIGGER"] = trigger
    return part


def _alarms(component: Any) -> tuple[Alarm, ...]:
    """The reminders at an offset; those at a fixed time are the app's own affair."""
    triggers = [times.plain(part.get("TRIGGER")) for part in component.subcomponents]
    return tuple(Alarm(offset) for offset in triggers if isinstance(offset, dt.timedelta))


def _explain_zones(calendar: Any, component: Any) -> None:
    """Add the VTIMEZONE of each zone that the item names, where the file has none (RFC 5545 3.2.19)."""
    have = {zone.tz_name for zone in calendar.timezones}
    for name in ("DTSTART", "DTEND", "DUE"):
        held = times.plain(component.get(name))
        if not isinstance(held, dt.datetime) or (zone := zones.name_of(held.tzinfo)) is None:
            continue
        tzid = str(component[name].params.get("TZID"))
        if tzid == zone and tzid not in have:
            first, last = min(zones.FIRST_YEAR, held.year - 1), max(zones.LAST_YEAR, held.year + 1)
            calendar.subcomponents.insert(0, zones.vtimezone(zone, first, last))
            have.add(tzid)


def _forget_zones(calendar: Any, used: set[str]) -> None:
    """Drop a VTIMEZONE of our own that the change left without use; those of others are theirs."""
    if str(calendar.get("PRODID", "")) == PRODID:
        gone = used - calendar.get_used_tzids()
        calendar.subcomponents = [
            part for part in calendar.subcomponents if part.name != "VTIMEZONE" or part.tz_name not in gone
        ]


def _put_percent(component: Any, percent: int | None) -> None:
    if percent is None:
        component.pop("PERCENT-COMPLETE", None)
    else:
        component["PERCENT-COMPLETE"] = vInt(percent)


def _utc(moment: dt.datetime) -> vDDDTypes:
    return vDDDTypes(moment.astimezone(dt.UTC).replace(microsecond=0))
