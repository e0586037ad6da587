"""Evenhold as a client: a pass of the real engine over one list, in a process of its own.

`push` brings an empty list in step. `quiet` runs passes without changes, each beside the bare request that
it needs, and one after ten edits by a person. Arguments as JSON; the answer is one line of JSON.
"""

from __future__ import annotations

import http.client
import json
import re
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from syncer.app import LEDGER_FILE, App, open_app
from syncer.engine.happenings import Happening
from syncer.engine.report import PassReport
from syncer.ledger import bindings, projections

EDITED = 10


def _unheard(_: Happening) -> None:
    """Nobody watches."""


def push(config: Path, state: Path, items: int) -> dict[str, float | str]:
    """The first pass; `wall_s` is the pass alone, with the connector's lazy imports."""
    app = open_app(config, state)
    try:
        start = time.perf_counter()
        report = app.cycle(_unheard).run({"ada"})
        wall = time.perf_counter() - start
        made = report.spokes[0].applied.created
        if not report.ok or made != items:
            raise SystemExit(f"the pass made {made} of {items} items: {report.spokes[0].error}")
        return {"wall_s": wall, "collection": _binding(app).ref or ""}
    finally:
        app.close()


def _binding(app: App) -> bindings.Binding:
    with app.ledger.read() as connection:
        return bindings.binding(connection, app.household, _spoke(app))


def _spoke(app: App) -> Any:
    return next(line.spoke for line in app.lines if line.spoke.account == "ada")


def timed(work: Callable[[], object]) -> float:
    """The seconds that something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Bare:
    """The request that a pass without changes can't do without, on a connection that is kept."""

    def __init__(self, port: int, headers: Mapping[str, str], path: str, token: str) -> None:
        from connectors.caldav import bodies

        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Content-Type": "text/xml; charset=utf-8", "Depth": "0", **headers}
        self._path, self._body = path, bodies.sync_collection(token).encode()

    def __call__(self) -> None:
        """Send it and read the answer."""
        self._connection.request("REPORT", self._path, self._body, self._headers)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 207:
            raise SystemExit(f"the bare REPORT was answered {answer.status}")


class Ledger:
    """Sees whether anybody writes to the ledger: its commits, from a connection of our own, and its files."""

    def __init__(self, state: Path) -> None:
        self._file = state / LEDGER_FILE
        self._connection = sqlite3.connect(self._file)
        self._before = self._now()

    def writes(self) -> int:
        """How many of the three signs changed: data_version (sqlite.org/pragma.html), file, log."""
        return sum(a != b for a, b in zip(self._before, self._now(), strict=True))

    def _now(self) -> tuple[object, ...]:
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version, *(_stamp(Path(f"{self._file}{end}")) for end in ("", "-wal"))


def _stamp(file: Path) -> object:
    if not file.exists():
        return None
    found = file.stat()
    return found.st_size, found.st_mtime_ns


def quiet(config: Path, state: Path, told: Mapping[str, Any]) -> dict[str, float | str]:
    """Passes without changes, then one after edits. Ratios are medians over pairs."""
    from tests.bench.login import Login
    from tests.bench.servers import Front

    login, front = Login(told["port"], told["user"], told["password"]), Front(told["port"], told["control"])
    app = open_app(config, state)
    try:
        cycle = app.cycle(_unheard)
        for _ in range(2):  # connections are made, and what is not in step would be brought there
            _settled(cycle.run({"ada"}))
        bound = _binding(app)
        bare = Bare(login.port, login.headers, bound.ref or "", bound.cursor or "")
        found = _pairs(cycle.run, bare, state, int(told["pairs"]))
        front.take()
        _settled(cycle.run({"ada"}))
        found |= {f"quiet.{name}": n for name, n in front.take().items() if name == "requests"}
        _edit(app, login)
        front.take()
        start = time.perf_counter()
        report = cycle.run({"ada"})
        found["changes.wall_ms"] = (time.perf_counter() - start) * 1000
        found |= {f"changes.{name}": n for name, n in front.take().items() if name == "requests"}
        found["changes.facts"] = sum(len(spoke.facts) for spoke in report.spokes)
        return found
    finally:
        app.close()


def _settled(report: PassReport) -> None:
    spoke = report.spokes[0]
    if not report.ok or spoke.applied.acknowledged or spoke.facts:
        raise SystemExit(f"the list was not in step: {spoke.error or spoke.steps[:1]}")


def _pairs(
    run: Callable[[set[str]], PassReport], bare: Callable[[], None], state: Path, pairs: int
) -> dict[str, float | str]:
    bare()
    ledger = Ledger(state)
    alone: list[float] = []
    passes: list[float] = []
    cpu = 0.0
    for number in range(pairs):
        for turn in (0, 1):
            if (number + turn) % 2:
                alone.append(timed(bare))
            else:
                before = time.process_time()
                passes.append(timed(lambda: _settled(run({"ada"}))))
                cpu += time.process_time() - before
    return {
        "quiet.wall_ms": statistics.median(passes) * 1000,
        "quiet.bare_ms": statistics.median(alone) * 1000,
        "quiet.per_bare": statistics.median(p / b for p, b in zip(passes, alone, strict=True)),
        "quiet.cpu_ms": cpu / pairs * 1000,
        "quiet.ledger_writes": ledger.writes(),
    }


def _edit(app: App, login: Any) -> None:
    """Ten edits as an app makes them: a line more in the notes of five, another due day for five."""
    from tests.bench.servers import ask

    with app.ledger.read() as connection:
        known = projections.known(connection, app.household, _spoke(app))
    for number, (ref, *_) in enumerate(list(known.values())[:EDITED]):
        _, headers, body = ask(login, "GET", ref)
        if number % 2:
            new = body.replace(b"\r\nDESCRIPTION:", b"\r\nDESCRIPTION:The neighbour has the key. ")
        else:
            new = re.sub(rb"(DUE;VALUE=DATE):\d{8}", rb"\1:20991231", body)
        given = {"Content-Type": "text/calendar; charset=utf-8", "If-Match": headers.get("etag", "*")}
        status, _, _ = ask(login, "PUT", ref, new, given)
        if new == body or status not in (201, 204):
            raise SystemExit(f"the edit of {ref} was answered {status}")


def main() -> None:
    """Print the figures as one line of JSON."""
    told = json.loads(sys.argv[2])
    config, state = Path(told["config"]), Path(told["state"])
    if sys.argv[1] == "push":
        found = push(config, state, told["items"])
    else:
        found = quiet(config, state, told)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
