"""CalDAV servers on loopback as child processes, the proxy before them, and single requests to them.

Lives here: starting, stopping, making and removing collections. Each has one account that matters, `ada`.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from syncer.embedded import process as embedded_process
from syncer.embedded.files import ServerFiles, free_port
from tests.bench.login import HOST, Login
from tests.bench.measure import ROOT, BenchError, environment, module

USERS = ("ada", "ben")


class Process:
    """A child that listens on `port`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.port = free_port(0)
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """The server's command line."""
        raise NotImplementedError

    def start(self) -> None:
        """Start and wait until something listens; raises BenchError."""
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.PIPE,  # the embedded server ends when it closes
                stdout=log,
                stderr=log,
                env=environment(),
                cwd=ROOT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise BenchError(f"{self.folder.name} did not start: {(self.folder / 'log').read_text()[-1000:]}")

    def stop(self) -> None:
        """Stop the process."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None


class Radicale(Process):
    """Radicale with the configuration and the script that `make run` uses."""

    name, title = "radicale", "Radicale"
    script: tuple[str, ...] = ("-P", embedded_process.__file__)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._files = ServerFiles(folder, USERS, port=self.port)
        self.home = "/ada/"

    @property
    def passwords(self) -> Mapping[str, str]:
        """Each user's password; valid once started."""
        return self._files.passwords

    def command(self) -> list[str]:
        """Write the embedded server's files, and start it as it starts itself."""
        self._files.make_folder()
        self._files.complete()
        self.port = self._files.port
        return [sys.executable, *self.script, str(self._files.config), str(self.folder / "log")]


class NoFsync(Radicale):
    """The same, but a write need not be on disk before it is answered."""

    name, title = "nofsync", "Radicale without fsync"
    script = ("-m", "tests.bench.nofsync")


class Xandikos(Process):
    """Xandikos for a single user. On loopback it asks for no login."""

    name, title, home = "xandikos", "Xandikos", "/user/calendars/"
    passwords: Mapping[str, str] = dict.fromkeys(USERS, "unchecked")

    def command(self) -> list[str]:
        """Storage and state in the folder."""
        where = ["-d", str(self.folder / "storage"), "--state-dir", str(self.folder / "state"), "--defaults"]
        listen = ["-l", HOST, "-p", str(self.port), "--no-detect-systemd"]
        return [sys.executable, "-m", "xandikos", "serve", *where, *listen]


Server = Radicale | Xandikos
SERVERS: tuple[type[Server], ...] = (Radicale, NoFsync, Xandikos)


@contextmanager
def running(kind: type[Server], folder: Path) -> Iterator[Server]:
    """A server that is up inside the block."""
    server = kind(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@dataclass(frozen=True, slots=True)
class Front:
    """The address that clients use, and the control port of the proxy behind it (0: there is none)."""

    port: int
    control: int = 0

    def take(self) -> dict[str, int]:
        """What passed since the last time; empty without a proxy."""
        if not self.control:
            return {}
        with socket.create_connection((HOST, self.control), timeout=10) as connection:
            return dict(json.loads(b"".join(iter(lambda: connection.recv(4096), b""))))


@contextmanager
def front(port: int, delay_ms: int) -> Iterator[Front]:
    """A proxy before the port; with no delay there is none, and clients go to the server itself."""
    if delay_ms == 0:
        yield Front(port)
        return
    with subprocess.Popen(
        module("proxy", str(port), str(delay_ms / 1000)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            words = process.stdout.readline().split()
            if len(words) != 2:
                raise BenchError("the proxy did not start")
            yield Front(*map(int, words))
        finally:
            process.terminate()


def ask(
    login: Login,
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    seconds: float = 60,
) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection of its own: status, headers by lower-case name, body."""
    client = http.client.HTTPConnection(HOST, login.port, timeout=seconds)
    try:
        client.request(method, path, body, login.headers | dict(headers or {}))
        answer = client.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        client.close()


def make_collection(login: Login, path: str) -> None:
    """An empty collection for to-dos (RFC 4791 section 5.3.1); raises BenchError."""
    from connectors.caldav import bodies

    text = bodies.mkcalendar(path.strip("/").rsplit("/", 1)[-1], "VTODO")
    status, _, said = ask(login, "MKCALENDAR", path, text.encode(), {"Content-Type": "text/xml"})
    if status != 201:
        raise BenchError(f"MKCALENDAR {path} was answered {status}: {said[:200].decode(errors='replace')}")


def remove_collection(login: Login, path: str) -> None:
    """Remove it with what is in it."""
    ask(login, "DELETE", path)


def fsync_ms(folder: Path) -> float:
    """The median time, in milliseconds, until a small new file is on disk here."""
    times: list[float] = []
    for number in range(21):
        place = folder / f"fsync-{number}"
        start = time.perf_counter()
        descriptor = os.open(place, os.O_CREAT | os.O_WRONLY, 0o600)
        os.write(descriptor, b"x" * 500)
        os.fsync(descriptor)
        os.close(descriptor)
        times.append(time.perf_counter() - start)
        place.unlink()
    return sorted(times)[10] * 1000
