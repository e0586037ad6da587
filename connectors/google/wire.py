"""Google's client and the HTTP below it: the only module that imports them, with the first request.

The client builds each call and takes batches apart. What goes over the network goes through `Http`: one
request is sent once (httplib2, the client's own, sends some twice without a word, which would put a task
there twice), no more is read than we are ready for, and no redirect is followed with the login in hand.
"""

from __future__ import annotations

import datetime as dt
import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httplib2
import httpx
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.auth.transport import Request as TokenRequest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import BatchError, HttpError

from connectors.google import errors
from connectors.google.grant import Grant
from connectors.google.limits import LARGEST_ANSWER
from connectors.google.settings import GoogleSettings
from syncer.connector import ConnectorError, Context, CredentialsDead

__all__ = ["BatchError", "Http", "HttpError", "build"]


@dataclass(frozen=True, slots=True)
class _Told:
    """An answer as google.auth wants it."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class Api:
    """The client's service, whose resources are made once: `api.events()` alone would take 7 ms each time."""

    def __init__(self, service: Any) -> None:
        self._service = service
        self._made: dict[str, Any] = {}
        self.new_batch_http_request: Callable[[], Any] = service.new_batch_http_request

    def __getattr__(self, name: str) -> Callable[[], Any]:
        """A resource of the service by the name of its method."""
        if name not in self._made:
            self._made[name] = getattr(self._service, name)()
        return lambda: self._made[name]


def build(api: str, version: str, root: str | None, http: Http) -> Api:
    """The client's service for an API, from the document that ships with it; `root` moves it, batches too."""
    document = json.loads(get_static_doc(api, version))
    if root is not None:
        document["rootUrl"] = root if root.endswith("/") else f"{root}/"
        document.pop("mtlsRootUrl", None)
    return Api(build_from_document(document, http=http))


@cache
def _tls() -> ssl.SSLContext:
    """Whom we trust; reading that takes longer than many a request."""
    return httpx.create_ssl_context()


class Http:
    """What the client sends its requests through: `request` has the shape of httplib2's.

    The access token is renewed where it has run out, and once more where it is refused. Thread-safe.
    """

    def __init__(self, settings: GoogleSettings, context: Context, account: str) -> None:
        self._context, self._account = context, account
        self._client = httpx.Client(
            verify=_tls(),
            timeout=settings.timeout,
            follow_redirects=False,
            limits=httpx.Limits(keepalive_expiry=30),
        )
        self._credentials: Any = None
        self._grant: Grant | None = None
        self._lock = threading.Lock()
        self.date: str | None = None

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> tuple[httplib2.Response, bytes]:
        """One exchange, or two where the first was refused for its token. Raises ConnectorError."""
        token = self._token(refused=None)
        told = self._send(uri, method, body, {**(headers or {}), "authorization": f"Bearer {token}"})
        if told.status == 401:
            token = self._token(refused=token)
            told = self._send(uri, method, body, {**(headers or {}), "authorization": f"Bearer {token}"})
        response = httplib2.Response({**told.headers, "status": str(told.status)})
        response.reason = ""
        return response, told.data

    def renew(self) -> None:
        """Get another access token: the one of now was refused inside a batch."""
        self._token(refused=self._credentials.token if self._credentials is not None else None)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    # --- the network ---

    def _send(self, uri: str, method: str, body: str | bytes | None, headers: Mapping[str, str]) -> _Told:
        host = urlsplit(uri).netloc
        try:
            with self._client.stream(method, uri, content=body, headers=dict(headers)) as response:
                data = bytearray()
                for piece in response.iter_bytes():
                    data += piece
                    if len(data) > LARGEST_ANSWER:
                        raise errors.too_large(host)
        except httpx.ConnectError:
            raise errors.unreachable(host) from None
        except httpx.TimeoutException:
            raise errors.no_answer(host) from None
        except httpx.DecodingError:
            raise errors.malformed(host) from None
        except httpx.TransportError:
            raise errors.broken(host) from None
        self.date = response.headers.get("date", self.date)
        return _Told(response.status_code, dict(response.headers), bytes(data))

    # --- tokens ---

    def _token(self, refused: str | None) -> str:
        """An access token other than the refused one."""
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
        asking = _Asking(self)
        try:
            self._credentials.refresh(asking)
        except ConnectorError:
            raise
        except RefreshError as error:
            code = _code(error)
            if code or asking.status in (400, 401, 403):
                raise errors.grant_refused(code, self._account, testing=self._tested()) from None
            raise errors.malformed(self._account) from None
        except (GoogleAuthError, TypeError, KeyError, ValueError, AttributeError):  # no JSON, or none of ours
            raise errors.malformed(self._account) from None

    def _tested(self) -> bool:
        return self._grant is not None and self._grant.testing is True


class _Asking(TokenRequest):
    """How google.auth asks the token endpoint: through `Http`, and without waiting and asking by itself."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self.status = 0

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: object,
    ) -> _Told:
        """One request. What is passing is raised here, before the library begins to wait."""
        told = self._http._send(url, method, body, headers or {})
        self.status = told.status
        if told.status in errors.PASSING or told.status >= 500:
            after = errors.retry_after(told.headers.get("retry-after"), dt.datetime.now(dt.UTC))
            raise errors.from_status(told.status, frozenset(), after, subject=urlsplit(url).netloc)
        return told


def _code(error: RefreshError) -> str:
    """The error code of the token endpoint; empty where its answer was not readable."""
    said = error.args[1] if len(error.args) > 1 else None
    code = said.get("error") if isinstance(said, Mapping) else None
    return code if isinstance(code, str) else ""
