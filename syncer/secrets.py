"""Passwords and tokens: where one is kept, and reading it from there each time that it is needed.

A secret comes from a file, a systemd credential or a command, never from the configuration itself; only
`evenhold connect` writes one, into a file. No error, no repr and no log line made here contains a secret, or
what a command printed.
"""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from syncer import files

COMMAND_SECONDS = 10.0
"""How long a command may take, the unlocking of a password store included."""
_LONGEST = 65536
_NAME = re.compile(r"^[A-Za-z0-9_@%:-][A-Za-z0-9_.@%:-]{0,254}$")


class SecretError(Exception):
    """A secret that can't be read: the condition, the file, credential or program, and the cure."""

    def __init__(self, condition: str, subject: str, cure: str) -> None:
        super().__init__(condition, subject, cure)
        self.condition = condition
        self.subject = subject
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.condition} ({self.subject}). {self.cure}"


class SecretMissing(SecretError):
    """There is no file where the secret should be, or nothing in it."""


@dataclass(frozen=True, slots=True, repr=False)
class SecretRef:
    """Where one secret is kept: in a file, under a systemd credential's name, or by a command: one of them.

    None of them where there is no secret: some connectors need no login.
    """

    file: Path | None = None
    credential: str | None = None
    command: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if sum(part is not None for part in (self.file, self.credential, self.command)) > 1:
            raise ValueError("a secret has only one of file, credential and command")

    def __repr__(self) -> str:
        return "SecretRef(…)"


def read(ref: SecretRef, base: Path = Path()) -> str:
    """The secret itself, empty where there is none. A relative file is looked for below `base`.

    Raises SecretError.
    """
    if ref.file is not None:
        return _from_file(located(ref.file, base), private=True)
    if ref.credential is not None:
        return _from_credential(ref.credential)
    return _from_command(ref.command) if ref.command is not None else ""


def located(file: Path, base: Path) -> Path:
    """A secret's file as an address: `~` is a home folder, what is relative starts at `base`."""
    # Path.expanduser raises for a user that is not there; this one leaves the name, to be told later.
    return base / os.path.expanduser(file)  # noqa: PTH111  see above


def keep(path: Path, secret: str, like: Path) -> None:
    """Write a secret into a file that only its owner may read, whole or not at all. Raises SecretError.

    A file that is there is replaced, whatever its mode was. Its owner is that of `like`, a file beside it,
    where we may choose: what root keeps for a service must be the service's.
    """
    owner = like.stat()
    try:
        files.replace(path, f"{secret}\n".encode(), mode=0o600, owner=(owner.st_uid, owner.st_gid))
    except OSError as error:
        raise SecretError(
            f"the password file can't be written: {error.strerror}",
            str(path),
            "Free some space, or name a folder that this user may write.",
        ) from None


def _from_file(path: Path, *, private: bool) -> str:
    subject = str(path)
    try:
        handle = open(path, "rb", opener=_without_waiting)  # noqa: SIM115  Path.open has no opener
    except FileNotFoundError:
        raise SecretMissing(
            "the password file is not there", subject, "Create it, then chmod 600 it."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no file name"
        raise SecretError(
            f"the password file can't be opened: {reason}", subject, "Name a file that this user may read."
        ) from None
    with handle:
        mode = os.fstat(handle.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise SecretError("the password file is not a plain file", subject, "Name a plain file.")
        if private and mode & 0o077:
            raise SecretError("others may read the password file", subject, f"Run: chmod 600 {subject}")
        return _text(handle.read(_LONGEST + 1), subject, "Write the password into it, and nothing else.")


def _without_waiting(path: str, flags: int) -> int:
    """Open without waiting for a writer, should the path be a FIFO's."""
    return os.open(path, flags | os.O_NONBLOCK)


def _from_credential(name: str) -> str:
    if not _NAME.match(name):
        raise SecretError("that is no credential's name", name[:60], "Use the name given to LoadCredential=.")
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise SecretError(
            "systemd passed no credentials",
            name,
            f"Start it as a service with LoadCredential={name}:FILE, or name a file or a command instead.",
        )
    # Given a folder, systemd puts the credential's id before each file's name (systemd.exec(5)).
    found = [path for path in sorted(Path(folder).glob(f"*_{name}")) if path.name.endswith(f"_{name}")]
    path = Path(folder) / name
    try:
        # systemd guards this folder itself, with an ACL that shows up as group bits in the mode.
        return _from_file(found[0] if found and not path.exists() else path, private=False)
    except SecretError as error:
        raise SecretError(
            error.condition.replace("password file", "credential"),
            name,
            f"Check LoadCredential={name}:FILE in the unit, and what the file holds.",
        ) from None


def _from_command(command: tuple[str, ...]) -> str:
    # Only the program is named: an argument may be a secret in itself.
    program = command[0] if command else ""
    try:
        # A session of its own, so that whatever the command started ends with it.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError, IndexError):
        raise SecretError(
            "the password command can't be started", program, "Check its name and that it is installed."
        ) from None
    assert process.stdout is not None
    with process, _ended_after(process, COMMAND_SECONDS) as late:
        line = process.stdout.readline(_LONGEST + 1)
        _drain(process.stdout)
        code = process.wait()
    if late.is_set():
        raise SecretError(
            f"the password command took longer than {COMMAND_SECONDS:g} s",
            program,
            "Let it answer without asking anybody.",
        )
    if code != 0:
        raise SecretError(
            f"the password command ended with code {code}", program, "Run it by hand to see why."
        )
    return _text(line, program, "Its first line of output must be the password.")


@contextmanager
def _ended_after(process: subprocess.Popen[bytes], seconds: float) -> Iterator[threading.Event]:
    """Kill the process and its children once the time is up; the event says that it came to that."""
    late = threading.Event()

    def end() -> None:
        # Its group has its own id (start_new_session); once it was waited for, the id may be another's.
        if process.returncode is None:
            late.set()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _drain(stream: IO[bytes]) -> None:
    """Read the rest and forget it, so that the command does not end on a broken pipe."""
    while stream.read(_LONGEST):
        pass


def _text(raw: bytes, subject: str, cure: str) -> str:
    """The one secret in what was read, without the newline at its end."""
    if len(raw) > _LONGEST:
        raise SecretError("that is far too long for a password", subject, cure)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise SecretError("the password is not UTF-8 text", subject, cure) from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise SecretMissing("the password is empty", subject, cure)
    return text
