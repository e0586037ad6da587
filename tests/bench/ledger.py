"""What a long ledger and a large list cost: `python -m tests.bench.ledger`, or `make bench-ledger`.

Two ledgers of a million entries are made in bulk: `years`, ten of them as they usually go, and `rush`, in
which every completion falls into the four weeks of the audit. Each is audited in a process of its own. Then
passes run on the first of them in turn with passes on one of six weeks, the accounts in memory. Last, the
real daemon works on large lists of a real server (`bounded`).

`--json FILE` writes one flat object. Keys, where LEDGER is years or rush and PASS one of quiet, tick (one
item was ticked off):

    LEDGER.audit_s, .work_s       the whole process; the audit alone, once the ledger is open; medians
    LEDGER.audit_mib, .idle_mib   the most it holds over what it held before; that
    LEDGER.completions, .ledger_mib
    pass.PASS.long_ms, .short_ms, .per_short    medians; the last one of ratios within a pair
    pass.first.long_ms, .short_ms               the first pass, which puts 240 items up
    bounded.SIZE.PASS_s, .PASS_mib, .idle_mib   CPU and memory of one pass over SIZE items; see `bounded`
    bounded.PASS.doubled          CPU of the largest size beside half of it: 2 is linear
    entries, bench_s
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from syncer import clock
from syncer.app import LEDGER_FILE
from tests.bench import bounded, household
from tests.bench.bulk import make_ledger
from tests.bench.figures import Figures, Target
from tests.bench.measure import BenchError, measure, module
from tests.bench.servers import USERS
from tests.bench.years import DONE, FOUR_WEEKS, Years

ENTRIES = 1_000_000
SHORT = 12_000
"""Entries of the ledger that is compared with: the weeks that a pass looks back over, and some days."""
AUDITS = 3
"""At most so many audits of each ledger: they differ little."""

TARGETS = (
    *(
        target
        for name, title in (("years", "Audit of the ledger"), ("rush", "Audit, all of it in four weeks"))
        for target in (
            Target(f"{name}.work_s", f"{title}: s", 5),
            Target(f"{name}.audit_s", f"{title}: whole process, s", 5),
            Target(f"{name}.audit_mib", f"{title}: MiB over idle", 64),
        )
    ),
    Target("pass.quiet.per_short", "Pass without changes, per one on six weeks", 1.25),
    Target("pass.tick.per_short", "Pass after a tick, per one on six weeks", 1.25),
    *(
        target
        for name, title in (("found", "taken up"), ("compared", "compared"), ("changed", "read again"))
        for target in (
            Target(f"bounded.{max(bounded.SIZES)}.{name}_mib", f"2,000 items {title}: MiB over idle", 62),
            Target(f"bounded.{name}.doubled", f"2,000 items {title}, per 1,000: CPU", 2.5),
        )
    ),
)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ledger", description=__doc__.split(":")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures as one object")
    parser.add_argument("--entries", type=int, default=ENTRIES, help=f"of each long ledger ({ENTRIES})")
    parser.add_argument("--rounds", type=int, default=15, help="pairs of passes (15), and at most 3 audits")
    parser.add_argument("--only", choices=("ledger", "bounded"), help="only this half")
    return parser.parse_args(given)


def say(text: str) -> None:
    """One line of progress, apart from the result."""
    print(text, file=sys.stderr, flush=True)


def make(folder: Path, years: Years) -> tuple[Path, Path]:
    """A configuration and the state folder of a household with these years; no server is behind it."""
    config = household.write_config(folder, "http://127.0.0.1:9/", dict.fromkeys(USERS, "unused"), "bench")
    state = folder / "state"
    household.fill_ledger(config, state, 0)
    begun = time.monotonic()
    make_ledger(state / LEDGER_FILE, "bench", years)
    took = time.monotonic() - begun
    say(f"Ledger `{folder.name}`: {years.facts} entries of {years.days} days, made in {took:.0f} s")
    return config, state


def measure_ledgers(folder: Path, entries: int, rounds: int) -> Figures:
    """Audits of both long ledgers, and passes on one of them."""
    now = clock.now()
    long = make(folder / "years", Years(entries, now))
    rush = make(folder / "rush", Years(entries, now, [DONE], recorded_in=FOUR_WEEKS))
    short = make(folder / "short", Years(min(SHORT, entries), now))
    found: Figures = {}
    for name, place in (("years", long), ("rush", rush)):
        found |= {f"{name}.{key}": value for key, value in audits(*place, min(rounds, AUDITS)).items()}
        found[f"{name}.ledger_mib"] = (place[1] / LEDGER_FILE).stat().st_size / 2**20
        say(f"Audit of `{name}`: {found[f'{name}.work_s']:.2f} s, {found[f'{name}.audit_mib']:.1f} MiB")
    told = {"long": list(map(str, long)), "short": list(map(str, short)), "pairs": rounds}
    said = measure(module("onledger", "passes", json.dumps(told))).said
    return found | {f"pass.{key}": float(value) for key, value in said.items()}


def audits(config: Path, state: Path, times: int) -> Figures:
    """Medians of some audits of a ledger, each in a process of its own."""
    told = json.dumps({"config": str(config), "state": str(state)})
    costs = [measure(module("onledger", "audit", told)) for _ in range(times)]
    found = {key: statistics.median(float(cost.said[key]) for cost in costs) for key in costs[0].said}
    return found | {"audit_s": statistics.median(cost.process_s for cost in costs)}


def table(found: Mapping[str, float]) -> list[str]:
    """The figures that have a target, as a person reads them."""
    rows = [target for target in TARGETS if target.key in found]
    width = max(len(target.title) for target in rows)
    lines = [f"{'Figure':<{width}}      seen    wanted"]
    for target in rows:
        word = "" if target.met(found[target.key]) else "  not met"
        lines.append(f"{target.title:<{width}}  {found[target.key]:8.2f}  ≤ {target.limit:<5g}{word}")
    return lines


def main(given: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 where a measurement failed. A target that is not met is no failure."""
    told = arguments(given)
    begun = time.monotonic()
    found: Figures = {}
    try:
        with tempfile.TemporaryDirectory(prefix="evenhold-bench-") as place:
            if told.only != "bounded":
                found |= measure_ledgers(Path(place), told.entries, told.rounds)
            if told.only != "ledger":
                found |= bounded.measure_sizes(Path(place), bounded.SIZES, say)
    except BenchError as error:
        say(f"The measurement stopped: {error}")
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130
    print("\n".join(table(found)))
    if told.json is not None:
        more = {"entries": told.entries, "bench_s": time.monotonic() - begun}
        rounded = {key: round(value, 4) for key, value in (found | more).items()}
        told.json.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
