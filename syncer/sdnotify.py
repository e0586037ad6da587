"""The service manager's notification protocol, sd_notify(3), as far as Evenhold needs it.

Lives here: one datagram per fact to the socket named by NOTIFY_SOCKET, and how often the watchdog wants
to be fed (sd_watchdog_enabled(3)). When to say what is the daemon's business. Without NOTIFY_SOCKET, as
in a terminal, everything here does nothing.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping


class Notifier:
    """The way to the service manager. Each method returns whether the datagram was handed over.

    A manager that can't be reached is no reason to fail: the household's work is not about it.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))

    @property
    def enabled(self) -> bool:
        """Whether somebody listens."""
        return self._address is not None

    def ready(self, status: str = "") -> bool:
        """Start-up, or a reload, is complete."""
        return self._send("READY=1", status)

    def reloading(self, status: str = "") -> bool:
        """The configuration is read again; `ready` must follow.

        MONOTONIC_USEC ties the message to this moment; Type=notify-reload (systemd 253) insists on it.
        """
        return self._send("RELOADING=1", status, f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self, status: str = "") -> bool:
        """The daemon is on its way out."""
        return self._send("STOPPING=1", status)

    def status(self, status: str) -> bool:
        """Say in one line, for `systemctl status`, what is going on; no titles."""
        return self._send("", status)

    def watchdog(self) -> bool:
        """Work has moved on; to be called by progress, never by a timer of its own."""
        return self._send("WATCHDOG=1")

    def _send(self, state: str, status: str = "", *more: str) -> bool:
        if self._address is None:
            return False
        lines = [state] if state else []
        lines += [f"STATUS={' '.join(status.split())}"] if status else []
        message = "\n".join([*lines, *more]).encode()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(1.0)
                sender.connect(self._address)
                sender.sendall(message)
        except OSError:
            return False
        return True


def watchdog_interval(environ: Mapping[str, str] | None = None) -> float | None:
    """Return the seconds within which the watchdog must be fed, or None where there is none.

    WATCHDOG_PID, if set, must be this process (sd_watchdog_enabled(3)): a child inherits both variables.
    """
    environ = os.environ if environ is None else environ
    try:
        microseconds = int(environ.get("WATCHDOG_USEC", ""))
        pid = int(environ.get("WATCHDOG_PID", os.getpid()))
    except ValueError:
        return None
    return microseconds / 1_000_000 if microseconds > 0 and pid == os.getpid() else None


def _address(name: str) -> str | None:
    """A leading @ stands for the NUL of Linux's abstract namespace; other kinds (vsock) are not ours."""
    if name.startswith("@"):
        return "\0" + name[1:]
    return name if name.startswith("/") else None
