"""Cases and their rounds: which client runs when, against what, and what each run gave.

Nothing is computed here but sums of what was counted; medians and ratios are `figures`'.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from syncer.app import LEDGER_FILE
from tests.bench import household, vdir
from tests.bench.login import HOST, Login
from tests.bench.measure import BenchError, Cost, measure, module
from tests.bench.servers import (
    Front,
    NoFsync,
    Radicale,
    Server,
    Xandikos,
    ask,
    front,
    make_collection,
    remove_collection,
    running,
)

CLIENTS = ("raw1", "raw8", "vdirsyncer", "evenhold")
DELAY = 50
PAIRS = {0: 30, DELAY: 12}
"""Pairs of a quiet pass and its bare request, by delay."""


@dataclass(frozen=True, slots=True)
class Case:
    """A server and a delay, the clients of the first round, and those of all further ones.

    What a target compares runs in every round; what only takes long (a minute a round) runs in the first.
    """

    server: type[Server]
    delay_ms: int
    first: tuple[str, ...] = CLIENTS
    later: tuple[str, ...] = ("raw8", "evenhold")

    @property
    def name(self) -> str:
        """SERVER.DELAYms, as in the keys."""
        return f"{self.server.name}.{self.delay_ms}ms"

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.server.title}, {self.delay_ms} ms added" if self.delay_ms else self.server.title

    def clients(self, number: int) -> tuple[str, ...]:
        """The clients of a round (from 0), in an order that changes from round to round."""
        who = self.later if number else self.first
        turn = number % len(who)
        return (*who[turn:], *who[:turn])


CASES = (
    Case(Radicale, 0, later=("raw1", "evenhold")),
    Case(Radicale, DELAY),
    Case(NoFsync, DELAY, first=("raw8", "vdirsyncer", "evenhold")),
    Case(Xandikos, DELAY, first=("raw8", "vdirsyncer", "evenhold")),
)


@dataclass(slots=True)
class Run:
    """One client's run in one round; `counted` is empty without a proxy."""

    cost: Cost
    counted: dict[str, int] = field(default_factory=dict)


class Round(dict[str, Run]):
    """The runs of one round by client, in the order in which they ran."""


@dataclass(slots=True)
class Taken:
    """What a case gave: its rounds, and the figures of the quiet passes and of ten changes."""

    case: Case
    rounds: list[Round] = field(default_factory=list)
    quiet: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bench:
    """One case at work: a server that is up, and where clients find it."""

    case: Case
    server: Server
    front: Front
    folder: Path
    items: int

    @property
    def login(self) -> Login:
        """Through the proxy, if there is one."""
        return Login(self.front.port, "ada", self.server.passwords["ada"])

    @property
    def direct(self) -> Login:
        """Past the proxy, for what is not measured."""
        return Login(self.server.port, "ada", self.server.passwords["ada"])

    def config(self, folder: Path, tag: str) -> Path:
        """Evenhold's configuration for this server."""
        return household.write_config(
            folder, f"http://{HOST}:{self.front.port}/", dict(self.server.passwords), tag
        )


class Running:
    """A case whose rounds are run one by one, between those of others."""

    def __init__(self, bench: Bench, say: Callable[[str], None]) -> None:
        self.bench, self._say = bench, say
        self.taken = Taken(bench.case)
        template = bench.folder / "template"
        config = bench.config(template, "template")
        self._ledger = household.fill_ledger(config, template / "state", bench.items)
        self._items = template / "items"
        self._items.mkdir()
        bodies = household.wanted_bytes(config, template / "state")
        for name, body in bodies.items():
            (self._items / name).write_bytes(body)
        if len(bodies) != bench.items:
            raise BenchError(f"the household comes to {len(bodies)} items")

    def round(self) -> None:
        """The next round; what it leaves on the server is removed, but for Evenhold's list."""
        bench, number, done = self.bench, len(self.taken.rounds), Round()
        for client in bench.case.clients(number):
            done[client] = _run(bench, client, number, self._items, self._ledger)
            seconds = done[client].cost.wall_s
            self._say(f"{bench.case.title}, round {number + 1}, {client}: {seconds:.1f} s")
            if client != "evenhold":
                remove_collection(bench.direct, _collection(bench, client, number))
        self.taken.rounds.append(done)

    def quiet(self) -> None:
        """Passes without changes, and one after ten, on what Evenhold's last round left."""
        self.taken.quiet = _quiet(self.bench, len(self.taken.rounds) - 1)
        self._say(f"{self.bench.case.title}, quiet pass: {self.taken.quiet['quiet.wall_ms']:.1f} ms")


def _collection(bench: Bench, client: str, number: int) -> str:
    return f"{bench.server.home}{client}-{number}/"


def _run(bench: Bench, client: str, number: int, items: Path, ledger: Path) -> Run:
    folder = bench.folder / f"{client}-{number}"
    if client == "evenhold":
        command = _evenhold(bench, folder, number, ledger)
    else:
        collection = _collection(bench, client, number)
        make_collection(bench.direct, collection)
        if client == "vdirsyncer":
            command = vdir.prepare(folder, _copy(items, folder), bench.login, collection)
        else:
            command = _raw(bench.login, items, collection, int(client[-1]))
    bench.front.take()
    cost = measure(command)
    counted = bench.front.take()
    if client == "vdirsyncer":
        _check(bench, _collection(bench, client, number), bench.items)
    return Run(cost, counted)


def _copy(items: Path, folder: Path) -> Path:
    """vdirsyncer may write to its vdir; the others read the original."""
    copy = folder.with_name(f"{folder.name}-items")
    shutil.copytree(items, copy)
    return copy


def _check(bench: Bench, collection: str, items: int) -> None:
    """vdirsyncer's exit code says little: count what stands there."""
    body = b'<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
    _, _, said = ask(bench.direct, "PROPFIND", collection, body, {"Depth": "1", "Content-Type": "text/xml"})
    if (found := said.count(b".ics</")) != items:
        raise BenchError(f"vdirsyncer brought {found} of {items} items")


def _raw(login: Login, items: Path, collection: str, at_once: int) -> list[str]:
    told = {
        "port": login.port,
        "user": login.user,
        "password": login.password,
        "folder": str(items),
        "collection": collection,
        "at_once": at_once,
    }
    return module("raw", json.dumps(told))


def _evenhold(bench: Bench, folder: Path, number: int, ledger: Path) -> list[str]:
    config = bench.config(folder, f"{bench.case.delay_ms}-{number}")
    (folder / "state").mkdir(mode=0o700)
    shutil.copy(ledger, folder / "state" / LEDGER_FILE)
    told = {"config": str(config), "state": str(folder / "state"), "items": bench.items}
    return module("evenhold", "push", json.dumps(told))


def _quiet(bench: Bench, number: int) -> dict[str, float]:
    folder = bench.folder / f"evenhold-{number}"
    told = {
        "config": str(folder / "evenhold.toml"),
        "state": str(folder / "state"),
        "port": bench.front.port,
        "control": bench.front.control,
        "user": bench.login.user,
        "password": bench.login.password,
        "pairs": PAIRS[bench.case.delay_ms],
    }
    said = measure(module("evenhold", "quiet", json.dumps(told))).said
    return {name: float(value) for name, value in said.items()}


@contextmanager
def benches(wanted: Iterable[Case], folder: Path, items: int) -> Iterator[list[Bench]]:
    """The cases' servers, each started once, and their proxies; all up inside the block."""
    with ExitStack() as stack:
        servers: dict[type[Server], Server] = {}
        found: list[Bench] = []
        for case in wanted:
            if case.server not in servers:
                servers[case.server] = stack.enter_context(running(case.server, folder / case.server.name))
            server = servers[case.server]
            at = stack.enter_context(front(server.port, case.delay_ms))
            found.append(Bench(case, server, at, folder / case.name, items))
        yield found
