"""The embedded server: a Radicale on loopback for whoever has no CalDAV server yet.

Lives here: its life (start, join, look after, stop) and how an Evenhold finds the one that another runs
on the same state folder. What the folder remembers is `files`, what runs inside the server's
process `process`, the household that it is for `demo`. Items and collections are none of their business.
"""

from __future__ import annotations

import fcntl
import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from syncer.embedded import process
from syncer.embedded.files import HOST, ServerFiles

START_SECONDS = 10.0
STOP_SECONDS = 5.0

# Ours alone: the service manager's socket and secrets, and a Radicale configuration of the person's own.
_WITHHELD = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "CREDENTIALS_DIRECTORY", "RADICALE_CONFIG")


class EmbeddedServerError(Exception):
    """The embedded server doesn't run; the message says why, shows the end of its log and the cure."""


@dataclass(frozen=True, slots=True)
class Account:
    """A partner's login; `url` is the principal's address, with a slash at the end."""

    user: str
    password: str = field(repr=False)
    url: str


class EmbeddedServer:
    """The server of one state folder. Methods may be called from any thread.

    Whoever gets the folder's lock runs the server; the server's process holds the lock until it ends.
    A second Evenhold on the folder doesn't get it and joins in instead of starting another.
    """

    def __init__(self, state: Path, users: Sequence[str]) -> None:
        """`users` are login names, one per partner; raises ValueError for one that can't be a login."""
        self._files = ServerFiles(state.absolute(), tuple(users))
        self._mutex = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def log_file(self) -> Path:
        """Where each request stands, with method and path."""
        return self._files.log

    @property
    def url(self) -> str:
        """The server's address; valid after `launch`."""
        return f"http://{HOST}:{self._files.port}/"

    @property
    def attached(self) -> bool:
        """Whether the server is another Evenhold's, which `stop` leaves running."""
        return self._process is None

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The partners' logins in the order given; valid after `start`."""
        known = self._files.passwords
        return tuple(Account(user, known[user], f"{self.url}{quote(user)}/") for user in self._files.users)

    def start(self) -> None:
        """Start the server, or join the one that runs, and wait until it answers.

        Raises EmbeddedServerError where it doesn't within ten seconds.
        """
        with self._mutex:
            self.launch()
            self.wait()

    def launch(self) -> None:
        """Start the server's process, unless one runs, without waiting for it; raises as `start` does."""
        with self._mutex:
            try:
                self._files.make_folder()
                lock = os.open(self._files.lock, os.O_RDWR | os.O_CREAT, 0o600)
                try:
                    if self._process is None and _locked(lock):
                        self._files.complete()
                        self._spawn(lock)
                    else:
                        self._files.read()
                finally:
                    os.close(lock)
            except OSError as error:
                raise self._failed(
                    f"{self._files.folder} can't be used ({error.strerror or error})"
                ) from error

    def wait(self) -> None:
        """Wait until the server answers; raises as `start` does."""
        with self._mutex:
            deadline = time.monotonic() + START_SECONDS
            while not self._answers():
                if self._process is not None and self._process.poll() is not None:
                    self._discard()
                    if not any("Address already in use" in line for line in self._log_end()):
                        raise self._failed("it ended while it started")
                    # Somebody took the port between our look and the server's: launched again below.
                if time.monotonic() > deadline:
                    self.stop()
                    raise self._failed(f"it didn't answer on {self.url} within {START_SECONDS:.0f} seconds")
                time.sleep(0.02)
                if self.attached:
                    self.launch()  # it may have ended meanwhile, or not have written its files before
            missing = [user for user in self._files.users if user not in self._files.passwords]
            if missing:
                raise EmbeddedServerError(
                    f"The embedded calendar server runs without a login for {missing[0]}. "
                    "Stop the other Evenhold on this state folder and start again"
                )

    def ensure(self) -> None:
        """Start the server again if it is gone; cheap while it runs. Raises as `start` does."""
        with self._mutex:
            if self._process is not None and self._process.poll() is None:
                return
            if self._process is None and self._answers():
                return
            self._discard()
            self.start()

    def stop(self) -> None:
        """End the server if it is ours, letting requests under way finish."""
        with self._mutex:
            if self._process is None:
                return
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._discard()

    def _spawn(self, lock: int) -> None:
        """Run the server in a session of its own: Ctrl-C in the terminal is for us, and we end it in time.

        -P keeps this package's folder, which has modules named like the standard library's, off the path.
        The pipe at its stdin closes when we end, however we end, and then it ends too.
        """
        script = process.__file__
        command = [sys.executable, "-P", script, str(self._files.config), str(self._files.log)]
        with os.fdopen(self._files.open_log(), "ab") as log:
            self._log_start = log.seek(0, os.SEEK_END)
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={key: value for key, value in os.environ.items() if key not in _WITHHELD},
                pass_fds=(lock,),
                start_new_session=True,
            )

    def _answers(self) -> bool:
        """Whether our server, and not another on this port, takes requests; no password is sent.

        The realm of its challenge (RFC 7617 section 2) is a random one, made for this folder.
        """
        connection = http.client.HTTPConnection(HOST, self._files.port, timeout=2)
        try:
            connection.request("PROPFIND", "/", headers={"Depth": "0"})
            challenge = connection.getresponse().getheader("WWW-Authenticate", "")
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return bool(self._files.realm) and f'"{self._files.realm}"' in challenge

    def _discard(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None

    def _log_end(self) -> list[str]:
        return self._files.log_end(self._log_start)

    def _failed(self, condition: str) -> EmbeddedServerError:
        text = f"The embedded calendar server couldn't be started: {condition}."
        if lines := self._log_end():
            text += f" Its log, {self._files.log}, ends with:\n" + "\n".join(f"  {line}" for line in lines)
        return EmbeddedServerError(
            text + "\nRemove the cause, or name a server of your own with --config FILE"
        )


def _locked(descriptor: int) -> bool:
    """Take the lock if it is free. flock(2) belongs to the open file: a child that inherits it keeps it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
