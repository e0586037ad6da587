"""A small household for tests: two partners, two bundles, a calendar and a list each, all in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from syncer.connector import Capability, Context, Settings
from syncer.core.fold import Memory
from syncer.core.identity import Identity, read_uid
from syncer.core.model import (
    AfterDone,
    Bundle,
    Category,
    Effort,
    Household,
    Kind,
    Missed,
    Partner,
    Rule,
    Stage,
    Task,
)
from syncer.core.ownership import define, give
from syncer.core.spoke import Spoke
from syncer.engine.cycle import Cycle, Line
from syncer.engine.happenings import Happening
from syncer.engine.report import PassReport
from syncer.ledger import bindings, record, views
from syncer.ledger.bindings import Hold
from syncer.ledger.store import Ledger
from syncer.testing.manners import CALDAV, Manner
from syncer.testing.memory import MemoryConnector, Provider

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
ADA, BEN = Partner("ada", "Ada", BERLIN), Partner("ben", "Ben", BERLIN)
HOUSE = Household("home", {"ada": ADA, "ben": BEN})
BINS = Bundle("bins", "Bins", Category.HOUSEHOLD_LOGISTICS, "Right bin out on the right day", "ada")
FOOD = Bundle("food", "Food in the house", Category.HOUSEHOLD_LOGISTICS, "Something real to eat", "ben", 4)
OUT = Task(
    "bins.out",
    "bins",
    "Take out the bins",
    Stage.DO,
    Effort(do=10),
    Rule("FREQ=WEEKLY;BYDAY=TU"),
    MONDAY.date(),
    dt.time(19),
    15,
)
BAGS = Task(
    "bins.bags", "bins", "Buy bags", Stage.DO, Effort(do=5), Rule("FREQ=WEEKLY;BYDAY=WE"), MONDAY.date()
)
WASH = Task(
    "bins.wash",
    "bins",
    "Wash the bins",
    Stage.DO,
    Effort(do=20),
    AfterDone(30),
    MONDAY.date(),
    missed=Missed.STAY,
)
SHOP = Task(
    "food.shop", "food", "Do the shop", Stage.DO, Effort(do=75), Rule("FREQ=WEEKLY;BYDAY=SA"), MONDAY.date()
)
TASKS = {"bins": (OUT, BAGS, WASH), "food": (SHOP,)}


def uid(task: str, occurrence: str) -> str:
    """The UID of an occurrence in this household."""
    return Identity(task, occurrence).uid(HOUSE.id)


@dataclass
class Home:
    """The household at work: each pass moves nothing but what `now` says.

    `manners` are the kinds of provider, by partner, where they are not CalDAV.
    """

    bundles: Sequence[Bundle] = (BINS, FOOD)
    tasks: Mapping[str, Sequence[Task]] = field(default_factory=lambda: TASKS)
    manners: Mapping[str, Manner] = field(default_factory=dict)
    now: dt.datetime = MONDAY
    ledger: Ledger = field(default_factory=Ledger.empty)
    told: list[Happening] = field(default_factory=list)
    stopped: bool = False

    def __post_init__(self) -> None:
        self.providers = {name: Provider(self.manners.get(name, CALDAV)) for name in ("ada", "ben")}
        lines = []
        for name, provider in self.providers.items():
            context = Context(
                zone=BERLIN,
                secret=str,
                claims=lambda text: read_uid(text, HOUSE.id) is not None,
                stopping=lambda: self.stopped,
            )
            connector = MemoryConnector(Settings(), context, provider)
            lacks = frozenset(Capability) - connector.capabilities
            calendar = Spoke(name, "calendar", name, Kind.EVENT, timed=True, due=False, lacks=lacks)
            todos = Spoke(name, "tasks", name, Kind.TODO, timed=False, due=True, lacks=lacks)
            lines += [Line(calendar, connector), Line(todos, connector)]
        self.lines = lines
        with self.ledger.write() as connection:
            for bundle in self.bundles:
                entries = define(bundle, self.tasks[bundle.id], Memory(), self.now, "test")
                record.append(connection, HOUSE.id, entries)
        self.restart()

    def restart(self, *, restored: bool = False) -> None:
        """As after a start: nothing is remembered but the ledger."""
        self.cycle = Cycle(
            self.ledger,
            HOUSE,
            self.lines,
            clock=lambda: self.now,
            tell=self.told.append,
            restored=restored,
        )

    def backup(self) -> bytes:
        """The ledger as it is now."""
        connection: Any = self.ledger.engine.raw_connection().driver_connection
        return bytes(connection.serialize())

    def restore(self, backup: bytes) -> None:
        """An older ledger comes back."""
        connection: Any = self.ledger.engine.raw_connection().driver_connection
        connection.deserialize(backup)
        self.restart(restored=True)

    def run(self, days: float = 0) -> PassReport:
        """One pass, so many days later."""
        self.now += dt.timedelta(days=days, minutes=1)
        return self.cycle.run()

    def give(self, bundle: Bundle, to: str) -> None:
        """Hand a bundle over."""
        with self.ledger.write() as connection:
            now = views.state(connection, HOUSE.id).bundles[bundle.id]
            record.append(connection, HOUSE.id, give(now, to, self.now, "test"))

    def spoke(self, name: str) -> Spoke:
        """A collection, by `account/collection`."""
        return next(line.spoke for line in self.lines if line.spoke.name == name)

    def hold(self, name: str) -> Hold | None:
        """What waits in a collection for a person's word."""
        with self.ledger.read() as connection:
            return bindings.hold(connection, HOUSE.id, self.spoke(name))

    def answer(self, name: str, said: str) -> None:
        """Answer what waits there with a command: accept or restore."""
        with self.ledger.write() as connection:
            bindings.answer(connection, HOUSE.id, self.spoke(name), said)

    def facts(self) -> list[str]:
        """The entries about occurrences, in order: what became of which, as in `done bins.bags/n000001`."""
        with self.ledger.read() as connection:
            entries = list(record.entries(connection, HOUSE.id))
        return [f"{e.kind} {e.task}/{e.occurrence}" for e in entries if e.occurrence]

    def kinds(self) -> list[str]:
        """The kinds of the entries about occurrences, in order."""
        with self.ledger.read() as connection:
            return [str(e.kind) for e in record.entries(connection, HOUSE.id) if e.occurrence]

    def writes(self) -> int:
        """How many writes reached the providers."""
        return sum(provider.writes for provider in self.providers.values())

    def ledger_changes(self) -> int:
        """How many rows were ever written to the ledger (sqlite3_total_changes)."""
        connection: Any = self.ledger.engine.raw_connection().driver_connection
        return int(connection.total_changes)

    def uids(self, partner: str, collection: str) -> set[str]:
        """What stands in a partner's collection, without the household's prefix."""
        found = self.providers[partner].items(collection)
        return {f"{i.task}/{i.occurrence}" for u in found if (i := read_uid(u, HOUSE.id)) is not None}
