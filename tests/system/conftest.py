"""Servers that last for the session, and a new household in collections of its own for each test."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncer import clock
from tests.emulators.stage import Clock
from tests.servers import SERVERS, Server
from tests.system.flat import START, Flat
from tests.system.house import House

_numbers = itertools.count(1)
Running = Callable[[str], Server]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Each server by name, started when it is first asked for."""
    started: dict[str, Server] = {}

    def get(name: str) -> Server:
        if name not in started:
            started[name] = SERVERS[name](tmp_path_factory.mktemp(name)).start()
        return started[name]

    yield get
    for server in started.values():
        server.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test on one of the servers, in turn; with `--every-server`, or marked so, on each.

    What a server does differently, the connector's contract shows on each of them.
    """
    if "server" not in metafunc.fixturenames:
        return
    names, name = list(SERVERS), metafunc.definition.nodeid
    every = metafunc.config.getoption("--every-server") or metafunc.definition.get_closest_marker(
        "every_server"
    )
    turn = zlib.crc32(name.encode()) % len(names)
    metafunc.parametrize("server", names if every else [names[turn]], indirect=True)


@pytest.fixture
def server(running: Running, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A real server, well-behaved at the start and afterwards."""
    found = running(str(request.param))
    found.proxy.reset()
    yield found
    found.proxy.reset()


@pytest.fixture
def radicale(running: Running) -> Iterator[Server]:
    """Radicale alone, where the server makes no difference."""
    found = running("radicale")
    found.proxy.reset()
    yield found
    found.proxy.reset()


@pytest.fixture
def house(server: Server, tmp_path: Path) -> House:
    """A household on a server: configured, nothing imported, nothing run."""
    return House(server, tmp_path / "house", next(_numbers))


@pytest.fixture
def home(radicale: Server, tmp_path: Path) -> House:
    """The same on Radicale alone."""
    return House(radicale, tmp_path / "house", next(_numbers))


@pytest.fixture
def flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flat]:
    made = Flat(tmp_path, Clock(START), "Europe/Berlin")
    monkeypatch.setattr(clock, "now", made.stage.clock.now)
    made.start()
    yield made
    made.stop()
    assert made.stage.bugs == []
