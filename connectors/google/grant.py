"""An account's secret: what Google gave when its owner let Evenhold in. Read here and written nowhere."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from connectors.google.settings import is_loopback
from syncer.connector import CredentialsDead

TOKEN_URI = "https://oauth2.googleapis.com/token"
AGAIN = "Connect the account again: evenhold connect google"
TESTING_DAYS = 7
"""After so many days a refresh token dies that an app in "testing" was given."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The parts of a secret; none of those that are secret is ever shown.

    `granted` is when consent was given (UTC) and `testing` whether the app is known to be in "testing"; None
    where it is not known.
    """

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_uri: str = TOKEN_URI
    scopes: tuple[str, ...] = ()
    granted: dt.datetime | None = None
    testing: bool | None = None

    @classmethod
    def read(cls, secret: str, subject: str) -> Grant:
        """The grant in a secret; `subject` names the account. Raises CredentialsDead where it holds none."""
        try:
            held = json.loads(secret)
        except (ValueError, RecursionError):
            raise _unreadable(subject) from None
        held = held if isinstance(held, dict) else {}
        texts = [str(held.get(name) or "") for name in ("client_id", "client_secret", "refresh_token")]
        if not all(texts):
            raise _unreadable(subject)
        uri = held.get("token_uri") or TOKEN_URI
        parts = urlsplit(uri) if isinstance(uri, str) else None
        if parts is None or not (parts.scheme == "https" or is_loopback(parts.hostname or "")):
            raise _unreadable(subject)
        scopes = held.get("scopes") or ()
        testing = held.get("testing")
        return cls(
            texts[0],
            texts[1],
            texts[2],
            uri,
            tuple(str(one) for one in scopes) if isinstance(scopes, list) else (),
            _moment(held.get("granted")),
            testing if isinstance(testing, bool) else None,
        )

    def looks_tested(self, now: dt.datetime) -> bool:
        """Whether it was given to an app in "testing", as far as known or as its age suggests."""
        if self.testing is not None or self.granted is None:
            return self.testing is True
        return abs(now - self.granted - dt.timedelta(days=TESTING_DAYS)) < dt.timedelta(days=1)


def _moment(text: Any) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)


def _unreadable(subject: str) -> CredentialsDead:
    return CredentialsDead("the account's secret holds no Google login", subject=subject, cure=AGAIN)
