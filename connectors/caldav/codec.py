"""Between an `Item` and iCalendar (RFC 5545): encode a new one, decode what stands, patch named fields.

Pure: the time of writing is passed in. A patch changes what it is asked to and leaves everything else in
the resource as it is: alarms, X- properties, attendees, other components.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from icalendar import Alarm as VAlarm
from icalendar import Calendar, Component, Event, Todo, vDDDTypes, vInt, vText

from connectors.caldav import resource, series, states, texts, times, zones
from connectors.caldav.limits import Unreadable
from connectors.caldav.resource import Resource
from syncer.core.model import Alarm, Day, Item, Kind, Slot, Status

__all__ = ["Unreadable", "decode", "encode", "patch"]

PRODID = "-//Evenhold//Evenhold 0.1//EN"
PATCHED = frozenset({"title", "notes", "when", "status", "percent", "rule"})
NOT_PATCHED = frozenset({"alarms", "completed"})
"""Fields of an item that a patch leaves alone: the owner's, or written with another."""

_ORDER = ("rule", "title", "notes", "when", "percent", "status")
"""The recurrence goes first: what it takes with it, the other fields then write over."""


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
    component["DTSTAMP"] = component["CREATED"] = times.utc(now)
    component["SUMMARY"] = texts.clean(item.title)
    if item.notes:
        component["DESCRIPTION"] = texts.clean(item.notes)
    zone = item.when.start.tzinfo if isinstance(item.when, Slot) else dt.UTC
    _write_when(component, item, zone or dt.UTC)
    if item.kind is Kind.EVENT and isinstance(item.when, Day):
        component["TRANSP"] = vText("TRANSPARENT")  # a task of the day does not make its owner busy
    if item.status is not Status.OPEN:
        states.write(component, item, now)
    for alarm in item.alarms if item.when is not None else ():
        component.add_component(_alarm(alarm, item))
    calendar.add_component(component)
    zones.explain(calendar, component)
    return bytes(calendar.to_ical(sorted=False))


def decode(text: str, zone: dt.tzinfo) -> Item:
    """The item in a resource; floating times are in `zone`. Raises Unreadable where there is none."""
    held = resource.read(text)
    master = held.master
    try:
        acting = series.acting(held)
        status, percent = states.read(acting)
        return Item(
            uid=held.uid,
            kind=held.kind,
            title=texts.get(series.titled(held), "SUMMARY"),
            when=(times.read_event if held.kind is Kind.EVENT else times.read_todo)(master, zone),
            notes=texts.get(master, "DESCRIPTION"),
            status=status,
            percent=percent,
            completed=states.completed(acting),
            alarms=_alarms(master),
            rule=series.rule(master),
        )
    except Unreadable:
        raise
    except Exception:  # whatever the library trips over in a stranger's file, this item alone is unreadable
        raise Unreadable("not valid iCalendar") from None


def patch(text: str, item: Item, fields: frozenset[str], now: dt.datetime, zone: dt.tzinfo) -> bytes:
    """The resource with the named fields of `item` in it; `zone` is that of floating times.

    Raises Unreadable where the resource has no item with this UID or the time is out of reach, ValueError
    for a field that can't be changed so, ArithmeticError for a length beyond the calendar.
    """
    if unknown := fields - PATCHED - NOT_PATCHED:
        raise ValueError(f"fields that can't be changed: {', '.join(sorted(unknown))}")
    if "rule" in fields and item.rule:
        raise ValueError("a recurrence can only be cleared")
    held = resource.read(text, item.uid)
    calendar, master = held.calendar, held.master
    if held.kind is not item.kind:
        raise Unreadable("holds another kind of item")
    if any(name is None for part in calendar.walk() for name, _ in part.errors):
        raise Unreadable("has lines that would be lost")  # the library drops what it can't take apart
    try:
        texts.keep(calendar)
        tzids = calendar.get_used_tzids()
        if item.kind is Kind.EVENT and fields & {"when", "rule"}:
            # RFC 5546 section 2.1.4: who was invited must see it as newer.
            master["SEQUENCE"] = vInt(_sequence(master) + 1)
        for name in _ORDER:
            if name in fields:
                held = _write(held, item, name, now, zone)
        master["DTSTAMP"] = master["LAST-MODIFIED"] = times.utc(now)
        zones.explain(calendar, master)
        if str(calendar.get("PRODID", "")) == PRODID:  # definitions of others are theirs
            zones.forget(calendar, tzids)
        return bytes(calendar.to_ical(sorted=False))
    except (Unreadable, ArithmeticError):
        raise
    except Exception:  # as in decode; the library's own words would quote the item
        raise Unreadable("not valid iCalendar") from None


def _sequence(component: Any) -> int:
    """SEQUENCE; an app's that is no number counts as none."""
    try:
        return int(component.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        return 0


def _write(held: Resource, item: Item, name: str, now: dt.datetime, zone: dt.tzinfo) -> Resource:
    """Write one field of the item; the resource as it is then."""
    master = held.master
    match name:
        case "rule":
            series.clear(held)
            return Resource(held.calendar, master, ())
        case "title":
            texts.put(master, "SUMMARY", item.title)
            series.untick(held, item)
        case "notes":
            texts.put(master, "DESCRIPTION", item.notes)
        case "when":
            _write_when(master, item, zone)
        case "status":
            states.write(master, item, now)
            series.reopen(held, item, now)
        case _:
            states.put_percent(master, 100 if item.status is Status.DONE else item.percent)
    return held


def _write_when(component: Any, item: Item, zone: dt.tzinfo) -> None:
    if item.kind is Kind.TODO:
        times.write_todo(component, item.when, zone)
    elif item.when is not None:
        times.write_event(component, item.when, zone)


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
