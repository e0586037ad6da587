"""The household of the simulation, and the shapes of its apps: who has which accounts, what goes where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from syncer.core.identity import Identity, read_uid
from syncer.core.model import (
    AfterDone,
    Bundle,
    Category,
    Effort,
    Household,
    Kind,
    Missed,
    Once,
    Partner,
    Repeat,
    Rule,
    Stage,
    Task,
)
from syncer.core.spoke import Spoke
from syncer.testing.manners import (
    CALDAV,
    EVERYTHING,
    GOOGLE_CALENDAR,
    GOOGLE_TASKS,
    MISERLY,
    RESTLESS,
    TIDY,
    TODOIST,
    Manner,
)

ZONE = ZoneInfo("Europe/Berlin")
START = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
"""A Monday."""
MANNERS = 12
"""So many picks of providers there are: each account has the pick-th of those that fit what it holds."""
HORIZON = 9
"""Days that a calendar is filled ahead: one or two items of a weekly task."""
PARTNERS = ("ada", "ben")
HOUSE = Household("sim", {name: Partner(name, name.title(), ZONE) for name in PARTNERS})


def _bundle(id: str, owner: str) -> Bundle:
    return Bundle(id, id.title(), Category.HOUSEHOLD_LOGISTICS, f"Outcome of {id}", owner)


def _task(id: str, repeat: Repeat, at: dt.time | None = None, missed: Missed = Missed.LAPSE) -> Task:
    bundle, _, name = id.partition(".")
    duration = 30 if at else 0
    return Task(id, bundle, name.title(), Stage.DO, Effort(do=10), repeat, START.date(), at, duration, missed)


BUNDLES = {b.id: b for b in (_bundle("bins", "ada"), _bundle("home", "ada"), _bundle("food", "ben"))}
TASKS = {
    task.id: task
    for task in (
        _task("bins.out", Rule("FREQ=WEEKLY;BYDAY=TU"), dt.time(19)),
        _task("bins.bags", Rule("FREQ=WEEKLY;BYDAY=WE")),
        _task("home.wash", AfterDone(5), missed=Missed.STAY),
        _task("food.shop", Rule("FREQ=WEEKLY;BYDAY=SA"), missed=Missed.STAY),
        _task("food.cook", Rule("FREQ=WEEKLY;BYDAY=FR"), dt.time(17, 30)),
        _task("food.party", Once(), missed=Missed.STAY),
    )
}


def ours(uid: str) -> Identity | None:
    """Which occurrence an item stands for, None where it is a person's own."""
    return read_uid(uid, HOUSE.id)


@dataclass(frozen=True)
class Shape:
    """Which apps the partners use: each spoke is one calendar or list."""

    name: str
    spokes: tuple[Spoke, ...]


def _spoke(account: str, partner: str, kind: Kind, *, alone: bool = False) -> Spoke:
    event = kind is Kind.EVENT
    collection = "calendar" if event else "tasks"
    return Spoke(account, collection, partner, kind, timed=event or alone, due=alone or not event)


SHAPES = (
    Shape(
        "both",
        (
            _spoke("ada", "ada", Kind.EVENT),
            _spoke("ada", "ada", Kind.TODO),
            _spoke("ben", "ben", Kind.EVENT),
            _spoke("ben", "ben", Kind.TODO),
        ),
    ),
    Shape(
        "lists",
        (_spoke("ada", "ada", Kind.TODO, alone=True), _spoke("ben", "ben", Kind.TODO, alone=True)),
    ),
    Shape(
        "calendar and list",
        (_spoke("ada", "ada", Kind.EVENT, alone=True), _spoke("ben", "ben", Kind.TODO, alone=True)),
    ),
    Shape(
        "three accounts",
        (
            _spoke("ada", "ada", Kind.EVENT),
            _spoke("ada2", "ada", Kind.TODO),
            _spoke("ben", "ben", Kind.TODO, alone=True),
        ),
    ),
)

_EVENTS = (CALDAV, GOOGLE_CALENDAR, TIDY, CALDAV, GOOGLE_CALENDAR, RESTLESS)
_TODOS = (CALDAV, GOOGLE_TASKS, TODOIST, TIDY)
_BOTH = (CALDAV, CALDAV, TIDY, MISERLY, RESTLESS)


def manner_of(spokes: Sequence[Spoke], account: str, pick: int) -> Manner:
    """What kind of provider an account is at."""
    kinds = {spoke.kind for spoke in spokes if spoke.account == account}
    fitting = _BOTH if len(kinds) > 1 else _EVENTS if Kind.EVENT in kinds else _TODOS
    # Another step for each account, so that every two kinds meet.
    return fitting[(pick + pick // len(fitting) * (account == "ben")) % len(fitting)]


def spokes_of(shape: int, manner: int) -> tuple[Spoke, ...]:
    """A shape's collections, with what their providers can't hold."""
    spokes = SHAPES[shape].spokes
    return tuple(
        replace(spoke, lacks=EVERYTHING - manner_of(spokes, spoke.account, manner).capabilities)
        for spoke in spokes
    )
