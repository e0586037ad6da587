"""Servers that last for the session, and a new household in collections of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import SERVERS, Server
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


@pytest.fixture(params=list(SERVERS))
def server(running: Running, request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each real server in turn, well-behaved at the start and afterwards."""
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
    """A household on each server in turn: configured, nothing imported, nothing run."""
    return House(server, tmp_path / "house", next(_numbers))


@pytest.fixture
def home(radicale: Server, tmp_path: Path) -> House:
    """The same on Radicale alone."""
    return House(radicale, tmp_path / "house", next(_numbers))
