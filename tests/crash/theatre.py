"""Where the canonical run is played: providers that are up, and stages one after the other.

Lives here: what lasts longer than one run, or is cleared away after it.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from syncer.ledger.store import Ledger
from tests.bench.servers import running
from tests.crash.acting import People
from tests.crash.apps import Apps, MemoryApps
from tests.crash.dav import SERVERS, DavApps
from tests.crash.household import Names, move_in
from tests.crash.stage import Stage

CONNECTORS = ("memory", *SERVERS)
_numbers = itertools.count(1)


@contextmanager
def memory_folder() -> Iterator[Path]:
    """A folder on a file system in memory, where there is one: nothing here is about disks."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="evenhold-crash-", dir=shared if shared.is_dir() else None, ignore_cleanup_errors=True
    ) as place:
        yield Path(place)


@contextmanager
def provider(connector: str, folder: Path) -> Iterator[Callable[[], Apps]]:
    """A provider that is up inside the block; each call gives collections that nobody used yet."""
    if connector == "memory":
        yield lambda: MemoryApps(Names())
        return
    with running(SERVERS[connector], folder / connector) as server:
        yield lambda: DavApps(Names(f" {next(_numbers)}"), server)


class Theatre:
    """Stages one after the other: fresh collections, and a fresh ledger at the same address."""

    def __init__(self, folder: Path, fresh: Callable[[], Apps]) -> None:
        self._fresh = fresh
        self._template, self._file = folder / "template.sqlite3", folder / "ledger.sqlite3"
        made = Ledger.open(self._template)
        move_in(made)
        made.close()
        self._opened = Ledger.open(self._file)

    @contextmanager
    def stage(self) -> Iterator[Stage]:
        """A stage on which nothing happened yet; nothing of it is left afterwards."""
        self._opened.close()
        for suffix in ("-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self._template, self._file)
        stage = Stage(People(self._fresh()), self._opened)
        try:
            yield stage
        finally:
            stage.stop()
            stage.people.apps.clear()
