"""The daemon: passes, one after another, until it is told to stop; and what it says to systemd.

Lives here: when the next pass is due, signals, reload, the lock on the state folder. What a pass does is
the engine's, how it is worded `say`'s.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from syncer import lastpass
from syncer.app import App
from syncer.connector import CredentialsDead, Retry
from syncer.core.entries import Entry
from syncer.engine.happenings import Happening, Tell
from syncer.engine.report import PassReport
from syncer.ledger import record, views
from syncer.ledger.store import LedgerError
from syncer.sdnotify import Notifier, watchdog_interval

LOOK_EVERY = 1.0
"""Seconds between looks at the ledger for what a command wrote."""
FROZEN = 600.0
"""Seconds until a refused login is tried again: somebody may have mended the password."""
REMIND_EVERY = 3600.0
"""Seconds between two looks at how long the logins still last."""
LONGEST = 900.0
"""Longest wait, in seconds, before an account in trouble is tried again."""


MANY = 50
"""After so many writes in one pass, memory is given back."""


class AlreadyRunning(Exception):
    """Another Evenhold works on this state folder; the message names its process."""


class StateUnusable(Exception):
    """The state folder can't be made or written; the message says why and what helps."""


@contextmanager
def alone(state: Path) -> Iterator[None]:
    """Hold the state folder's lock; released by the kernel, however we end (flock(2))."""
    lock = _open_lock(state)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(lock, 20, 0).decode(errors="replace").strip()
            who = f" (process {pid})" if pid else ""
            raise AlreadyRunning(
                f"Evenhold is already running on {state}{who} and keeps it in step."
                " `evenhold status` shows how."
            ) from None
        with suppress(OSError):  # the lock counts, the number is only for people
            os.truncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(lock)


def _open_lock(state: Path) -> int:
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(state / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        cure = "Name a folder that this user may write: --state FOLDER"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            cure = "Free some space; nothing was lost"
        raise StateUnusable(
            f"The state folder {state} can't be written ({error.strerror}). {cure}."
        ) from error


class Daemon:
    """Runs passes until `stop`. `reload` gives a newly opened app, or raises and the old one stays."""

    def __init__(
        self, app: App, tell: Tell, warn: Callable[[str], None], hear: Callable[[Entry], None]
    ) -> None:
        """`tell` takes what passes do, `warn` trouble, `hear` what commands wrote to the ledger meanwhile."""
        _keep_memory_together()
        self._app, self._outer, self._warn = app, tell, warn
        self._notifier = Notifier()
        self._wake = threading.Event()
        self._reload_asked = False
        self._due: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._version = -1
        self._hear = hear
        with app.ledger.read() as connection:
            self._heard = views.version(connection, app.household)
        interval = watchdog_interval()
        self._feed_every = interval / 4 if interval else None
        self._fed = 0.0
        self._first = True
        self._reminded: set[tuple[object, ...]] = set()
        self._remind_at = 0.0
        self._cycle = app.cycle(self._tell)

    @property
    def app(self) -> App:
        """The household as it is open now; a reload opens it anew."""
        return self._app

    def listen(self) -> None:
        """React to SIGTERM and SIGINT (stop) and SIGHUP (reload); main thread only.

        On a terminal SIGHUP means that the terminal is gone, and so should we be.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        on_terminal = sys.stdin is not None and sys.stdin.isatty()
        signal.signal(signal.SIGHUP, lambda *_: self.stop() if on_terminal else self._ask_reload())

    def stop(self) -> None:
        """End after what is under way; what was not sent is left for the next start."""
        self._app.stopping.set()
        self._wake.set()

    def run(self, reload: Callable[[], App] | None = None) -> None:
        """Pass after pass. READY goes out before the first: everything that can be wrong here was checked."""
        self._notifier.ready("first pass")
        while not self._app.stopping.is_set():
            if self._reload_asked:
                self._reload_asked = False
                self._reload(reload)
            accounts = self._ready_accounts()
            if accounts:
                self._pass(accounts)
            self._wait()
        self._notifier.stopping("stopping")

    def _pass(self, accounts: set[str]) -> None:
        try:
            with self._app.ledger.read() as connection:
                self._version = views.version(connection, self._app.household)
                news = list(record.entries(connection, self._app.household, self._heard))
            self._heard = self._version
            for entry in news:
                if entry.occurrence is None:
                    self._hear(entry)
            if self._app.demo is not None:
                self._app.demo.ensure()
            report = self._cycle.run(accounts)
        except LedgerError as error:
            self._warn(str(error))
            self._notifier.status(str(error))
            for account in accounts:
                self._later(account, self._backoff(account))
            return
        lastpass.note(self._app.state, report)
        self._remind(report)
        self._schedule(report)
        self._feed()
        written = sum(r.applied.acknowledged for r in report.spokes)
        if self._first or written >= MANY:
            self._first = False
            _return_memory()
        trouble = [r.spoke.name for r in report.spokes if r.error or r.applied.error]
        if any(r.left for r in report.spokes):
            return
        words = f"in trouble: {', '.join(trouble)}" if trouble else f"all in step at {report.at:%H:%M:%S} UTC"
        self._notifier.status(words)

    def _remind(self, report: PassReport) -> None:
        """Say of a login that it ends soon, once for each grant."""
        if time.monotonic() < self._remind_at:
            return
        self._remind_at = time.monotonic() + REMIND_EVERY
        for reminder in self._app.reminders(report.at):
            key = (reminder.accounts, reminder.granted)
            if key not in self._reminded:
                self._reminded.add(key)
                self._warn(str(reminder))

    def _ready_accounts(self) -> set[str]:
        now = time.monotonic()
        names = {line.spoke.account for line in self._app.lines}
        return {name for name in names if self._due.get(name, 0.0) <= now}

    def _schedule(self, report: PassReport) -> None:
        poll = float(self._app.config.sync.poll_seconds)
        for account in {r.spoke.account for r in report.spokes}:
            errors = [
                error
                for r in report.spokes
                if r.spoke.account == account and (error := r.error or r.applied.error) is not None
            ]
            if not errors:
                self._failures.pop(account, None)
                self._later(account, poll)
            elif any(isinstance(error, CredentialsDead) for error in errors):
                self._later(account, max(poll, FROZEN))
            else:
                asked = [e.after for e in errors if isinstance(e, Retry) and e.after is not None]
                self._later(account, max([self._backoff(account), *asked]))

    def _backoff(self, account: str) -> float:
        """Double each time, from the polling interval on."""
        self._failures[account] = failures = self._failures.get(account, 0) + 1
        poll = float(self._app.config.sync.poll_seconds)
        return max(poll, min(poll * 2.0 ** (failures - 1), LONGEST))

    def _later(self, account: str, seconds: float) -> None:
        self._due[account] = time.monotonic() + seconds

    def _wait(self) -> None:
        """Until an account is due, a command wrote to the ledger, or a signal came.

        The thread that waits here is the one that runs the passes: a pass that hangs never gets here,
        and the watchdog goes hungry.
        """
        while not self._wake.is_set() and not self._ready_accounts():
            if self._feed_every is not None and time.monotonic() - self._fed > self._feed_every:
                self._feed()
            if self._ledger_changed():
                well = {name for name in self._due if name not in self._failures}
                self._due.update(dict.fromkeys(well, 0.0))
                return
            nearest = min(self._due.values(), default=0.0) - time.monotonic()
            self._wake.wait(max(0.05, min(LOOK_EVERY, nearest)))
        self._wake.clear()

    def _ledger_changed(self) -> bool:
        try:
            with self._app.ledger.read() as connection:
                version = views.version(connection, self._app.household)
        except LedgerError:
            return False
        changed = self._version not in (-1, version)
        self._version = version
        return changed

    def _ask_reload(self) -> None:
        self._reload_asked = True
        self._wake.set()

    def _reload(self, reload: Callable[[], App] | None) -> None:
        if reload is None:
            return
        self._notifier.reloading("reading the configuration again")
        try:
            fresh = reload()
        except Exception as error:
            self._warn(f"{error}\nThe configuration from before stays in force.")
        else:
            self._app.close()
            self._app = fresh
            self._cycle = fresh.cycle(self._tell)
            self._due.clear()
            self._failures.clear()
        self._notifier.ready("configuration read again")

    def _feed(self) -> None:
        self._fed = time.monotonic()
        self._notifier.watchdog()

    def _tell(self, happening: Happening) -> None:
        self._feed()
        self._outer(happening)


def _keep_memory_together() -> None:
    """One heap for all threads: each further one keeps pages that nobody uses (mallopt(3), M_ARENA_MAX)."""
    with suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL("libc.so.6").mallopt(-8, 1)


def _return_memory() -> None:
    """Give back what starting up or a large push left behind: it stays idle for days (malloc_trim(3))."""
    gc.collect()
    with suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL("libc.so.6").malloc_trim(0)
