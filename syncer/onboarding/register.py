"""Writing down a connected account: its secret beside the configuration, its table at the end of that.

Both or neither, and each file whole or as it was. The configuration stays the person's: what stands there is
not touched, and what is appended was checked together with it before.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from syncer import files, secrets
from syncer.config.settings import parse
from syncer.config.text import ConfigError, text_of
from syncer.core.model import Kind
from syncer.onboarding.enrolment import Seat
from syncer.onboarding.errors import NotConnected
from syncer.plugins import Registry
from syncer.secrets import SecretRef

CREDENTIALS = "credentials"
"""The folder beside the configuration from which the service takes its credentials (see the systemd unit)."""
_KEYS = {Kind.EVENT: "calendar", Kind.TODO: "todos"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is kept: its file, and how the configuration names it (`file` or `credential`)."""

    path: Path
    key: str
    name: str


def new_place(config: Path, stem: str, suffix: str) -> Place:
    """A file beside the configuration that is not there yet; in its folder of credentials, if it has one."""
    folder = config.parent / CREDENTIALS
    as_credential = folder.is_dir()
    for number in range(1, 1000):
        name = f"{stem}-{number}" if number > 1 else stem
        path = folder / name if as_credential else config.parent / f"{name}{suffix}"
        if not path.exists() and not path.is_symlink():
            return Place(path, "credential" if as_credential else "file", path.name)
    raise NotConnected(f"there are too many files called {stem}", "Remove those that no account names")


def known_place(config: Path, ref: SecretRef) -> Place:
    """Where an account's secret is kept now. Raises NotConnected where that is no file of ours to write."""
    if ref == SecretRef():
        raise NotConnected("this account's table names no password", "Write one into it, then connect again")
    if ref.file is not None:
        return Place(ref.file, "file", ref.file.name)
    if ref.credential is not None:
        path = config.parent / CREDENTIALS / ref.credential
        if path.is_file():
            return Place(path, "credential", ref.credential)
        raise NotConnected(
            f"the credential {ref.credential} is not in {path.parent}",
            "Connect where the credentials of the service are kept",
        )
    program = ref.command[0] if ref.command else ""
    raise NotConnected(
        f"this account's secret comes from a program ({program})",
        'Store the new one there, or write password = { file = "…" } and connect again',
    )


def check_writable(config: Path, place: Place | None) -> None:
    """Raise NotConnected where we could not write in the end, before anybody is asked anything."""
    for path in (config, config.resolve().parent, *([place.path.parent] if place is not None else [])):
        if not os.access(path, os.W_OK):
            raise NotConnected(f"{path} can't be written by this user", "Run it as the one who may")


def table_of(seat: Seat, partner: str, place: Place | None) -> str:
    """The `[[accounts]]` table of an account, as TOML; without a `place` it has no secret."""
    own = seat.settings.model_dump(mode="json", exclude_unset=True)
    rows: list[tuple[str, object]] = [
        ("name", seat.name),
        ("partner", partner),
        ("connector", seat.connector),
    ]
    rows += [(_KEYS[kind], name) for kind, name in seat.collections.items()]
    lines = [f"{key} = {_toml(value)}" for key, value in rows]
    if place is not None:
        lines.append(f"password = {{ {place.key} = {_toml(place.name)} }}")
    lines += [f"{key} = {_toml(value)}" for key, value in own.items() if value is not None]
    return "\n".join(["[[accounts]]", *lines, ""])


def _toml(value: object) -> str:
    """A value in TOML 1.0; its basic strings are JSON's, but for the delete character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def appended(text: str, tables: Sequence[str], heading: str) -> str:
    """The configuration with tables at its end, under one comment, and in its own kind of line ends."""
    newline = "\r\n" if "\r\n" in text else "\n"
    more = "\n".join([f"# {heading}", *tables]).replace("\n", newline)
    gap = "" if not text or text.endswith(("\n\n", "\r\n\r\n")) else newline
    end = "" if not text or text.endswith("\n") else newline
    return f"{text}{end}{gap}{more}"


def check(config: Path, registry: Registry, tables: Sequence[str]) -> str:
    """The configuration as it would be. Raises ConfigError where it would not be one."""
    text = text_of(config)
    if tables:
        text = appended(text, tables, "Connected with `evenhold connect`.")
    parse(text, config, registry, unfinished=True)
    return text


def register(
    config: Path, registry: Registry, path: Path | None, secret: str, tables: Sequence[str], *, new: bool
) -> None:
    """Keep the secret in its file and append the tables, both or neither; a `new` secret replaces no file.

    Without a `path` there is no secret to keep.
    Raises NotConnected, ConfigError or SecretError, and then everything is as it was.
    """
    with files.alone_in(config.resolve().parent):
        check(config, registry, [])
        try:
            text = check(config, registry, tables)
        except ConfigError:  # it was checked before anybody was asked
            raise NotConnected(
                f"{config} was changed meanwhile, so that this does not fit any more",
                "Look at it, then connect again",
            ) from None
        if path is None:
            if tables:
                _write(config, text)
            return
        if new and (path.exists() or path.is_symlink()):
            raise NotConnected(f"{path} came into being meanwhile", "Connect again")
        before = path.read_bytes() if path.is_file() else None
        secrets.keep(path, secret, config)
        try:
            if tables:
                _write(config, text)
        except BaseException:
            _take_back(path, before)
            raise


def _write(config: Path, text: str) -> None:
    """Replace the configuration, with the mode and owner that it has."""
    there = config.stat()
    try:
        files.replace(
            config, text.encode(), mode=stat.S_IMODE(there.st_mode), owner=(there.st_uid, there.st_gid)
        )
    except OSError as error:
        raise NotConnected(f"{config} can't be written: {error.strerror}", "Free some space") from None


def _take_back(path: Path, before: bytes | None) -> None:
    if before is None:
        path.unlink(missing_ok=True)
    else:
        there = path.stat()
        files.replace(path, before, mode=0o600, owner=(there.st_uid, there.st_gid))
