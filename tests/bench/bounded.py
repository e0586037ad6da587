"""One pass over many items of ours among five times as many strange ones: real Radicale, the real daemon.

The daemon is started for one pass of each kind. `idle`: on a list of ten items, which gives what it holds
when it has little to do. `found`: on a ledger that knows nothing yet of the items that stand there already,
so that each is read and taken up. `compared`: everything is compared, and nothing changed. `changed`: the
server has touched each item, so that each is read again.

The items are put where the server keeps them: Radicale reads the whole list for each item that a client
creates (its check for a UID that is there already), so that sending them says little of the client. It need
not have them on disk either (`nofsync`).
"""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from connectors.caldav import bodies
from syncer.app import LEDGER_FILE
from tests.bench import household
from tests.bench.daemon import started
from tests.bench.login import HOST, Login
from tests.bench.measure import BenchError
from tests.bench.servers import NoFsync, Server, ask, make_collection, running

SIZES = (500, 1000, 2000)
STRANGE = 5
"""Strangers' items for each of ours."""
FEW = 10
"""Items of the household that the daemon is idle on."""
STORED = "radicale/collections/collection-root/ada"
LIST = "ada-bounded"
REST = 5.0
"""Seconds of rest before idle memory is read."""
TIMES = 3
"""Runs of each kind of pass, of which the median counts."""
PASSES = ("found", "compared", "changed")

_STRANGER = """\
BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Somebody//Else//EN\r
BEGIN:VTODO\r
UID:{uid}\r
DTSTAMP:20260101T120000Z\r
CREATED:20260101T120000Z\r
SUMMARY:Something of somebody else's, number {uid}\r
DESCRIPTION:A few words about it, as people write them, so that it is of a usual length.\r
DUE;VALUE=DATE:20260515\r
X-OTHER-APP:kept\r
END:VTODO\r
END:VCALENDAR\r
"""


@dataclass(frozen=True, slots=True)
class Run:
    """The daemon's first pass: its CPU seconds, and MiB resident after a rest, and at most.

    CPU time, because the wall clock's is the server's.
    """

    cpu_s: float
    idle_mib: float
    peak_mib: float


def measure_sizes(
    folder: Path, sizes: Sequence[int], say: Callable[[str], None], times: int = TIMES, rest: float = REST
) -> dict[str, float]:
    """`bounded.SIZE.PASS_s` and `_mib` over idle, medians; `bounded.PASS.doubled` of the two largest sizes.

    `rest` is how long the daemon is left alone, in seconds, before its idle memory is read.
    """
    found: dict[str, float] = {}
    for size in sizes:
        with running(NoFsync, folder / f"server-{size}") as server:
            home = Home(server, folder / f"of-{size}", size)
            idle = home.idle(rest)
            found[f"bounded.{size}.idle_mib"] = idle.idle_mib
            for name in PASSES:
                runs = [home.run(name, turn) for turn in range(times)]
                found[f"bounded.{size}.{name}_s"] = statistics.median(r.cpu_s for r in runs) - idle.cpu_s
                peak = statistics.median(r.peak_mib for r in runs)
                found[f"bounded.{size}.{name}_mib"] = peak - idle.idle_mib
        shown = (f"{name} {found[f'bounded.{size}.{name}_mib']:.1f} MiB" for name in PASSES)
        say(f"{size} items among {size * STRANGE}: {', '.join(shown)}")
    if len(sizes) > 1:
        half, whole = sorted(sizes)[-2:]
        for name in PASSES:
            seconds = [found[f"bounded.{size}.{name}_s"] for size in (whole, half)]
            found[f"bounded.{name}.doubled"] = seconds[0] / seconds[1]
    return found


class Home:
    """A household of so many items whose list stands among strangers' at a server."""

    def __init__(self, server: Server, folder: Path, size: int) -> None:
        self._server, self._size = server, size
        url, passwords = f"http://{HOST}:{server.port}/", dict(server.passwords)
        self._few = household.write_config(folder / "few", url, passwords, "few")
        household.fill_ledger(self._few, folder / "few" / "state", FEW)
        self._many = household.write_config(folder / "many", url, passwords, LIST.removeprefix("ada-"))
        self._new, self._state = folder / "new", folder / "many" / "state"
        household.fill_ledger(self._many, self._new, size)
        self._ours = household.wanted_bytes(self._many, self._new)
        make_collection(Login(server.port, "ada", passwords["ada"]), f"/ada/{LIST}/")
        self._put({f"stranger-{n:06}.ics": stranger(f"stranger-{n:06}") for n in range(size * STRANGE)})

    def idle(self, rest: float) -> Run:
        """The daemon with few items, at rest."""
        return run(self._few, rest)

    def run(self, name: str, turn: int) -> Run:
        """One of `PASSES`, for the time of that number."""
        if name == "found":
            shutil.rmtree(self._state, ignore_errors=True)
            shutil.copytree(self._new, self._state)
        if name != "compared":
            touched = f"X-TOUCHED:{name}-{turn}\r\nEND:VTODO".encode()
            self._put({file: body.replace(b"END:VTODO", touched) for file, body in self._ours.items()})
        warm(self._server)
        forget(self._state / LEDGER_FILE)
        found = run(self._many, 0)
        check(self._state / LEDGER_FILE, self._size)
        return found

    def _put(self, texts: Mapping[str, bytes]) -> None:
        """Put items where Radicale keeps a collection's."""
        for name, text in texts.items():
            (self._server.folder / STORED / LIST / name).write_bytes(text)


def stranger(uid: str) -> bytes:
    """An item that somebody else's app wrote."""
    return _STRANGER.format(uid=uid).encode()


def warm(server: Server) -> None:
    """Let the server read what is new, and write down that it did: its own work, minutes of it at first."""
    login = Login(server.port, "ada", server.passwords["ada"])
    body, given = bodies.sync_collection(None).encode(), {"Depth": "0", "Content-Type": "text/xml"}
    ask(login, "REPORT", f"/ada/{LIST}/", body, given, 600)


def forget(ledger: Path) -> None:
    """Let the ledger forget when it compared last, so that the next pass compares everything."""
    with closing(sqlite3.connect(ledger)) as connection, connection:
        connection.execute("UPDATE collection SET compared_at = NULL")


def check(ledger: Path, size: int) -> None:
    """All items stand, and nothing waits; raises BenchError."""
    with closing(sqlite3.connect(ledger)) as connection:
        rows = ("projection WHERE ended IS NULL", "hold", "quarantine", "intent")
        counts = [connection.execute(f"SELECT count(*) FROM {row}").fetchone()[0] for row in rows]
    if counts != [size, 0, 0, 0]:
        raise BenchError(f"of {size} items {counts} stand, are held, set aside, and were sent")


def run(config: Path, rest: float) -> Run:
    """Start the daemon, wait until its first pass is over, and stop it."""
    with started(config, config.parent / "state") as daemon:
        daemon.first_pass()
        cpu = daemon.cpu_s() - daemon.ready_cpu_s
        time.sleep(rest)
        memory = daemon.memory()
    return Run(cpu, memory["idle_mib"], memory["peak_mib"])
