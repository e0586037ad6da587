"""`python -m tests.crash`: cuts and kills, their figures, and 1 where anything was lost or doubled."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.crash.cuts import cut_all
from tests.crash.figures import Cuts, Kills, figures
from tests.crash.kills import kill_often
from tests.crash.theatre import CONNECTORS
from tests.servers import SERVERS

PARTS = 2
"""How many processes work at once: as many as the machine that this was written for has cores."""


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.crash", description="Cut a run everywhere, and kill the daemon often."
    )
    parser.add_argument("--kills", type=int, default=200, metavar="N", help="kills over both servers (200)")
    parser.add_argument("--connectors", default=",".join(CONNECTORS), help="of " + ", ".join(CONNECTORS))
    parser.add_argument("--seed", type=int, default=1, help="what the kills are drawn from (1)")
    parser.add_argument("--every", action="store_true", help="cut boundaries with no IO between them each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures as one object")
    told = parser.parse_args(given)
    told.connectors = [name for name in told.connectors.split(",") if name]
    if wrong := [name for name in told.connectors if name not in CONNECTORS]:
        parser.error(f"no connector is named {wrong[0]}; there are {', '.join(CONNECTORS)}")
    if told.kills < 0:
        parser.error("--kills takes a number from 0 on")
    return told


def run_cuts(pool: ProcessPoolExecutor, connectors: Sequence[str], every: bool) -> list[Cuts]:
    """Every connector's cuts, in parts side by side."""
    begun = {
        name: [
            pool.submit(cut_all, name, part, PARTS, every=every or name == "memory") for part in range(PARTS)
        ]
        for name in connectors
    }
    found = []
    for parts in begun.values():
        first, *others = [part.result() for part in parts]
        for other in others:
            first.add(other)
        found.append(first)
        say(
            f"Cuts, {first.connector}: {first.cut} of {first.wanted}; {first.boundaries} boundaries in"
            f" {first.gaps} gaps between IO, {first.operations} operations,"
            f" {len(first.violations)} violations, {first.seconds:.0f} s"
        )
    return found


def run_kills(pool: ProcessPoolExecutor, servers: Sequence[str], kills: int, seed: int) -> list[Kills]:
    """The kills, shared out over the servers side by side."""
    shares = [kills // len(servers) + (index < kills % len(servers)) for index in range(len(servers))]
    begun = [
        pool.submit(kill_often, server, share, seed, progress=True)
        for server, share in zip(servers, shares, strict=True)
        if share
    ]
    found = [future.result() for future in begun]
    for each in found:
        aims = ", ".join(f"{count} {aim}" for aim, count in sorted(each.aims.items()))
        proofs = ", ".join(f"{name} {count}" for name, count in sorted(each.proofs.items()))
        say(
            f"Kills, {each.server}: {each.kills} ({aims}); proven between write and commit: {each.proven}"
            f" ({proofs}); {each.starts} starts, {each.ticks} ticks made and {each.counted} counted,"
            f" {each.deletions} deletions; {len(each.violations)} violations, {each.seconds:.0f} s"
        )
    return found


def say(text: str) -> None:
    """One line of the result."""
    print(text, flush=True)


def write(file: Path, found: Mapping[str, Any]) -> None:
    """The figures, sorted by name."""
    file.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def main(given: Sequence[str] | None = None) -> int:
    """Run both; 1 where something is not as it must be."""
    told = arguments(given)
    begun = time.monotonic()
    try:
        with ProcessPoolExecutor(PARTS, mp_context=get_context("spawn")) as pool:
            cuts = run_cuts(pool, told.connectors, told.every)
            servers = [name for name in told.connectors if name in SERVERS]
            kills = run_kills(pool, servers, told.kills, told.seed) if servers and told.kills else []
    except KeyboardInterrupt:
        say("Stopped.")
        return 130
    violations = [what for cut in cuts for what in cut.violations]
    violations += [what for kill in kills for what in kill.violations]
    found = figures(cuts, kills) | {"seconds": round(time.monotonic() - begun, 1)}
    for what in violations[:40]:
        say(f"  {what}")
    say(f"{len(violations)} violations in {found['seconds']:.0f} s")
    if told.json is not None:
        write(told.json, found)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
