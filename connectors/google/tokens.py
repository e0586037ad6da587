"""Access tokens: renewed by google.auth where they have run out, kept in memory and written nowhere."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from google.auth.exceptions import GoogleAuthError, RefreshError
from google.auth.transport import Request as TokenRequest
from google.oauth2.credentials import Credentials

from connectors.google import errors
from connectors.google.grant import Grant
from syncer.connector import ConnectorError, Context, CredentialsDead


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as google.auth wants it."""

    status: int
    headers: Mapping[str, str]
    data: bytes = field(repr=False)


Send = Callable[[str, str, str | bytes | None, Mapping[str, str]], Told]
"""One exchange: address, method, body, headers."""


class Tokens:
    """The access tokens of one account. The secret is read with the first one. Thread-safe."""

    def __init__(self, context: Context, account: str, send: Send) -> None:
        self._context, self._account, self._send = context, account, send
        self._credentials: Any = None
        self._grant: Grant | None = None
        self._lock = threading.Lock()

    @property
    def last(self) -> str | None:
        """The token that was given out last."""
        return self._credentials.token if self._credentials is not None else None

    def get(self, refused: str | None = None) -> str:
        """An access token other than the refused one. Raises ConnectorError."""
        with self._lock:
            if self._credentials is None:
                self._take(Grant.read(self._context.secret(), self._account))
            if not self._credentials.valid or self._credentials.token == refused:
                try:
                    self._refresh()
                except CredentialsDead:  # the account may have been connected again meanwhile
                    again = Grant.read(self._context.secret(), self._account)
                    if again == self._grant:
                        raise
                    self._take(again)
                    self._refresh()
            return str(self._credentials.token)

    def _take(self, grant: Grant) -> None:
        self._grant = grant
        self._credentials = Credentials(  # type: ignore[no-untyped-call]  # the library has no types
            None,
            refresh_token=grant.refresh_token,
            token_uri=grant.token_uri,
            client_id=grant.client_id,
            client_secret=grant.client_secret,
        )

    def _refresh(self) -> None:
        """A new access token from the token endpoint; it lives in memory alone."""
        asking = _Asking(self._send)
        try:
            self._credentials.refresh(asking)
        except ConnectorError:
            raise
        except RefreshError:
            code = asking.error
            if code in errors.TOKEN_PASSING:
                raise errors.from_status(503, frozenset(), None, subject=self._account) from None
            if code is not None:
                raise errors.grant_refused(code, self._account, testing=self._tested()) from None
            raise errors.malformed(self._account) from None
        except (GoogleAuthError, TypeError, KeyError, ValueError, AttributeError):  # no JSON, or none of ours
            raise errors.malformed(self._account) from None

    def _tested(self) -> bool:
        """Whether the grant looks as if it had died because the app is in "testing"."""
        return self._grant is not None and self._grant.looks_tested(dt.datetime.now(dt.UTC))


class _Asking(TokenRequest):
    """How google.auth asks the token endpoint: through our own HTTP, and without waiting and asking by
    itself.

    `error` is the code in its last answer, None where that was none of the endpoint's own: a page of Google's
    front or of a proxy ends no grant.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self.error: str | None = None

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: object,
    ) -> Told:
        """One request. What is passing is raised here, before the library begins to wait."""
        told = self._send(url, method, body, headers or {})
        if told.status in errors.PASSING or told.status >= 500:
            after = errors.retry_after(told.headers.get("retry-after"), dt.datetime.now(dt.UTC))
            raise errors.from_status(told.status, frozenset(), after, subject=urlsplit(url).netloc)
        self.error = _code(told.data)
        return told


def _code(data: bytes) -> str | None:
    """The error code in an answer of the token endpoint (RFC 6749 section 5.2), None where it is none."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, Mapping) or "error" not in said:
        return None
    code = said["error"]
    return code if isinstance(code, str) else ""
