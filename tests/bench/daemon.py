"""The real daemon under a notify socket: how soon it is ready, and what it holds while it waits.

`evenhold run` is started on a household whose items are still to be sent, and again on what it left.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.measure import BenchError, environment, script

IDLE_SECONDS = 10.0
LONGEST = 180.0
"""Seconds that the first pass may take."""


class Started:
    """A running daemon: `ready_s` from its start to READY=1, `ready_cpu_s` the CPU time it took for that."""

    def __init__(self, config: Path, state: Path, notices: socket.socket) -> None:
        address = notices.getsockname()
        self._notices = notices
        with (config.parent / "daemon.log").open("ab") as log:
            self.begun = time.perf_counter()
            self.process = subprocess.Popen(
                [script("evenhold"), "run", "--config", str(config), "--state", str(state)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(NOTIFY_SOCKET=address),
                start_new_session=True,
            )
        self._log = config.parent / "daemon.log"
        self._await(lambda told: "READY=1" in told, 30)
        self.ready_s = time.perf_counter() - self.begun
        self.ready_cpu_s = _cpu_s(self.process.pid)

    def first_pass(self) -> None:
        """Wait until the first pass is over: the first STATUS that does not come with READY."""
        self._await(lambda told: any(line.startswith("STATUS=") for line in told), LONGEST)

    def cpu_s(self) -> float:
        """User and system time so far."""
        return _cpu_s(self.process.pid)

    def memory(self) -> dict[str, float]:
        """What it holds now, in MiB: resident, private, and the largest so far."""
        place = Path("/proc") / str(self.process.pid)
        rollup = _kib(place / "smaps_rollup")
        private = rollup["Private_Clean"] + rollup["Private_Dirty"]
        return {
            "idle_mib": rollup["Rss"] / 1024,
            "idle_private_mib": private / 1024,
            "peak_mib": _kib(place / "status")["VmHWM"] / 1024,
        }

    def _await(self, wanted: object, seconds: float) -> None:
        assert callable(wanted)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if wanted(self._notices.recv(4096).decode().split("\n")):
                    return
            except TimeoutError:
                continue
        end = "\n".join(self._log.read_text().splitlines()[-5:])
        raise BenchError(f"the daemon did not get as far as expected:\n{end}")


@contextmanager
def started(config: Path, state: Path) -> Iterator[Started]:
    """A daemon that is ready inside the block and told to stop after it."""
    # In a folder of its own: an AF_UNIX path has at most 107 bytes (unix(7)).
    with (
        tempfile.TemporaryDirectory(prefix="evenhold-bench-n-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices,
    ):
        notices.bind(f"{folder}/notify")
        notices.settimeout(0.5)
        daemon = Started(config, state, notices)
        try:
            yield daemon
        finally:
            daemon.process.terminate()
            try:
                daemon.process.wait(30)
            except subprocess.TimeoutExpired:
                daemon.process.kill()
                daemon.process.wait()


def _cpu_s(pid: int) -> float:
    """User and system time so far: fields 14 and 15 of proc(5), stat; the second may hold spaces."""
    words = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _kib(file: Path) -> dict[str, int]:
    """The fields of a file in /proc that are given in kB (proc(5))."""
    lines = (line.split() for line in file.read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) for words in lines if words[-1] == "kB"}


def measure_daemon(config: Path, state: Path, starts: int) -> dict[str, float]:
    """First start with its push, then so many more; figures as in the package's docstring."""
    ready: list[float] = []
    cpu: list[float] = []
    with started(config, state) as daemon:
        ready.append(daemon.ready_s)
        cpu.append(daemon.ready_cpu_s)
        daemon.first_pass()
        time.sleep(IDLE_SECONDS)
        found = daemon.memory()
    for number in range(starts):
        with started(config, state) as daemon:
            ready.append(daemon.ready_s)
            cpu.append(daemon.ready_cpu_s)
            daemon.first_pass()
            if number == starts - 1:
                time.sleep(IDLE_SECONDS)
                found["restarted_idle_mib"] = daemon.memory()["idle_mib"]
    return {f"daemon.{name}": value for name, value in found.items()} | {
        "daemon.ready_s": statistics.median(ready),
        "daemon.ready_cpu_s": statistics.median(cpu),
    }
