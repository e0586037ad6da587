"""Values that the tests of the core share: a household in two time zones, its rows, and one collection.

`Desk` steps a collection through passes with the pure functions alone, as the engine does with the
ledger and a connector between them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from syncer.core.entries import Entry, EntryKind
from syncer.core.fold import Memory, OccurrenceState, Progress, Row
from syncer.core.identity import Identity, read_uid
from syncer.core.model import (
    Alarm,
    Alarms,
    Bundle,
    Category,
    Effort,
    Household,
    Item,
    Kind,
    Partner,
    Rule,
    Stage,
    Task,
)
from syncer.core.operations import Create, Delete, Update
from syncer.core.projection import desired
from syncer.core.reconcile import act, learn
from syncer.core.spoke import Now, Spoke
from syncer.core.standing import Projection, Sighting, Step
from syncer.core.view import View
from syncer.core.writing import settle_echo

BERLIN, AUCKLAND = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Auckland")
MONDAY = dt.date(2026, 11, 23)
NOON = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
"""Monday morning in Berlin, Monday evening in Auckland."""
BELLS = Alarms((Alarm(dt.timedelta(minutes=-10)),), (Alarm(dt.timedelta(hours=8)),))
ADA = Partner("ada", "Ada", BERLIN, alarms=BELLS)
BEN = Partner("ben", "Ben", AUCKLAND)
HOUSE = Household("home", {"ada": ADA, "ben": BEN})
BINS = Bundle("bins", "Bins", Category.HOUSEHOLD_LOGISTICS, "Right bin out on the right day", "ada")
TODO = Spoke("ada", "tasks", "ada", Kind.TODO, timed=False, due=True)
EVENT = Spoke("ada", "calendar", "ada", Kind.EVENT, timed=True, due=False)
NOW = Now(NOON)


def a_task(**changes: Any) -> Task:
    """A weekly task of the bins, due on Wednesdays, unless told otherwise."""
    made = Task("bins.bags", "bins", "Buy bags", Stage.DO, Effort(do=5), Rule("FREQ=WEEKLY;BYDAY=WE"), MONDAY)
    return replace(made, **changes)


def timed(**changes: Any) -> Task:
    """A task of the bins at 19:00 on Tuesdays for a quarter of an hour, unless told otherwise."""
    values: dict[str, Any] = {
        "id": "bins.out",
        "title": "Take out the bins",
        "repeat": Rule("FREQ=WEEKLY;BYDAY=TU"),
        "at": dt.time(19),
        "duration": 15,
    }
    return a_task(**values | changes)


def a_view(*rows: Row, bundle: Bundle = BINS, house: Household = HOUSE) -> View:
    """A view of these rows and one bundle."""
    memory = Memory()
    for row in (bundle, *rows):
        memory.put(row)
    return View(house, memory)


def state(key: str, progress: Progress, task: str = "bins.bags", **values: Any) -> OccurrenceState:
    """An occurrence's state; for one that is resolved, on its own day unless told otherwise."""
    day = values.pop("day", None) or dt.date.fromisoformat(key)
    if progress is not Progress.OPEN:
        values = {"resolved_on": day, "resolved_at": NOON, "owner": "ada", "doer": "ada"} | values
    return OccurrenceState(task, key, day, progress, **values)


def later(days: float) -> Now:
    """The moment of a pass so many days on."""
    return Now(NOON + dt.timedelta(days=days))


@dataclass
class Desk:
    """One collection at a server that keeps what `holds` leaves of an item, and the ledger's view of it."""

    view: View
    spoke: Spoke = TODO
    holds: Callable[[Item], Item] = lambda item: item
    items: dict[str, tuple[int, Item]] = field(default_factory=dict)
    standing: dict[Identity, Projection] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    revision: int = 0

    def put(self, item: Item) -> None:
        """An item comes to stand at the server, by whosever hand."""
        self.revision += 1
        self.items[item.uid] = (self.revision, item)

    def edit(self, uid: str, **changes: Any) -> None:
        """A person changes fields of an item."""
        self.put(replace(self.items[uid][1], **changes))

    def record(self, entries: Iterable[Entry]) -> None:
        """Take in facts, each once, as the record does."""
        fresh = [e for e in entries if e.key not in {known.key for known in self.entries}]
        self.entries += fresh
        self.view = self.view.with_entries(fresh)

    def kinds(self) -> list[EntryKind]:
        """What has been learned so far, in order."""
        return [entry.kind for entry in self.entries]

    def run(self, days: float = 0) -> list[Step]:
        """One pass so many days after Monday; returns what it sent."""
        now, before = later(days), dict(self.standing)
        known = {p.ref: p.revision for p in before.values()}
        sights = [
            Sighting(identity, uid, str(revision), item)
            for uid, (revision, item) in self.items.items()
            if known.get(uid) != str(revision) and (identity := self._identity(uid))
        ]
        gone = [identity for identity, p in before.items() if p.ref not in self.items]
        expected = desired(self.view, self.spoke, now, {*before, *(s.identity for s in sights)})
        learned = learn(self.view, self.spoke, now, before, sights, gone, expected)
        self.record(learned.entries)
        self.standing = dict(learned.standing)
        wanted = desired(self.view, self.spoke, now, self.standing)
        steps, agreed = act(before, learned, wanted, {s.identity: s.item for s in sights})
        self.standing |= {p.identity: p for p in agreed}
        for step in steps:
            self._send(step)
        return steps

    def _identity(self, uid: str) -> Identity | None:
        return read_uid(uid, self.view.household.id)

    def _send(self, step: Step) -> None:
        operation = step.operation
        if isinstance(operation, Delete):
            del self.items[operation.ref], self.standing[step.identity]
            return
        if isinstance(operation, Create):
            stored = operation.item
        else:
            assert isinstance(operation, Update)
            stored = written(self.items[operation.ref][1], operation)
        self.put(self.holds(stored))
        self.standing[step.identity] = settle_echo(
            step, operation.uid, str(self.revision), self.items[operation.uid][1], exact=True
        )


def written(item: Item, operation: Update) -> Item:
    """An item after an update of some of its fields."""
    return replace(item, **{name: getattr(operation.item, name) for name in operation.fields})
