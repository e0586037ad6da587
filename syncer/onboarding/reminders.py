"""Which logins end soon, in time to be renewed: for the status, the daemon's log and the doctor."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from syncer.config.settings import Account, Config
from syncer.connector import Connector, ConnectorError
from syncer.onboarding import grants
from syncer.secrets import SecretError, SecretMissing, SecretRef


@dataclass(frozen=True, slots=True)
class Reminder:
    """One login that ends soon, has ended or may end, and the accounts that share it."""

    accounts: tuple[str, ...]
    granted: dt.datetime | None
    text: str
    cure: str

    def __str__(self) -> str:
        return f"{', '.join(self.accounts)}: {self.text}. {self.cure}"


def reminders(config: Config, connectors: Mapping[str, type[Connector]], now: dt.datetime) -> list[Reminder]:
    """One for each login in need of it; `connectors` by their name in the configuration. Makes no request."""
    sharing: dict[SecretRef, list[Account]] = {}
    for account in config.accounts:
        sharing.setdefault(account.secret, []).append(account)
    found: list[Reminder] = []
    for ref, accounts in sharing.items():
        grant = grants.of(ref)
        if grant is not None and (text := grants.warning(grant, now)):
            again = command(config, accounts[0], connectors[accounts[0].connector])
            names = tuple(account.name for account in accounts)
            found.append(Reminder(names, grant.granted, text, grants.cure(grant, again)))
    return found


def command(config: Config, account: Account, connector: type[Connector]) -> str:
    """What to type to connect an account again."""
    partner = config.household.partners[account.partner_id].name
    words = ["evenhold", "connect", connector.family or account.connector, "--partner", partner]
    if not connector.family:
        words += ["--account", account.name]
    return shlex.join(words)


def cure(error: SecretError, config: Config, account: Account, connector: type[Connector]) -> str:
    """What helps where an account's secret can't be read: nobody writes a page's login by hand."""
    if not isinstance(error, SecretMissing) or account.secret.file is None:
        return error.cure
    try:
        by_page = connector.login(account.settings).oauth is not None
    except ConnectorError:
        return error.cure
    run = command(config, account, connector)
    return f"Run: {run}" if by_page else f"{error.cure.rstrip('.')}, or run: {run}"
