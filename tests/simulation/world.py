"""The world of a history: providers in memory, the daemon, the clock, and what befalls them.

It starts from a prepared state, so that a history costs only what happens in it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache, partial

from syncer.connector import Capability, Connector, Context, Operation, Outcome, Settings
from syncer.core.fold import Memory
from syncer.core.model import Item, Kind, Status
from syncer.core.notice import identity_of
from syncer.core.ownership import define
from syncer.core.spoke import Spoke
from syncer.engine.cycle import Cycle, Line
from syncer.engine.holder import Holder
from syncer.engine.report import PassReport
from syncer.ledger import record
from syncer.ledger.store import LedgerError
from syncer.testing.faults import Fault, Plan, Strike
from syncer.testing.faulty import Faulty
from syncer.testing.manners import Manner
from syncer.testing.memory import MemoryConnector, Provider, Shelf
from tests.simulation.events import Run
from tests.simulation.household import (
    BUNDLES,
    HORIZON,
    HOUSE,
    START,
    TASKS,
    ZONE,
    manner_of,
    ours,
    spokes_of,
)
from tests.simulation.oracle import Oracle
from tests.simulation.shelter import ledger
from tests.simulation.trash import Trash

Meddler = Callable[["World", str, Operation, int], None]


class Killed(BaseException):
    """The daemon's process dies here."""


class World:
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
        self.now = START
        self.trace: list[str] = []
        self.saying, self._meddler = saying, meddler
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
        self.spokes = spokes_of(shape, manner)
        self.providers = {
            account: Provider(manner_of(self.spokes, account, manner))
            for account in dict.fromkeys(spoke.account for spoke in self.spokes)
        }
        self.connectors = {account: self._connect(account) for account in self.providers}
        self.lines = [Line(spoke, self.connectors[spoke.account]) for spoke in self.spokes]
        self.away: dict[str, tuple[str, Shelf]] = {}
        self.oracle = Oracle(self.ledger, self.say)
        self.trash = Trash()
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
        manners = tuple(provider.manner for provider in self.providers.values())
        state, shelves = _prepared(shape, manners, manner) if not fresh else (_defined(), {})
        self.ledger.lay(state)
        for account, kept in shelves.items():
            self.providers[account].shelves = _copied(kept)
        if not fresh:
            self.later(minutes=10)

    def say(self, text: str) -> None:
        """Add a line to the trace."""
        if self.saying:
            self.trace.append(f"{self.now:%m-%d %H:%M} {text}")

    def later(self, hours: float = 0, minutes: float = 0) -> None:
        """Time passes."""
        self.now += dt.timedelta(hours=hours, minutes=minutes)

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

    # The providers.

    def shelf(self, spoke: Spoke) -> Shelf | None:
        """A collection, None while it is not there."""
        for shelf in self.providers[spoke.account].shelves.values():
            if shelf.collection.name == spoke.collection:
                return shelf
        return None

    def take_away(self, spoke: Spoke, shelf: Shelf) -> None:
        """The collection is not there for a while."""
        del self.providers[spoke.account].shelves[shelf.collection.ref]
        self.away[spoke.name] = (shelf.collection.ref, shelf)
        self.oracle.unsettle(spoke)

    def bring_back(self, spoke: Spoke) -> bool:
        """The collection is there again; whether it was away."""
        kept = self.away.pop(spoke.name, None)
        if kept is not None:
            self.providers[spoke.account].shelves[kept[0]] = kept[1]
            self.say(f"{spoke.name} is back")
        return kept is not None

    def tick_notice(self, held: Spoke, number: int) -> bool:
        """Tick the notice of a held plan, in whichever app it stands; whether it was there."""
        uid = identity_of(held, number).uid(HOUSE.id)
        for spoke in self.spokes:
            shelf = self.shelf(spoke)
            for ref, (_, item) in list(shelf.items.items()) if shelf else ():
                if shelf is not None and item.uid == uid:
                    event = item.kind is Kind.EVENT
                    ticked = (
                        replace(item, title=f"✓ {item.title}") if event else replace(item, status=Status.DONE)
                    )
                    shelf.put(ref, ticked)
                    return True
        return False

    def can(self, spoke: Spoke, capability: Capability) -> bool:
        """Whether a collection's provider can."""
        return capability not in spoke.lacks

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


def _copied(shelves: Mapping[str, Shelf]) -> dict[str, Shelf]:
    return {ref: shelf.copy() for ref, shelf in shelves.items()}


@cache
def _defined() -> bytes:
    """A ledger that knows the bundles and has met no app."""
    kept = ledger()
    kept.plan = Plan()
    kept.lay(kept.blank)
    with kept.write() as connection:
        for bundle in BUNDLES.values():
            tasks = [task for task in TASKS.values() if task.bundle == bundle.id]
            record.append(connection, HOUSE.id, define(bundle, tasks, Memory(), START, "sim"))
    return kept.state()


def _prepared(
    shape: int, manners: tuple[Manner, ...], pick: int
) -> tuple[bytes, dict[str, dict[str, Shelf]]]:
    """A ledger and apps after the first passes, once for each shape and kinds of providers."""
    if (shape, manners) not in _PREPARED:
        _PREPARED[shape, manners] = _prepare(shape, pick)
    return _PREPARED[shape, manners]


_PREPARED: dict[tuple[int, tuple[Manner, ...]], tuple[bytes, dict[str, dict[str, Shelf]]]] = {}


def _prepare(shape: int, manner: int) -> tuple[bytes, dict[str, dict[str, Shelf]]]:
    _defined()
    world = World(shape, manner, fresh=True)
    for _ in range(2):
        world.run(Run())
    assert not world.oracle.wrong, world.oracle.wrong
    shelves = {account: _copied(provider.shelves) for account, provider in world.providers.items()}
    return world.ledger.state(), shelves
