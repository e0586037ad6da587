"""The household that runs when nothing is configured: two partners on the embedded server.

Lives here: who they are and how their accounts are configured in code. Their bundles stand in the sample
file, the server's own life in `embedded`.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from syncer.config.settings import Account, Config, Sync
from syncer.core.fold import Memory
from syncer.core.model import Alarm, Alarms, Household, Partner
from syncer.embedded.files import HOST, ServerFiles
from syncer.embedded.server import Account as Login
from syncer.embedded.server import EmbeddedServer
from syncer.plugins import Registry
from syncer.secrets import SecretRef

SAMPLE = "household.sample.toml"
PARTNERS = ("Ada", "Ben")
CALENDAR, TODOS = "Household", "Household tasks"


class DemoServer:
    """The embedded server with a login for each of the two partners."""

    def __init__(self, state: Path) -> None:
        users = [name.lower() for name in PARTNERS]
        self._server = EmbeddedServer(state, users)
        self._files = ServerFiles(state.absolute(), tuple(users))
        self.launch, self.wait = self._server.launch, self._server.wait
        self.stop, self.ensure = self._server.stop, self._server.ensure

    def recall(self) -> None:
        """Take over what the folder remembers, for commands that make no request; starts nothing."""
        self._files.read()

    @property
    def _logins(self) -> list[Login]:
        """The partners' logins; valid after `launch` or `recall`."""
        if self._files.passwords:
            base = f"http://{HOST}:{self._files.port}/"
            known = self._files.passwords
            return [Login(user, known.get(user, ""), f"{base}{user}/") for user in self._files.users]
        try:
            return list(self._server.accounts)
        except KeyError:  # never started: there are no passwords yet
            return [
                Login(user, "", f"http://{HOST}:{self._files.port}/{user}/") for user in self._files.users
            ]

    def config(self, registry: Registry) -> Config:
        """The household's configuration; valid after `launch` or `recall`."""
        zone = local_zone()
        alarms = Alarms((Alarm(dt.timedelta(minutes=-30)),), (Alarm(dt.timedelta(hours=9)),))
        partners = {
            name.lower(): Partner(name.lower(), name, zone, (f"mailto:{name.lower()}@example.org",), alarms)
            for name in PARTNERS
        }
        settings = registry.get("caldav").settings
        accounts = tuple(
            Account(
                name=login.user,
                partner_id=login.user,
                connector="caldav",
                settings=settings.model_validate({"url": login.url, "user": login.user}),
                calendar=CALENDAR,
                todos=TODOS,
                secret=SecretRef(credential=login.user),
            )
            for login in self._logins
        )
        return Config(Household("sample", partners), accounts, Sync(poll_seconds=5))

    def secrets(self) -> Mapping[str, Callable[[], str]]:
        """Each account's password."""
        known = {login.user: login.password for login in self._logins}
        return {user: partial(str, password) for user, password in known.items()}

    def welcome(self, rows: Memory) -> list[str]:
        """Where to point a calendar app, and what to try first; at most 80 columns, as terminals have."""
        bins = rows.bundles.get("bins")
        other = "Ada" if bins is None or bins.owner != "ada" else "Ben"
        lines = ["Evenhold is running a sample household for Ada and Ben.", "", "Point a calendar app at:"]
        for login in self._logins:
            lines.append(
                f"  {login.user.capitalize()}: {login.url}  user {login.user}  password {login.password}"
            )
        return [
            *lines,
            "",
            "Try first: tick a to-do in “Household tasks”, and the next one takes its place;",
            "or put an x and a space in front of an event's title in “Household”.",
            "Within seconds it is noted below.",
            f"Hand a bundle over:  .venv/bin/evenhold bundle give bins {other}",
            "See how it is carried:  .venv/bin/evenhold audit",
            "Stop with Ctrl-C; the next start goes on from here.",
            "",
        ]


def local_zone() -> ZoneInfo:
    """This machine's time zone: TZ, or what /etc/localtime points to (localtime(5)), else UTC."""
    named = os.environ.get("TZ", "").lstrip(":")
    target = str(Path("/etc/localtime").resolve())
    for name in (named, target.partition("/zoneinfo/")[2]):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")
