"""Replacing a file whole: whoever reads it sees what was there or what is there now, never a part.

What stands in the file is not looked at here.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, flock
from pathlib import Path


def replace(path: Path, content: bytes, *, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Put `content` where `path` is (or leads, where it is a link), with that mode. Raises OSError.

    The content is on disk before the name points to it (rename(2), fsync(2)), and is never readable with
    another mode. `owner` (user and group) is given to it where this user may do so.
    """
    place = path.resolve()
    fresh = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    # O_EXCL: nobody can have put a file or a link of that name there before.
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            if owner is not None:
                with suppress(PermissionError):
                    os.fchown(handle, *owner)
            os.fchmod(handle, mode)
            with os.fdopen(handle, "wb", closefd=False) as file:
                file.write(content)
            os.fsync(handle)
        finally:
            os.close(handle)
        fresh.replace(place)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _sync_folder(place.parent)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """While it lasts, no other Evenhold changes files in the folder; needs no file of its own (flock(2))."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        flock(handle, LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    """Make the new name last; some file systems refuse it, and the file is in place all the same."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
