"""Todoist as an app of the stage: who asks, what goes wrong at the provider, and which endpoint answers."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from tests.emulators.stage import App, Asked, Response, json_response
from tests.emulators.todoist import errors, rest, sync
from tests.emulators.todoist.account import Account
from tests.emulators.todoist.errors import TodoistError
from tests.emulators.todoist.person import Person

SYNC = "/api/v1/sync"
LARGEST_BODY = 1024 * 1024
"""Bytes of a request ("Request limits" of the API documentation)."""
WINDOW = dt.timedelta(minutes=15)


@dataclass
class Knobs:
    """What is wrong at the provider for one account.

    `login` is the answer to every request (a token revoked, an API version gone). `failing` are commands by
    type, each with the error that it comes to. `patient` says that a sync token which is no longer known gets
    a full sync in place of an error.
    """

    login: TodoistError | None = None
    failing: dict[str, TodoistError] = field(default_factory=dict)
    patient: bool = False


class Todoist(App):
    """Accounts by token. `account()` makes one with nothing in it; `person()` is who uses it."""

    prefixes = ("/api/v1/",)

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.knobs: dict[str, Knobs] = {}
        self._asked: dict[tuple[str, bool], list[dt.datetime]] = {}

    def account(self, email: str = "ada@example.org", token: str | None = None) -> Account:
        """A new account; its token is as long as Todoist's own, and unmistakable."""
        token = token or f"todoist-{uuid.uuid4().hex}"
        account = Account(token, email, self.stage.clock)
        self.accounts[token] = account
        self.knobs[token] = Knobs()
        return account

    def person(self, account: Account) -> Person:
        """The person whose account it is."""
        return Person(account, self.stage.lock)

    def parts(self, asked: Asked) -> int:
        """The commands of a sync request."""
        return asked.body.count(b"%22uuid%22") if asked.path == SYNC else 0

    def answer(self, asked: Asked) -> Response:
        """See the base."""
        try:
            if len(asked.body) > LARGEST_BODY:
                raise errors.too_large()
            account = self.accounts.get(asked.bearer or "")
            if account is None:
                raise errors.unauthorized()
            knobs = self.knobs[account.token]
            if knobs.login is not None:
                raise knobs.login
            if asked.path == SYNC:
                return self._sync(account, knobs, asked)
            if asked.method != "GET":
                raise TodoistError(405, "METHOD_NOT_ALLOWED", 405, "Method not allowed")
            return json_response(200, rest.answer(account, asked))
        except TodoistError as error:
            return error.response()

    def _sync(self, account: Account, knobs: Knobs, asked: Asked) -> Response:
        if asked.method != "POST":
            raise TodoistError(405, "METHOD_NOT_ALLOWED", 405, "Method not allowed")
        self._limit(account, full=asked.form().get("sync_token") not in account.sync_tokens)
        told = sync.answer(account, asked, knobs.failing, patient=knobs.patient)
        return json_response(200, told)

    def _limit(self, account: Account, *, full: bool) -> None:
        """So many full and partial syncs in 15 minutes ("Rate limits" of the API documentation)."""
        most = account.limits.full if full else account.limits.partial
        if most is None:
            return
        now = self.stage.clock.now()
        log = self._asked.setdefault((account.token, full), [])
        log[:] = [moment for moment in log if now - moment < WINDOW]
        if len(log) >= most:
            raise errors.slow_down(round((log[0] + WINDOW - now).total_seconds()))
        log.append(now)
