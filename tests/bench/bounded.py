"""One pass over many items of ours among five times as many strange ones: real Radicale, the real daemon.

For each size the daemon is started four times. `idle`: on a list of ten items, which gives what it holds
when it has little to do. `found`: on a ledger that knows nothing yet of the items that stand there already,
so that each is read and taken up. `compared`: everything is compared, and nothing changed. `changed`: the
server has touched each item, so that each is read again.

The items are put where the server keeps them: Radicale reads the whole list for each item that a client
creates (its check for a UID that is there already), so that sending them says little of the client. It need
not have them on disk either (`nofsync`).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from connectors.caldav import bodies
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
    """One run of the daemon: CPU seconds to the end of its first pass, MiB resident at rest, and at most."""

    cpu_s: float
    idle_mib: float
    peak_mib: float


def measure_sizes(
    folder: Path, sizes: Sequence[int], say: Callable[[str], None], rest: float = REST
) -> dict[str, float]:
    """`bounded.SIZE.PASS_s` and `_mib` over idle; of three sizes `bounded.PASS.growth`.

    `rest` is how long the daemon is left alone, in seconds, before its idle memory is read.
    """
    found: dict[str, float] = {}
    for size in sizes:
        with running(NoFsync, folder / f"server-{size}") as server:
            runs = _runs(server, folder / f"of-{size}", size, rest)
        idle = runs["idle"]
        found[f"bounded.{size}.idle_mib"] = idle.idle_mib
        for name in PASSES:
            # Seconds and MiB of the pass alone: the idle run has paid the start. CPU time, because the wall
            # clock's is the server's.
            found[f"bounded.{size}.{name}_s"] = runs[name].cpu_s - idle.cpu_s
            found[f"bounded.{size}.{name}_mib"] = runs[name].peak_mib - idle.idle_mib
        shown = (f"{name} {found[f'bounded.{size}.{name}_mib']:.1f} MiB" for name in PASSES)
        say(f"{size} items among {size * STRANGE}: {', '.join(shown)}")
    if len(sizes) == 3:
        for name in PASSES:
            found[f"bounded.{name}.growth"] = growth(
                {size: found[f"bounded.{size}.{name}_s"] for size in sizes}
            )
    return found


def growth(seconds: Mapping[int, float]) -> float:
    """What each further item costs in the upper of two intervals beside the lower: 1 is linear.

    Where the sizes double, a cost that grows with their square comes to 2.
    """
    (small, few), (middle, some), (large, many) = sorted(seconds.items())
    return (many - some) / (large - middle) / ((some - few) / (middle - small))


def _runs(server: Server, folder: Path, size: int, rest: float) -> dict[str, Run]:
    url, passwords = f"http://{HOST}:{server.port}/", dict(server.passwords)
    few = household.write_config(folder / "few", url, passwords, "few")
    household.fill_ledger(few, few.parent / "state", FEW)
    found = {"idle": run(few, rest)}
    many = household.write_config(folder / "many", url, passwords, LIST.removeprefix("ada-"))
    ledger = household.fill_ledger(many, many.parent / "state", size)
    make_collection(Login(server.port, "ada", passwords["ada"]), f"/ada/{LIST}/")
    stored = server.folder / STORED / LIST
    ours = household.wanted_bytes(many, many.parent / "state")
    put(stored, {f"stranger-{n:06}.ics": stranger(f"stranger-{n:06}") for n in range(size * STRANGE)})
    for name in PASSES:
        mark = b"X-TOUCHED:yes\r\nEND:VTODO" if name == "changed" else b"END:VTODO"
        if name != "compared":
            put(stored, {file: body.replace(b"END:VTODO", mark) for file, body in ours.items()})
        warm(server)
        forget(ledger)
        found[name] = run(many, rest)
        check(ledger, size)
    return found


def stranger(uid: str) -> bytes:
    """An item that somebody else's app wrote."""
    return _STRANGER.format(uid=uid).encode()


def put(collection: Path, bodies: Mapping[str, bytes]) -> None:
    """Put items where Radicale keeps a collection's."""
    for name, body in bodies.items():
        (collection / name).write_bytes(body)


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
        cpu = daemon.cpu_s()
        time.sleep(rest)
        memory = daemon.memory()
    return Run(cpu, memory["idle_mib"], memory["peak_mib"])
