"""The stage: the household at work on one ledger file, until a knife ends it, and after that anew.

Lives here: starting as after a crash, passes, and commands between them. People are in `acting`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from syncer.connector import Connector
from syncer.core.entries import Entry
from syncer.core.fold import Memory
from syncer.core.model import Kind
from syncer.core.ownership import define, give
from syncer.engine.cycle import Cycle, Line
from syncer.engine.holder import Holder
from syncer.engine.report import PassReport
from syncer.ledger import record, views
from syncer.ledger.store import Ledger
from tests.crash.acting import People
from tests.crash.knife import Cut, Knife, WatchedLedger, watched
from tests.home import HOUSE, MONDAY

ROUNDS = 3
"""After so many passes everything is in step; the last of them has nothing left to do."""


@dataclass
class Stage:
    """One run: the process and its ledger, `people`, and how many operations went out."""

    people: People
    opened: Ledger
    now: dt.datetime = MONDAY
    operations: int = 0
    _lives: int = 0
    _open: tuple[WatchedLedger, Sequence[Connector]] | None = None

    def start(self, knife: Knife) -> None:
        """As after a start of the process: nothing is remembered but the ledger's file."""
        self.stop()
        ledger = WatchedLedger(self.opened.engine, self.opened.place)
        ledger.knife = knife
        spokes = self.people.apps.spokes()
        accounts = dict.fromkeys(spoke.account for spoke in spokes)
        connectors = {account: self.people.apps.connect(account) for account in accounts}
        self._open = ledger, list(connectors.values())
        eyes = {account: watched(inner, knife, self.people.act) for account, inner in connectors.items()}
        lines = [Line(spoke, eyes[spoke.account]) for spoke in spokes]
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
            self.people.find_it_gone()
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
        if self.people.waiting:
            wrong.append(f"a person never came to act: {sorted(self.people.waiting)}")
        return wrong

    @property
    def ledger(self) -> WatchedLedger:
        """The ledger of the process that runs now."""
        assert self._open is not None
        return self._open[0]

    def in_list(self, name: str) -> bool:
        """Whether a collection is of to-dos: of each task only the next occurrence stands there."""
        return self.people.apps.spoke(name).kind is Kind.TODO

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

    def _pass(self) -> PassReport:
        report = self._cycle.run()
        self.operations += sum(spoke.applied.told for spoke in report.spokes)
        return report

    def _clock(self) -> dt.datetime:
        self.now += dt.timedelta(seconds=1)
        return self.now


def _busy(report: PassReport) -> bool:
    return any(spoke.steps or spoke.facts or spoke.applied.told or spoke.error for spoke in report.spokes)
