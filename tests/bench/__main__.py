"""`python -m tests.bench`: runs the cases, prints the tables, writes the figures."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.bench import household
from tests.bench.daemon import measure_daemon
from tests.bench.figures import figures, report
from tests.bench.login import HOST
from tests.bench.measure import BenchError
from tests.bench.requests import measure_requests
from tests.bench.rounds import CASES, Case, Running, Taken, benches
from tests.bench.servers import Radicale, fsync_ms, running

LIBRARIES = (
    "evenhold", "caldav", "niquests", "icalendar", "SQLAlchemy", "radicale", "xandikos", "vdirsyncer",
)  # fmt: skip
LAST_ROUND = 500.0
"""Seconds after which no further round begins, so that the whole stays below ten minutes."""


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure what Evenhold costs.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures as one object")
    parser.add_argument("--rounds", type=_positive, default=3, help="rounds, as far as ten minutes allow (3)")
    parser.add_argument("--items", type=_items, default=500, help="items of the first push (500)")
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="only cases whose name begins so (radicale, nofsync.50ms, xandikos, ...), daemon or requests",
    )
    return parser.parse_args(given)


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 20:
        raise argparse.ArgumentTypeError("1 to 20")
    return number


def _items(text: str) -> int:
    number = int(text)
    if not 10 <= number <= 5000:
        raise argparse.ArgumentTypeError("10 to 5000: ten of them are edited")
    return number


def say(text: str) -> None:
    """One line of progress, apart from the result."""
    print(text, file=sys.stderr, flush=True)


def run(wanted: Sequence[Case], folder: Path, items: int, rounds: int, until: float) -> list[Taken]:
    """All cases, round by round in turn; no round begins that would end after `until` (monotonic)."""
    with benches(wanted, folder, items) as found:
        cases = [Running(bench, say) for bench in found]
        lasted: dict[Running, float] = {}
        for number in range(rounds):
            for case in cases:
                begun = time.monotonic()
                # The first round is longer than the others, so it is a safe guess of them.
                if number and begun + lasted[case] * len(case.bench.case.later) / 3 > until:
                    continue
                case.round()
                lasted.setdefault(case, time.monotonic() - begun)
        for case in cases:
            case.quiet()
        return [case.taken for case in cases]


def run_daemon(folder: Path, items: int) -> dict[str, float]:
    """The daemon's figures, on a server of its own."""
    with running(Radicale, folder / "daemon-server") as server:
        url = f"http://{HOST}:{server.port}/"
        config = household.write_config(folder / "daemon", url, dict(server.passwords), "daemon")
        household.fill_ledger(config, folder / "daemon" / "state", items)
        found = measure_daemon(config, folder / "daemon" / "state", starts=4)
        say(f"Daemon: {found['daemon.idle_mib']:.1f} MiB idle, ready in {found['daemon.ready_s']:.2f} s")
        return found


def run_requests(folder: Path, items: int) -> dict[str, float]:
    """How many requests the emulated providers are asked."""
    found = measure_requests(folder / "requests", items)
    say("Requests: " + ", ".join(f"{key.removeprefix('requests.')} {count}" for key, count in found.items()))
    return found


def machine(folder: Path, load_before: float) -> dict[str, float | str]:
    """What the figures were taken on."""
    found: dict[str, float | str] = {
        "machine.cpus": len(os.sched_getaffinity(0)),
        "machine.fsync_ms": fsync_ms(folder),
        "machine.load_before": load_before,
        "machine.load_after": os.getloadavg()[0],
        "machine.python": platform.python_version(),
        "machine.system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }
    for name in LIBRARIES:
        try:
            found[f"machine.version.{name.lower()}"] = version(name)
        except PackageNotFoundError:
            continue
    return found


def write(file: Path, found: Mapping[str, float | str]) -> None:
    """The figures as one object, four decimals."""
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in found.items()}
    file.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")


def main(given: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 where a measurement failed. A target that is not met is no failure."""
    told = arguments(given)
    names = tuple(told.only or ("",))
    wanted = [case for case in CASES if case.name.startswith(names)]
    daemon = any("daemon".startswith(name) for name in names)
    asked = any("requests".startswith(name) for name in names)
    if not wanted and not daemon and not asked:
        say(f"no case is named like {', '.join(names)}; there are " + ", ".join(c.name for c in CASES))
        return 2
    begun, load = time.monotonic(), os.getloadavg()[0]
    try:
        with tempfile.TemporaryDirectory(prefix="evenhold-bench-") as place:
            more = run_daemon(Path(place), told.items) if daemon else {}
            more |= run_requests(Path(place), told.items) if asked else {}
            taken = run(wanted, Path(place), told.items, told.rounds, begun + LAST_ROUND) if wanted else []
            facts = machine(Path(place), load)
    except BenchError as error:
        say(f"The measurement stopped: {error}")
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130
    found = figures(taken) | more
    print("\n".join(report(found, taken, facts)))
    if told.json is not None:
        counts = {"items": told.items, "rounds": told.rounds, "bench_s": time.monotonic() - begun}
        write(told.json, {**found, **counts, **facts})
    return 0


if __name__ == "__main__":
    sys.exit(main())
