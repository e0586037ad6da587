"""The world of a history: the scene, and the daemon at work in it under a plan of faults."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial

from syncer.connector import Connector, Context, Operation, Outcome, Settings
from syncer.core.model import Item
from syncer.engine.cycle import Cycle, Line
from syncer.engine.holder import Holder
from syncer.engine.report import PassReport
from syncer.ledger.store import LedgerError
from syncer.testing.faults import Fault, Plan, Strike
from syncer.testing.faulty import Faulty
from syncer.testing.memory import MemoryConnector
from tests.simulation.events import Run
from tests.simulation.household import (
    HORIZON,
    HOUSE,
    ZONE,
    ours,
    spokes_of,
)
from tests.simulation.oracle import Oracle
from tests.simulation.prepared import PREPARED, Prepared, copied, defined
from tests.simulation.scene import Scene
from tests.simulation.shelter import ledger

Meddler = Callable[["World", str, Operation, int], None]


class Killed(BaseException):
    """The daemon's process dies here."""


class World(Scene):
    """One history's world. With `keeping` the ledger is backed up after each pass."""

    def __init__(
        self,
        shape: int,
        manner: int,
        *,
        fresh: bool,
        meddler: Meddler | None = None,
        keeping: bool = False,
        saying: bool = False,
    ) -> None:
        super().__init__(spokes_of(shape, manner), manner, saying=saying)
        self._meddler = meddler
        self.plan = Plan(
            {
                Fault.SLOW: lambda strike: self.later(minutes=1 + strike.pick % 9),
                Fault.KILL: self._kill,
                Fault.SECOND_DAEMON: self._second,
                Fault.CONFLICT: self._announce_meddling,
            },
            tell=lambda strike: self.say(f"  {strike.fault}"),
        )
        self.ledger = ledger()
        self.connectors = {account: self._connect(account) for account in self.providers}
        self.lines = [Line(spoke, self.connectors[spoke.account]) for spoke in self.spokes]
        self.oracle = Oracle(self.ledger, self.say, self.stands)
        self._meddling: Strike | None = None
        self._jump = dt.timedelta()
        self._starts = 0
        self.doubted: Mapping[str, dt.timedelta] = {}
        self._alive: set[str] = set()
        self._other: Cycle | None = None
        self._others: Counter[str] = Counter()
        self._lay(shape, manner, fresh)
        self.ledger.plan = self.plan  # only now: what was laid may have been prepared in another world
        self.passes = 0
        self._keeping = keeping
        self.backups = [self.ledger.state()] if keeping else []
        self.start()

    def _lay(self, shape: int, manner: int, fresh: bool) -> None:
        state, shelves = (defined(), {}) if fresh else self._prepared(shape, manner)
        self.ledger.lay(state)
        for account, kept in shelves.items():
            self.providers[account].shelves = copied(kept)
        if not fresh:
            self.later(minutes=10)

    def _prepared(self, shape: int, manner: int) -> Prepared:
        """A ledger and apps after the first passes, made once for each shape and kinds of providers."""
        key = (shape, tuple(provider.manner for provider in self.providers.values()))
        if key not in PREPARED:
            world = World(shape, manner, fresh=True)
            for _ in range(2):
                world.run(Run())
            self.oracle.wrong += world.oracle.wrong
            shelves = {account: copied(provider.shelves) for account, provider in world.providers.items()}
            PREPARED[key] = world.ledger.state(), shelves
        return PREPARED[key]

    # The daemon.

    def start(self, *, restored: bool = False) -> None:
        """As after a start of the process: nothing is remembered but the ledger."""
        self._starts += 1
        self._alive = {f"daemon-{self._starts}", "second"}
        self._cycle = self._daemon(f"daemon-{self._starts}", restored)
        if restored:
            self._other = None

    def run(self, event: Run) -> PassReport | None:
        """One pass; None where it was cut short."""
        self.later(minutes=3)
        struck = self.plan.struck.total()
        jumped = self._jump
        self._jump = self._jump_of(event) if not jumped else dt.timedelta()
        self.plan.arm(strike for strike in event.strikes if strike.fault is not Fault.CLOCK_JUMP)
        before = {account: faulty.acknowledged for account, faulty in self.connectors.items()}
        self._others.clear()
        self.oracle.begin()
        # Nobody could tell a lie from the truth where the ledger or the collection is not what it was.
        self.plan.barred = frozenset({Fault.LYING_EMPTY}) if self.oracle.unsettled else frozenset()
        report: PassReport | None = None
        try:
            report = self._cycle.run()
        except Killed:
            self.say("  the daemon died")
            self.start()
        except LedgerError as error:
            self.say(f"  {error.condition}")
        for faulty in self.connectors.values():
            faulty.truthful()
        whole = report is not None and not any(s.error or s.elsewhere for s in report.spokes)
        clean = self.plan.struck.total() == struck and not self._jump and not jumped
        if not (clean and whole):
            self.oracle.believe_deleted()
        self.oracle.settled()
        if report is not None:
            self.doubted = report.doubted
            acks = {
                a: faulty.acknowledged - before[a] - self._others[a] for a, faulty in self.connectors.items()
            }
            self.oracle.reported(report, acks, clean=clean)
            if clean:
                self.oracle.frozen(report, self.plan.revoked)
            self._say_report(report)
        self.passes += 1
        if self._keeping:
            self.backups.append(self.ledger.state())
        return report

    def _say_report(self, report: PassReport) -> None:
        for spoke in report.spokes if self.saying else ():
            facts = ", ".join(f"{e.kind} {e.task or e.bundle}/{e.occurrence}" for e in spoke.facts)
            held = f" held: {spoke.held.reason} {sorted(spoke.held.waiting)}" if spoke.held else ""
            error = (
                f" error: {spoke.error or spoke.applied.error}" if spoke.error or spoke.applied.error else ""
            )
            if facts or held or error:
                self.say(f"  {spoke.spoke.name}: {facts}{held}{error}")

    def _jump_of(self, event: Run) -> dt.timedelta:
        for strike in event.strikes:
            if strike.fault is Fault.CLOCK_JUMP:
                self.plan.struck[Fault.CLOCK_JUMP] += 1
                return dt.timedelta(days=(3, -3, 40, 365, -365)[strike.pick % 5])
        return dt.timedelta()

    def _daemon(self, name: str, restored: bool) -> Cycle:
        numbers = iter(range(10**6))
        return Cycle(
            self.ledger,
            HOUSE,
            self.lines,
            clock=lambda: self.now + self._jump,
            tell=lambda _: None,
            horizon=HORIZON,
            restored=restored,
            doubted=self.doubted,
            holder=Holder(name, lambda other, _age: other in self._alive),
            name_run=lambda _: f"{name}-{next(numbers)}",
            parallel=False,
        )

    def _kill(self, _strike: Strike) -> None:
        raise Killed

    def _second(self, _strike: Strike) -> None:
        """The other daemon makes a whole pass, here and now."""
        self.say("  the second daemon runs")
        if self._other is None:
            self._other = self._daemon("second", False)
        before = {account: faulty.acknowledged for account, faulty in self.connectors.items()}
        with self.calm(), suppress(LedgerError):
            self._say_report(self._other.run())
        for account, faulty in self.connectors.items():
            self._others[account] += faulty.acknowledged - before[account]
        self.say("  the second daemon is through")

    @contextmanager
    def calm(self) -> Iterator[None]:
        """Nothing strikes."""
        before, self.plan.paused = self.plan.paused, True
        try:
            yield
        finally:
            self.plan.paused = before

    # Between daemon and providers.

    def _connect(self, account: str) -> Faulty:
        provider = self.providers[account]
        context = Context(ZONE, str, lambda text: ours(text) is not None)
        provider.clock = lambda: self.now
        provider.before_write = partial(self._before_write, account)
        provider.after_write = partial(self._after_write, account)
        inner: Connector = MemoryConnector(Settings(), context, provider)
        return Faulty(inner, self.plan, account)

    def _announce_meddling(self, strike: Strike) -> None:
        self._meddling = strike

    def _before_write(self, account: str, operation: Operation) -> None:
        self.oracle.about_to_write(account, operation)
        strike, self._meddling = self._meddling, None
        if strike is not None and self._meddler is not None:
            self._meddler(self, account, operation, strike.pick)

    def _after_write(self, account: str, operation: Operation, was: Item | None, outcome: Outcome) -> None:
        if self.saying:
            said = type(outcome).__name__ if operation.uid else ""
            fields = ",".join(sorted(getattr(operation, "fields", ())))
            self.say(f"  {account} {type(operation).__name__} {fields} {operation.uid} -> {said}")
        self.oracle.written(self.spokes, account, operation, was, outcome)
