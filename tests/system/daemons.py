"""The daemon as a service manager runs it: a child process, and the socket to which it tells how it is.

Lives here: starting, signalling and ending that child, and keeping what it said. No test logic may live here.
"""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM, Signals

from tests.system.house import child_environment, until


class Manager:
    """The service manager's end of sd_notify(3): every datagram with its moment (monotonic seconds)."""

    def __init__(self) -> None:
        # A path of a socket has at most 108 bytes (unix(7)); a test's own folder may be longer.
        self._folder = tempfile.TemporaryDirectory(prefix="evenhold-")
        self.address = f"{self._folder.name}/notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.settimeout(0.2)
        self.heard: list[tuple[float, list[str]]] = []
        self._ending = False
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def environment(self) -> dict[str, str]:
        """What a service manager puts into the environment of a service that it watches."""
        return {"NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": "4000000"}

    def lines(self) -> list[str]:
        """Every line that was said, in order."""
        return [line for _, lines in self.heard for line in lines]

    def count(self, line: str) -> int:
        """How often a line was said."""
        return self.lines().count(line)

    def when(self, line: str) -> float:
        """When a line was first said."""
        return next(at for at, lines in self.heard if line in lines)

    def close(self) -> None:
        """Stop listening."""
        self._ending = True
        self._listener.join()
        self._socket.close()
        self._folder.cleanup()

    def _listen(self) -> None:
        while not self._ending:
            try:
                message = self._socket.recv(65536).decode()
            except TimeoutError:
                continue
            self.heard.append((time.monotonic(), message.split("\n")))


class Daemon:
    """A running `evenhold run`; what it printed is kept in two files."""

    def __init__(self, command: Sequence[str], folder: Path, manager: Manager | None) -> None:
        more = manager.environment if manager else {}
        self._out, self._err = folder / "daemon.out", folder / "daemon.err"
        self.started = time.monotonic()
        with self._out.open("ab") as out, self._err.open("ab") as err:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=child_environment(folder, more),
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL,
            )

    @property
    def out(self) -> str:
        """Standard output so far."""
        return self._out.read_text()

    @property
    def err(self) -> str:
        """Standard error so far."""
        return self._err.read_text()

    def signal(self, number: Signals) -> None:
        """Send a signal to this one process."""
        os.kill(self.process.pid, number)

    def end(self, number: Signals = SIGTERM, seconds: float = 30) -> int:
        """Ask it to stop, wait, and return the exit code."""
        self.signal(number)
        return self.process.wait(seconds)


@contextmanager
def running(command: Sequence[str], folder: Path, manager: Manager | None = None) -> Iterator[Daemon]:
    """A daemon that is certainly gone afterwards."""
    daemon = Daemon(command, folder, manager)
    try:
        yield daemon
    finally:
        if daemon.process.poll() is None:
            daemon.process.kill()
        daemon.process.wait()
        assert "Traceback" not in daemon.err, daemon.err


def heard(manager: Manager, line: str, times: int = 1, seconds: float = 10.0) -> bool:
    """Whether a line is said so often within the time."""
    return until(lambda: manager.count(line) >= times, seconds)
