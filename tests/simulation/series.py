"""To-dos that a person made recurring, and the ways in which real clients complete one (reliability.md)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from syncer.core.model import Day, Item, Slot, Status, When
from syncer.core.spoke import Spoke
from syncer.testing.memory import Shelf
from tests.simulation.world import World

WEEK = dt.timedelta(days=7)
RULE = "FREQ=WEEKLY"


def make_recurring(world: World, spoke: Spoke, shelf: Shelf, ref: str, pick: int) -> str:
    """The app's "repeat weekly"."""
    item = shelf.items[ref][1]
    shelf.put(ref, replace(item, rule=RULE))
    world.oracle.made_recurring(spoke, item)
    return item.uid


def complete_series(world: World, spoke: Spoke, shelf: Shelf, ref: str, pick: int) -> str:
    """Complete one instance, as one of the clients does it."""
    item = shelf.items[ref][1]
    way = ("todoman", "evolution", "python-caldav", "status")[pick % 4]
    if way in ("todoman", "status"):
        world.oracle.ticked(spoke, item)
        rule = "" if way == "todoman" else item.rule
        shelf.put(ref, replace(item, rule=rule, status=Status.DONE, completed=world.now))
    else:
        world.oracle.moved_on(spoke, item)
        shelf.put(ref, replace(item, when=_next(item.when)))
    if way in ("todoman", "python-caldav"):
        done = Status.DONE if way == "python-caldav" else Status.OPEN
        copy = Item(f"copy-{len(shelf.log)}", item.kind, item.title, _next(item.when), status=done)
        new = f"{shelf.collection.ref}{copy.uid}"
        shelf.put(new, copy)
        world.oracle.foreign[spoke.name, new] = copy
    return f"{item.uid} as {way}"


def _next(when: When | None) -> When | None:
    if isinstance(when, Day):
        return Day(when.date + WEEK)
    return Slot(when.start + WEEK, when.minutes) if when is not None else None
