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
from tests.crash.emulated import GoogleApps, TodoistApps
from tests.crash.household import Names, move_in
from tests.crash.stage import Stage
from tests.emulators import google_calendar, google_tasks, todoist
from tests.emulators.google_oauth import GoogleOAuth
from tests.emulators.stage import Clock
from tests.emulators.stage import Stage as Emulators
from tests.home import MONDAY

_numbers = itertools.count(1)


@contextmanager
def _google() -> Iterator[Callable[[int], Apps]]:
    """Google, up inside the block; each call gives accounts that nobody used yet."""
    oauth = GoogleOAuth()
    calendar, tasks = google_calendar.GoogleCalendar(oauth), google_tasks.GoogleTasks(oauth)
    with _up(Emulators(oauth, calendar, tasks, clock=Clock(MONDAY))):
        yield lambda number: GoogleApps(number, oauth, calendar, tasks)


@contextmanager
def _todoist() -> Iterator[Callable[[int], Apps]]:
    """The same for Todoist."""
    app = todoist.Todoist()
    with _up(Emulators(app, clock=Clock(MONDAY))):
        yield lambda number: TodoistApps(number, app)


@contextmanager
def _up(stage: Emulators) -> Iterator[None]:
    stage.start()
    try:
        yield
    finally:
        stage.stop()
    assert stage.bugs == []


EMULATORS = {"google": _google, "todoist": _todoist}
CONNECTORS = ("memory", *SERVERS, *EMULATORS)


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
    if connector in EMULATORS:
        with EMULATORS[connector]() as accounts:
            yield lambda: accounts(next(_numbers))
        return
    with running(SERVERS[connector], folder / connector) as server:
        yield lambda: DavApps(Names(f" {next(_numbers)}"), server)


class Theatre:
    """Stages one after the other: fresh collections, and a fresh ledger at the same address."""

    def __init__(self, folder: Path, fresh: Callable[[], Apps]) -> None:
        self._fresh = fresh
        self._moved_in = False
        self._template, self._file = folder / "template.sqlite3", folder / "ledger.sqlite3"
        Ledger.open(self._template).close()
        self._opened = Ledger.open(self._file)

    @contextmanager
    def stage(self) -> Iterator[Stage]:
        """A stage on which nothing happened yet; nothing of it is left afterwards."""
        apps = self._fresh()
        if not self._moved_in:
            made = Ledger.open(self._template)
            move_in(made, apps.tasks)
            made.close()
            self._moved_in = True
        self._opened.close()
        for suffix in ("-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self._template, self._file)
        stage = Stage(People(apps), self._opened)
        try:
            yield stage
        finally:
            stage.stop()
            stage.people.apps.clear()
