"""What the embedded server's folder remembers: logins, port, realm, and the configuration made of them.

Lives here: reading and writing those files, and choosing a port. Processes are `embedded`'s business.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
PORT = 5232
"""Radicale's customary port; where it is busy another one is taken, and kept."""

_CONFIG = """\
# Written by Evenhold at each start; edits are lost.
[server]
hosts = {host}:{port}
max_connections = 32
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
# Plain, in a file that its owner alone may read: the passwords are random and of use on this host only.
htpasswd_encryption = plain
# The realm tells this server from any other on the port, before a password is sent.
realm = {realm}
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = {folder}/collections
[logging]
level = info
"""


@dataclass(slots=True)
class ServerFiles:
    """Below `state`: `radicale/` (mode 0700: config, users, server.json, lock, collections), `radicale.log`.

    Only the holder of the lock may `complete`; everybody else reads. `realm` is empty as long as nobody
    completed the folder.
    """

    state: Path
    users: tuple[str, ...]
    port: int = PORT
    realm: str = ""
    passwords: dict[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Refuse, with ValueError, a login name that a users file or an address can't hold."""
        for user in self.users:
            if not user.strip() or user != user.strip() or user[0] in ".#" or set(user) & set(":/\\\r\n\0"):
                raise ValueError(f"{user!r} can't be a login name. Use letters, digits and dashes")

    @property
    def folder(self) -> Path:
        """The server's own folder."""
        return self.state / "radicale"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.state / "radicale.log"

    @property
    def lock(self) -> Path:
        """Held by the server's process as long as it lives."""
        return self.folder / "lock"

    @property
    def config(self) -> Path:
        """The server's configuration."""
        return self.folder / "config"

    def make_folder(self) -> None:
        """Make the folder, readable by its owner alone; raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def read(self) -> None:
        """Take over what stands in the folder; what isn't there yet stays as it is."""
        try:
            known = json.loads((self.folder / "server.json").read_text(encoding="utf-8"))
            self.realm, self.port = str(known["realm"]), int(known["port"])
        except FileNotFoundError:
            pass
        except (ValueError, KeyError, TypeError):
            pass  # damaged by hand: another port and realm do as well
        try:
            lines = (self.folder / "users").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return
        self.passwords = {user: word for user, _, word in (line.partition(":") for line in lines) if word}

    def complete(self) -> None:
        """Read, add what is missing (passwords, realm, a port that is free) and write; raises OSError.

        Logins that are no longer named stay, and so does what they stored.
        """
        self.read()
        self.realm = self.realm or f"Evenhold {secrets.token_hex(8)}"
        self.port = free_port(self.port)
        self.passwords |= {
            user: secrets.token_urlsafe(16) for user in self.users if user not in self.passwords
        }
        self._write("users", "".join(f"{user}:{word}\n" for user, word in self.passwords.items()))
        self._write("server.json", json.dumps({"realm": self.realm, "port": self.port}) + "\n")
        settings = _CONFIG.format(host=HOST, port=self.port, folder=self.folder, realm=self.realm)
        self._write(self.config.name, settings)

    def open_log(self) -> int:
        """Return a descriptor that appends to the log; raises OSError."""
        return os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def log_end(self, start: int) -> list[str]:
        """Return the log's last three lines after the byte `start`."""
        try:
            with self.log.open("rb") as log:
                log.seek(start)
                return log.read()[-4000:].decode(errors="replace").splitlines()[-3:]
        except OSError:
            return []

    def _write(self, name: str, text: str) -> None:
        """Replace a file in one step; mode 0600 from its first byte on."""
        new = self.folder / f"{name}.new"
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(self.folder / name)


def free_port(wanted: int) -> int:
    """Return `wanted` if it can be bound on loopback, else one that can; raises OSError if none can."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As the server does it: a port whose last connections are in TIME_WAIT counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                # Refused only where another listens (socket(7)); we don't, so nobody is hindered by the look.
                probe.bind((HOST, port))
            except (OSError, OverflowError):
                continue
            return int(probe.getsockname()[1])
    raise OSError(errno.EADDRINUSE, f"no port is free on {HOST}")
