"""The stage: the household at work on one ledger file, until a knife ends it, and after that anew.

Lives here: starting as after a crash, passes, and the moments in a pass at which a person acts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from syncer.connector import Connector
from syncer.core.entries import Entry
from syncer.core.fold import Memory
from syncer.core.ownership import define, give
from syncer.engine.cycle import Cycle, Line
from syncer.engine.holder import Holder
from syncer.engine.report import PassReport
from syncer.ledger import record, views
from syncer.ledger.store import Ledger
from tests.crash.apps import Apps, Edit, foreign_in
from tests.crash.household import uid
from tests.crash.knife import Cut, Knife, WatchedLedger, watched
from tests.home import HOUSE, MONDAY

ROUNDS = 3
"""After so many passes everything is in step; the last of them has nothing left to do."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick that somebody made: it must be counted once."""

    task: str
    occurrence: str
    partner: str


@dataclass
class Stage:
    """One run. `ticks` and `kept` are what people did, which the oracle holds against what came of it."""

    apps: Apps
    opened: Ledger
    now: dt.datetime = MONDAY
    ticks: list[Tick] = field(default_factory=list)
    kept: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)
    operations: int = 0
    _lives: int = 0
    _acts: dict[str, Callable[[], None]] = field(default_factory=dict)
    _open: tuple[WatchedLedger, Sequence[Connector]] | None = None

    def start(self, knife: Knife) -> None:
        """As after a start of the process: nothing is remembered but the ledger's file."""
        self.stop()
        ledger = WatchedLedger(self.opened.engine, self.opened.place)
        ledger.knife = knife
        connectors = {partner: self.apps.connect(partner) for partner in HOUSE.partners}
        self._open = ledger, list(connectors.values())
        eyes = {partner: watched(inner, knife, self._act) for partner, inner in connectors.items()}
        lines = [Line(spoke, eyes[spoke.account]) for spoke in self.apps.names.spokes()]
        self._lives += 1
        holder = Holder(f"life {self._lives}", lambda _name, _age: False)  # every other one has ended
        self._cycle = Cycle(
            ledger, HOUSE, lines, clock=self._clock, tell=lambda _: None, parallel=False, holder=holder
        )

    def stop(self) -> None:
        """Let go of everything in memory."""
        if self._open is not None:
            ledger, connectors = self._open
            self._open = None
            for connector in connectors:
                connector.close()
            ledger.close()

    def until_cut(self, number: int) -> Knife:
        """One pass of a new process that ends at boundary `number`; or in good order, if it has fewer."""
        knife = Knife(number)
        self.start(knife)
        try:
            self._pass()
        except Cut:
            # The process is gone; what it put up last stands there to be ticked.
            for moment in [moment for moment in self._acts if moment.startswith("after")]:
                self._act(moment)
        return knife

    def settle(self) -> list[str]:
        """A new process works on until all is in step; what was left to do after that is wrong."""
        self.start(Knife())
        reports = [self._pass()]
        while len(reports) < ROUNDS and _busy(reports[-1]):
            reports.append(self._pass())
        wrong = [
            f"trouble: {spoke.error or spoke.applied.error}"
            for report in reports
            for spoke in report.spokes
            if spoke.error or spoke.applied.error
        ]
        if _busy(reports[-1]):
            wrong += [f"the third round is not quiet: {s.steps} {s.facts}" for s in reports[-1].spokes]
        if self._acts:
            wrong.append(f"a person never came to act: {sorted(self._acts)}")
        return wrong

    @property
    def ledger(self) -> WatchedLedger:
        """The ledger of the process that runs now."""
        assert self._open is not None
        return self._open[0]

    # What people do.

    def tick(self, name: str, task: str, occurrence: str) -> None:
        """Tick an item in an app."""
        partner = "ben" if name == "Planner" else "ada"
        self.ticks.append(Tick(task, occurrence, partner))
        self.edit(name, task, occurrence, Edit(tick=True))

    def edit(self, name: str, task: str, occurrence: str, change: Edit) -> None:
        """Edit an item; its words must survive for as long as it stands there."""
        self.apps.edit(name, uid(task, occurrence), change)
        words = {"SUMMARY": change.title, "DESCRIPTION": change.notes}
        said = {key: value for key, value in words.items() if value is not None}
        if change.day is not None:
            said["DUE"] = change.day.replace("-", "")
        self.kept.setdefault((name, uid(task, occurrence)), {}).update(said)

    def delete(self, name: str, task: str, occurrence: str) -> None:
        """Delete an item in an app."""
        self.apps.delete(name, uid(task, occurrence))
        self.kept.pop((name, uid(task, occurrence)), None)

    def before_push(self, name: str, act: Callable[[], None]) -> None:
        """Have a person act right before the next push to a collection, once."""
        self._acts[f"before {name}"] = act

    def tick_before_ack(self, name: str, task: str, occurrence: str) -> None:
        """Have what the next push puts up ticked before the ledger hears that it stands there."""

        def tick() -> None:
            if any(thing.uid == uid(task, occurrence) for thing in self.apps.things(name)):
                self.tick(name, task, occurrence)
            else:
                self._acts[f"after {name}"] = tick

        self._acts[f"after {name}"] = tick

    def tell(self, make: Callable[[Memory], Sequence[Entry]]) -> None:
        """A command writes to the ledger, while no pass runs."""
        self.start(Knife())
        with self.ledger.write() as connection:
            record.append(connection, HOUSE.id, make(views.state(connection, HOUSE.id)))

    def give(self, bundle: str, to: str) -> None:
        """Hand a bundle over."""
        self.tell(lambda rows: give(rows.bundles[bundle], to, self.now, "test"))

    def reword(self, bundle: str, outcome: str) -> None:
        """Agree on another outcome."""
        self.tell(
            lambda rows: define(
                replace(rows.bundles[bundle], outcome=outcome),
                [task for task in rows.tasks.values() if task.bundle == bundle],
                rows,
                self.now,
                "test",
            )
        )

    def put_foreign(self) -> None:
        """An item of somebody else's in every collection."""
        for name in NAMES:
            self.apps.put_foreign(name)
            self.foreign[name] = foreign_in(self.apps.things(name))

    def _act(self, moment: str) -> None:
        act = self._acts.pop(moment, None)
        if act is not None:
            act()

    def _pass(self) -> PassReport:
        report = self._cycle.run()
        self.operations += sum(spoke.applied.told for spoke in report.spokes)
        return report

    def _clock(self) -> dt.datetime:
        self.now += dt.timedelta(seconds=1)
        return self.now


def _busy(report: PassReport) -> bool:
    return any(spoke.steps or spoke.facts or spoke.applied.told or spoke.error for spoke in report.spokes)


NAMES = ("Diary", "List", "Planner")
"""The collections, by their names without the run's suffix."""
