"""Looking at one account: is it reached, does its login work and last, what does it hold, what waits there.

It asks the provider for its collections and for nothing else; what the answers mean is in `findings`.
"""

from __future__ import annotations

import datetime as dt
import shlex
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncer import secrets
from syncer.checkup import findings
from syncer.checkup.values import About, Finding, Remembered, Subject
from syncer.config.settings import Account, Config
from syncer.connector import Connector, ConnectorError, Context, CredentialsDead, OAuth
from syncer.core.identity import read_uid
from syncer.core.spoke import Spoke
from syncer.onboarding import grants
from syncer.onboarding.grants import Grant
from syncer.onboarding.reminders import command, cure
from syncer.secrets import SecretError

SECONDS = 30.0
"""How long an account may take whose settings know no timeout."""


@dataclass(frozen=True, slots=True)
class Patient:
    """One account and what is known of it."""

    account: Account
    kind_of: type[Connector]
    config: Config
    spokes: Sequence[Spoke]
    remembered: Remembered

    @property
    def patience(self) -> float:
        """Seconds that it may take."""
        given = getattr(self.account.settings, "timeout", SECONDS)
        return float(given) if isinstance(given, int | float) else SECONDS

    def unanswered(self) -> Subject:
        """What is found where there was no answer in time."""
        text = f"no answer within {self.patience:g} seconds"
        cure = "Look whether the server is up, or raise timeout if it is slow"
        return self._subject([Finding(About.REACHED, False, text, cure), *self._held()])

    def broken(self, bug: Exception) -> Subject:
        """What is found where the check itself has a bug; its own words may hold anything."""
        text = f"the check broke off with {type(bug).__name__}"
        return self._subject([Finding(About.REACHED, False, text, "Tell us of it"), *self._held()])

    def look(self, now: dt.datetime) -> Subject:
        """Everything that can be found out by one request for the collections."""
        if self.account.name in self.remembered.unlinked:
            again = f"Run: evenhold link {shlex.quote(self.account.name)}"
            return self._subject([Finding(About.REACHED, True, f"unlinked, so not asked. {again}")])
        try:
            secret = secrets.read(self.account.secret)
        except SecretError as error:
            helps = cure(error, self.config, self.account, self.kind_of)
            login = Finding(About.LOGIN, False, f"{error.condition} ({error.subject})", helps)
            return self._subject([login, *self._held()])
        connector = self._made(secret)
        try:
            return self._asked(connector, grants.read(secret), now)
        finally:
            connector.close()

    def _made(self, secret: str) -> Connector:
        partner, id = self.config.household.partners[self.account.partner_id], self.config.household.id
        context = Context(
            partner.zone,
            lambda: secret,
            lambda uid: read_uid(uid, id) is not None,
            again=command(self.config, self.account, self.kind_of),
        )
        return self.kind_of(self.account.settings, context)

    def _asked(self, connector: Connector, grant: Grant | None, now: dt.datetime) -> Subject:
        began = time.monotonic()
        again = command(self.config, self.account, self.kind_of)
        found: list[Finding] = []
        try:
            there = list(connector.collections())
        except CredentialsDead as dead:
            found += [findings.reached(time.monotonic() - began), findings.refused(dead, grant, again)]
        except ConnectorError as error:
            found.append(Finding(About.REACHED, False, findings.said(error), error.cure))
        else:
            found.append(findings.reached(time.monotonic() - began))
            found.append(findings.login(grant, self.account.secret.file, again, now))
            found.append(findings.collections(self.spokes, self.remembered, there))
        if (oauth := self._oauth()) is not None and grant is not None:
            found.append(findings.scopes(oauth, grant, again))
        if (told := connector.server_time()) is not None:
            found.append(findings.clock(told, dt.datetime.now(dt.UTC)))
        found += [findings.can(connector.capabilities), *self._held()]
        return self._subject(found, connector.address, connector.user)

    def _oauth(self) -> OAuth | None:
        try:
            return self.kind_of.login(self.account.settings).oauth
        except ConnectorError:
            return None  # it can't be used at all, which is told already

    def _held(self) -> list[Finding]:
        return findings.held(self.spokes, self.remembered)

    def _subject(self, found: Iterable[Finding], address: str = "", user: str = "") -> Subject:
        order = list(About)
        told = sorted(found, key=lambda finding: order.index(finding.about))
        partner = self.config.household.partners[self.account.partner_id].name
        return Subject(self.account.name, tuple(told), partner, self.account.connector, address, user)
