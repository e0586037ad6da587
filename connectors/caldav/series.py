"""An item of ours that a person made recurring: what it says, and taking the recurrence off again. Pure.

An item stands for one occurrence, so whatever completes any instance of it completes it. What apps leave in
the resource when an instance is completed (each in `tests/corpora/recurring`, as really written):

| written by the app | who | read as |
|---|---|---|
| the master completed, the rule gone; a new UID carries on | todoman | done |
| the master completed, the rule kept | Evolution without a DTSTART, the last of COUNT | done |
| an override with RECURRENCE-ID completed | Thunderbird, python-caldav "thisandfuture" | done |
| the master moved on, completed nowhere | Evolution, Tasks.org, python-caldav "safe" | open, later |

The last one says nothing by itself: only who knows the time before can tell (`syncer.core`).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from icalendar import vBroken

from connectors.caldav import states, texts
from connectors.caldav.limits import Unreadable
from connectors.caldav.resource import Resource
from syncer.core.model import Item, Kind, Status
from syncer.core.ticks import begins_ticked

LONGEST_RULE = 1000
"""Characters; the longest that an app's own dialog could make is below 300."""

_RECURRENCE = ("RRULE", "RDATE", "EXDATE", "EXRULE")
_STATE = ("STATUS", "PERCENT-COMPLETE", "COMPLETED")


def rule(component: Any) -> str:
    """The recurrence that stands there, never expanded; one of dates alone is "RDATE", an odd one "RRULE"."""
    held = component.get("RRULE")
    if held is None:
        return "RDATE" if "RDATE" in component else ""
    first = held[0] if isinstance(held, list) else held
    text = str(first) if isinstance(first, vBroken) else first.to_ical().decode()
    if len(text) > LONGEST_RULE:
        raise Unreadable("a recurrence rule longer than we read")
    return text or "RRULE"


def acting(resource: Resource) -> Any:
    """The component whose state is the item's: an instance that was done, else the master."""
    if states.is_done(resource.master):
        return resource.master
    return next((part for part in resource.overrides if states.is_done(part)), resource.master)


def titled(resource: Resource) -> Any:
    """The component whose title is the item's: an instance that its owner ticked, else the master."""
    if resource.kind is not Kind.EVENT or _ticked(resource.master):
        return resource.master
    return next((part for part in resource.overrides if _ticked(part)), resource.master)


def clear(resource: Resource) -> None:
    """Take the recurrence off; what the item says of everything else stays, whoever said it.

    The overrides go with it, so what makes the item done (or ticked) moves to the master.
    """
    master, done, ticked = resource.master, acting(resource), titled(resource)
    if done is not master:
        for name in _STATE:
            master.pop(name, None)
            if name in done:
                master[name] = done[name]
    if ticked is not master:
        texts.put(master, "SUMMARY", texts.get(ticked, "SUMMARY"))
    for name in (*_RECURRENCE, "RECURRENCE-ID"):
        master.pop(name, None)
    gone = {id(part) for part in resource.overrides}
    resource.calendar.subcomponents = [
        part for part in resource.calendar.subcomponents if id(part) not in gone
    ]


def reopen(resource: Resource, item: Item, now: dt.datetime) -> None:
    """Write an item's state into the instances that were done, so that they don't contradict it."""
    for part in resource.overrides if item.status is not Status.DONE else ():
        if states.is_done(part):
            states.write(part, item, now)


def untick(resource: Resource, item: Item) -> None:
    """Write an item's title into the instances that were ticked, so that they don't contradict it."""
    for part in resource.overrides if not begins_ticked(item.title) else ():
        if item.kind is Kind.EVENT and _ticked(part):
            texts.put(part, "SUMMARY", item.title)


def _ticked(component: Any) -> bool:
    return begins_ticked(texts.get(component, "SUMMARY"))
