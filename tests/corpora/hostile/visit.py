"""One visit to a hostile server in a process of its own, whose time and memory are measured.

`python -m tests.corpora.hostile.visit PORT` prints one JSON object: what was seen and set aside, and by how
many milliseconds and MiB the list with the hostile item cost more than the one without.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from syncer.connector import Collection, Context, Listing


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit found, and what it cost beyond a harmless one."""

    seen: int
    broken: dict[str, str]
    ms: float
    mib: float


def visit(port: int) -> Visit:
    """Visit in a child process."""
    command = [sys.executable, "-m", "tests.corpora.hostile.visit", str(port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return Visit(**json.loads(done.stdout))


def _peak() -> float:
    """The most memory that was held, in MiB; not `ru_maxrss`, in which a child starts with its parent's."""
    return int(re.findall(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[0]) / 1024


def _forget_peak() -> None:
    """From now on the peak is what is held now (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def _timed(pull: Callable[[Collection], Listing], collection: Collection) -> tuple[Listing, float]:
    began = time.perf_counter()
    listing = pull(collection)
    return listing, (time.perf_counter() - began) * 1000


def main() -> None:
    """Pull the harmless list until it costs the same each time, then the other one, once."""
    from connectors.caldav import CalDAV
    from connectors.caldav.settings import CalDAVSettings
    from syncer.core.identity import read_uid
    from tests.corpora.hostile.server import HARMLESS, LIST

    context = Context(dt.UTC, lambda: "secret", lambda text: read_uid(text, "home") is not None)
    connector = CalDAV(CalDAVSettings(url=f"http://127.0.0.1:{sys.argv[1]}", user="ada"), context)
    connector.transport.sleep = lambda seconds: None

    def pull(collection: Collection) -> Listing:
        return connector.pull(collection, None, {})

    before = min(_timed(pull, HARMLESS)[1] for _ in range(5))
    _forget_peak()
    peak = _peak()
    listing, ms = _timed(pull, LIST)
    broken = {bad.ref: bad.reason for bad in listing.broken}
    print(json.dumps(asdict(Visit(len(listing.seen), broken, ms - before, _peak() - peak))))
    connector.close()


if __name__ == "__main__":
    main()
