"""The login on a provider's page, as a person at a headless server goes through it.

The address is printed; what comes back is taken from whichever is first: the browser's own request to the
listener (on this machine, or through an SSH forward), or the address that the person pastes.
"""

from __future__ import annotations

import datetime as dt
import getpass
import os
import shlex
import socket
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from syncer import clock
from syncer.commands.terminal import Terminal
from syncer.connector import Login, OAuth
from syncer.onboarding.consent import Client, Consent, Elsewhere, scopes_of
from syncer.onboarding.errors import NotConnected
from syncer.onboarding.exchange import exchange
from syncer.onboarding.grants import TESTING
from syncer.onboarding.loopback import HOST, Loopback

PATIENCE = 10 * 60.0
"""Seconds that a person may take."""


def log_in(
    terminal: Terminal, logins: Sequence[Login], *, existing: bool, client_file: Path, port: int
) -> dict[str, Any]:
    """The grant that a person gave on the provider's page, for all these logins at once.

    Raises NotConnected; nothing was written then.
    """
    asked = [login.oauth for login in logins if login.oauth is not None]
    if not client_file.is_file():
        keep = (
            f"5. Save it as {client_file}; from another computer:",
            f"   scp {client_file.name} {_here()}:{shlex.quote(str(client_file.absolute()))}",
        )
        raise NotConnected(
            f"{client_file} is not there", "\n".join(["It is made once:", *logins[0].advice, *keep])
        )
    if client_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        terminal.say(f"(Others on this machine may read {client_file.name}: chmod 600 {client_file})")
    client = Client.read(client_file)
    listener = Loopback(port)
    try:
        consent = Consent.of(client, asked[0], scopes_of(asked, existing=existing), listener.redirect)
        listener.expect(consent.code_in)
        with terminal.unseen():
            terminal.say(*_invitation(consent, listener.port))
            code = _first(terminal, listener, consent, port)
    finally:
        listener.close()
    grant = exchange(consent, code, clock.now())
    return _asked_for_status(terminal, grant, asked[0])


def client_file(folder: Path, oauth: OAuth, named: Path | None) -> Path:
    """Where the app's file is: as told, or under its name, or the only one named as downloads are."""
    if named is not None:
        return named.expanduser()
    usual = folder / oauth.client_file
    found = sorted(folder.glob(f"{usual.stem}_*{usual.suffix}"))
    return found[0] if not usual.exists() and len(found) == 1 else usual


def _invitation(consent: Consent, port: int) -> list[str]:
    return [
        "Open this address in a browser, on any device, and allow what it asks:",
        "",
        consent.address,
        "",
        "In the end the browser goes to a page of this machine. If it runs here, that",
        "works by itself. If it runs elsewhere, there are two ways:",
        "",
        "  - Before you allow it, run this there, and leave it running:",
        f"      {ssh_line(port)}",
        f"  - Or let that page fail. Its address begins with {consent.redirect}?",
        "    Copy all of it, paste it here (it is not shown) and press Enter.",
        "",
        f"Waiting for either, {PATIENCE / 60:.0f} minutes at most ... (Ctrl-C stops)",
    ]


def ssh_line(port: int) -> str:
    """The forward to run where the browser is, as this server was reached (sshd(8), SSH_CONNECTION)."""
    reached = os.environ.get("SSH_CONNECTION", "").split()
    host = reached[2] if len(reached) == 4 else socket.gethostname()
    extra = f" -p {reached[3]}" if len(reached) == 4 and reached[3] != "22" else ""
    return f"ssh -N{extra} -L {port}:{HOST}:{port} {getpass.getuser()}@{host}"


def _here() -> str:
    """This machine, as scp names it."""
    return ssh_line(0).rpartition(" ")[2]


def _first(terminal: Terminal, listener: Loopback, consent: Consent, port: int) -> str:
    """The code, from the browser or from the terminal."""
    until = time.monotonic() + PATIENCE
    while (left := until - time.monotonic()) > 0:
        line = terminal.line(listener, left)
        if (code := listener.result()) is not None:
            return code
        if line is not None and line.strip():
            try:
                return consent.code_pasted(_pasted(line))
            except Elsewhere as no:
                terminal.say(f"No, {no}. Paste the whole address; it begins with {consent.redirect}?")
        elif terminal.ended and (terminal.is_person or terminal.heard):
            raise NotConnected("the input ended before an address came", "Connect again")
        elif terminal.ended and not (port or _may_be_browsed()):
            raise NotConnected(
                "nothing can be pasted here, and no browser is here to come back",
                "Run it in a terminal, or name a port that you forward with --port",
            )
        elif terminal.ended:
            terminal.wait(listener, left)
    raise NotConnected(f"nothing came back within {PATIENCE / 60:.0f} minutes", "Connect again")


def _may_be_browsed() -> bool:
    """Whether somebody may open the address here, or came by SSH and can forward the port."""
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"))


def _pasted(line: str) -> str:
    """What was pasted, without what terminals put around it (bracketed paste)."""
    return line.replace("\x1b[200~", "").replace("\x1b[201~", "").strip().strip("\"'<>")


def _asked_for_status(terminal: Terminal, grant: dict[str, Any], oauth: OAuth) -> dict[str, Any]:
    """The grant with what is known of the app's status: told by the provider, else by the person."""
    if not oauth.testing:
        return grant | {"testing": False}
    if grant["testing"] is None and grant["expires"] is None:
        terminal.say("In testing, a login ends after seven days; Evenhold would remind you in time.")
        said = terminal.ask("Is the app's publishing status Testing or In production? [t/p, Enter: unknown] ")
        letter = (said or "")[:1].lower()
        grant = grant | {"testing": {"t": True, "p": False}.get(letter)}
    if grant["testing"]:
        if grant["expires"] is None:
            ends = dt.datetime.fromisoformat(grant["granted"]) + TESTING
            grant = grant | {"expires": ends.isoformat(timespec="seconds")}
        terminal.say(
            "The app is in testing, so this login ends after seven days. Publish the app in",
            "the console and connect again; Evenhold will say so in time.",
        )
    return grant
