"""Who holds an intent: the process that is about to send it, and whether that process still lives.

Two daemons may work on one ledger. An open intent of one that lives may be under way: nobody else looks it up
or sends beside it. One of a process that is gone is settled by whoever comes next.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

STALE = dt.timedelta(minutes=10)
"""After so long an intent of another host's counts as left behind: nobody here can ask whether it lives."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A name for the process at work, and how it tells whether another one, since a moment, is at work."""

    name: str
    lives: Callable[[str, dt.timedelta], bool]


def this_process() -> Holder:
    """This process, by host, boot and start, so that a number that is given out again is another's."""
    return Holder(_name(os.getpid()), _lives)


def _lives(name: str, age: dt.timedelta) -> bool:
    host, _, rest = name.partition("/")
    if host != socket.gethostname():
        return bool(name) and age < STALE
    pid = rest.rsplit("/", 1)[-1].partition(".")[0]
    return pid.isdigit() and _name(int(pid)) == name


def _name(pid: int) -> str:
    """`host/boot/pid.start`, the last two from proc(5); a process that is not there has no start."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        stat = Path(f"/proc/{pid}/stat").read_text()
        state, *fields = stat.rpartition(")")[2].split()
        start = "gone" if state in "ZX" else fields[18]  # a zombie sends nothing any more
    except (OSError, IndexError, ValueError):
        boot, start = "", "" if pid == os.getpid() else "gone"
    return f"{socket.gethostname()}/{boot}/{pid}.{start}"
