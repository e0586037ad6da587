"""What is done with a long ledger, in a process of its own: `audit` once, or `passes` beside a short one's.

Arguments as JSON; the answer is one line of JSON. Accounts are in memory, so that a pass is the ledger's and
the engine's work alone.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from syncer import clock
from syncer.app import App, open_app
from syncer.commands.audit import audit_now
from syncer.connector import Context, Settings
from syncer.core.identity import read_uid
from syncer.core.model import Status
from syncer.engine.cycle import Cycle, Line
from syncer.engine.happenings import Happening
from syncer.engine.report import PassReport
from syncer.report import to_json
from syncer.testing.memory import MemoryConnector, Provider

Figures = dict[str, float]
QUIET = 5
"""Passes without changes in a row, of which the quickest counts: each takes a few milliseconds."""


def audit(config: Path, state: Path) -> Figures:
    """What `evenhold audit --json` does once the ledger is open: seconds, and MiB over those before."""
    app = open_app(config, state, online=False)
    try:
        idle = begin_peak()
        start = time.perf_counter()
        report = audit_now(app)
        json.dumps(to_json(report))
        work = time.perf_counter() - start
        more = kib("VmHWM") - idle
    finally:
        app.close()
    return {
        "work_s": work,
        "idle_mib": idle / 1024,
        "audit_mib": more / 1024,
        "completions": report.completions,
    }


def kib(name: str) -> int:
    """A figure of this process (proc(5), status)."""
    lines = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    return next(int(words[1]) for words in lines if words[0] == f"{name}:")


def begin_peak() -> int:
    """What this process holds, in KiB; from now on VmHWM counts anew (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")
    return kib("VmRSS")


class Desk:
    """A household at work on its ledger, with a list in memory for each partner, and a person at one."""

    def __init__(self, config: Path, state: Path) -> None:
        self._app = open_app(config, state, online=False)
        self._providers: dict[str, Provider] = {}
        lines = [self._line(line) for line in self._app.lines]
        self._cycle = Cycle(
            self._app.ledger, self._app.config.household, lines, clock=clock.now, tell=_unheard
        )

    def _line(self, line: Line) -> Line:
        app: App = self._app
        context = Context(
            zone=app.config.household.partners[line.spoke.partner].zone,
            secret=str,
            claims=lambda uid: read_uid(uid, app.household) is not None,
            stopping=lambda: False,
        )
        provider = self._providers.setdefault(line.spoke.account, Provider())
        connector = MemoryConnector(Settings(), context, provider)
        return Line(replace(line.spoke, lacks=frozenset()), connector)

    def run(self) -> PassReport:
        """A pass, which must reach all."""
        report = self._cycle.run()
        if not report.ok:
            raise SystemExit(f"the pass went wrong: {[spoke.error for spoke in report.spokes]}")
        return report

    def quiet(self) -> None:
        """A pass that finds nothing."""
        if any(spoke.facts or spoke.applied.acknowledged for spoke in self.run().spokes):
            raise SystemExit("the pass without changes had changes")

    def ticked(self) -> None:
        """The pass after a tick."""
        if sum(len(spoke.facts) for spoke in self.run().spokes) != 1:
            raise SystemExit("the tick did not come to one fact")

    def tick(self) -> None:
        """A person ticks an item off."""
        [shelf] = self._providers["ada"].shelves.values()
        item = next(item for _, item in shelf.items.values() if item.status is Status.OPEN)
        self._providers["ada"].edit(shelf.collection.name, item.uid, status=Status.DONE, percent=100)

    def close(self) -> None:
        """Close the ledger."""
        self._app.close()


def _unheard(_: Happening) -> None:
    """Nobody watches."""


def passes(long: tuple[Path, Path], short: tuple[Path, Path], pairs: int) -> Figures:
    """Passes on both ledgers in turn: medians in milliseconds, and of the ratios within a pair."""
    desks = [Desk(*long), Desk(*short)]
    found: Figures = {}
    try:
        idle = begin_peak()
        first = [timed(desk.run) for desk in desks]
        found["first.long_ms"], found["first.short_ms"] = first
        taken: dict[str, list[list[float]]] = {"quiet": [], "tick": []}
        for number in range(pairs):
            turn = desks if number % 2 else desks[::-1]
            for desk in desks:
                desk.quiet()  # once more is asked what is wanted, now that all of it stands
            quiet = {desk: min(timed(desk.quiet) for _ in range(QUIET)) for desk in turn}
            for desk in turn:
                desk.tick()
            ticked = {desk: timed(desk.ticked) for desk in turn}
            taken["quiet"].append([quiet[desk] for desk in desks])
            taken["tick"].append([ticked[desk] for desk in desks])
        found["more_mib"] = (kib("VmHWM") - idle) / 1024
    finally:
        for desk in desks:
            desk.close()
    for name, rows in taken.items():
        found[f"{name}.long_ms"], found[f"{name}.short_ms"] = map(statistics.median, zip(*rows, strict=True))
        found[f"{name}.per_short"] = statistics.median(row[0] / row[1] for row in rows)
    return found


def timed(work: Callable[[], object]) -> float:
    """The milliseconds that something takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Print the figures as one line of JSON."""
    told = json.loads(sys.argv[2])
    if sys.argv[1] == "audit":
        found = audit(Path(told["config"]), Path(told["state"]))
    else:
        long, short = ((Path(config), Path(state)) for config, state in (told["long"], told["short"]))
        found = passes(long, short, told["pairs"])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
