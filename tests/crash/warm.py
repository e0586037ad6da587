"""The real daemon as a process of its own, forked from one that has imported everything already.

Much of a daemon's start are Python's imports, and a siege starts hundreds. What runs here is the command
itself, from its first line on: only the modules are there before.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.system.daemons import Manager
from tests.system.house import child_environment

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["syncer.cli", "syncer.app", "syncer.daemon", "connectors.caldav", "alembic"])


class WarmDaemon:
    """A running `evenhold run`; what it says on standard error is kept in a file."""

    def __init__(self, command: Sequence[str], folder: Path, manager: Manager) -> None:
        environment = child_environment(folder, manager.environment)
        self._err = folder / "daemon.err"
        self.process: BaseProcess = _CONTEXT.Process(
            target=_become, args=(list(command), str(folder), environment)
        )
        self.process.start()

    @property
    def err(self) -> str:
        """Standard error so far, of all daemons in this folder."""
        return self._err.read_text() if self._err.exists() else ""

    @property
    def ended(self) -> bool:
        """Whether it runs no more."""
        return not self.process.is_alive()

    def wait(self, seconds: float) -> int | None:
        """Its exit code, the negative number of the signal that killed it, None if it still runs."""
        self.process.join(seconds)
        return self.process.exitcode


def _become(command: Sequence[str], folder: str, environment: Mapping[str, str]) -> None:
    """Be the daemon: its folder, its environment, its files, its arguments, its session."""
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for name, number in (("daemon.out", 1), ("daemon.err", 2)):
        file = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    sys.stderr = os.fdopen(2, "w", buffering=1)
    sys.argv = list(command)
    from syncer.cli import main

    main()
