"""`python -m tests.simulation --seeds N`: play N histories and print what came of them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from syncer.testing.faults import Fault
from tests.simulation.chance import history
from tests.simulation.events import History
from tests.simulation.household import SHAPES, manner_of
from tests.simulation.play import Played, play
from tests.simulation.shrink import shrink
from tests.simulation.summary import Summary, run

SHOWN = 3
"""So many violations are shrunk and shown."""


def main() -> int:
    """Exit code 0 if no law was broken and no fault was rare."""
    options = _options()
    seeds = range(options.first, options.first + options.seeds)
    summary = run(seeds, workers=min(options.workers, options.seeds))
    print(_figures(summary))
    if options.json:
        Path(options.json).write_text(json.dumps(summary.to_data(), indent=2) + "\n")
    for seed in sorted(summary.wrong)[:SHOWN]:
        print(_story(shrink(play(history(seed)))))
    if options.trace:
        for seed in seeds:
            print(_story(play(history(seed)), whole=True))
    rare = summary.rare if options.seeds >= 1000 else []
    if rare:
        print(f"Too rare: {', '.join(rare)}")
    return 1 if summary.wrong or rare else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many histories")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=2, help="how many processes")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    parser.add_argument("--trace", action="store_true", help="print each history line by line")
    return parser.parse_args()


def _figures(summary: Summary) -> str:
    rate = summary.histories / summary.seconds if summary.seconds else 0
    lines = [
        f"{summary.histories} histories, {summary.passes} passes, {summary.seconds:.0f} s ({rate:.0f}/s)",
        f"{len(summary.wrong)} violations",
        *(f"  seed {seed}: {wrong}" for seed, wrong in sorted(summary.wrong.items())[:20]),
        "faults (times, histories):",
        *(f"  {fault:22}{summary.struck[fault]:8}{summary.hit[fault]:8}" for fault in Fault),
    ]
    return "\n".join(lines)


def _story(played: Played, *, whole: bool = False) -> str:
    """A history line by line, and how to play it again."""
    told = play(played.history, saying=True)
    shape = _scene(played.history)
    lines = [
        "",
        f"seed {played.history.seed}, {shape}: {told.wrong or 'all well'}",
        *told.trace,
    ]
    if not whole:
        lines += ["events:", *(f"  {event}" for event in played.history.events)]
        lines.append(f"again: python -m tests.simulation --first {played.history.seed} --seeds 1")
    return "\n".join(lines)


def _scene(history: History) -> str:
    spokes = SHAPES[history.shape].spokes
    accounts = dict.fromkeys(spoke.account for spoke in spokes)
    kinds = [f"{account} at {manner_of(spokes, account, history.manner).name}" for account in accounts]
    return ", ".join([SHAPES[history.shape].name, *kinds, *(["fresh"] if history.fresh else [])])


if __name__ == "__main__":
    sys.exit(main())
