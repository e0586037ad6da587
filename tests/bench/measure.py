"""Running one client as a process of its own and taking what it cost. What is compared stands in `rounds`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = Path(__file__).with_name("launcher.py")
LONGEST = 300.0
"""Seconds that one client may take."""


class BenchError(Exception):
    """A measurement that could not be taken: what, and the end of what it said."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process cost: seconds, MiB; `said` is the object that it printed, if it printed one."""

    process_s: float
    cpu_s: float
    peak_mib: float
    said: Mapping[str, float | str] = field(default_factory=dict)

    @property
    def wall_s(self) -> float:
        """The work alone where the client timed it itself, else the whole process."""
        return float(self.said.get("wall_s", self.process_s))


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module of this package."""
    return [sys.executable, "-m", f"tests.bench.{name}", *arguments]


def script(name: str) -> str:
    """A command that was installed beside this Python."""
    return str(Path(sys.executable).parent / name)


def measure(command: Sequence[str]) -> Cost:
    """Run a client to its end. Raises BenchError where it fails or takes longer than `LONGEST`."""
    with tempfile.NamedTemporaryFile("r", prefix="evenhold-bench-cost-") as result:
        launch = [sys.executable, "-I", "-S", str(LAUNCHER), result.name, *command]
        process = subprocess.Popen(
            launch,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env=environment(),
            start_new_session=True,
        )
        try:
            said, complained = process.communicate(timeout=LONGEST)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                raise BenchError(f"{_name(command)} took longer than {LONGEST:.0f} seconds") from None
            raise
        if process.returncode != 0:
            end = "\n".join((said + complained).splitlines()[-8:])
            raise BenchError(f"{_name(command)} ended with {process.returncode}:\n{end}")
        wall, user, system, peak = (float(word) for word in result.read().split())
    last = said.strip().rsplit("\n", 1)[-1]
    return Cost(wall, user + system, peak / 1024, json.loads(last) if last.startswith("{") else {})


def environment(**more: str) -> dict[str, str]:
    """The environment of a client: ours, without what would change the figures or send requests elsewhere."""
    dropped = {"PYTHONPATH", "PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONTRACEMALLOC", "NOTIFY_SOCKET"}
    ours = {key: value for key, value in os.environ.items() if key not in dropped}
    plain = {key: value for key, value in ours.items() if not key.lower().endswith("_proxy")}
    return {**plain, **more}


def _name(command: Sequence[str]) -> str:
    return " ".join(Path(word).name for word in command[:4])
