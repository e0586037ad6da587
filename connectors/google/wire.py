"""Google's client and the HTTP below it: imported with the first request, and by nothing else.

The client builds each call and takes batches apart. What goes over the network goes through `Http`: one
request is sent once (httplib2, the client's own, sends some twice without a word, which would put a task
there twice), no more is read than we are ready for, and no redirect is followed with the login in hand.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httplib2
import httpx
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import BatchError, HttpError

from connectors.google import errors
from connectors.google.limits import LARGEST_ANSWER
from connectors.google.settings import GoogleSettings
from connectors.google.tokens import Tokens, Told
from syncer.connector import Context

__all__ = ["BatchError", "Http", "HttpError", "build"]


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
        self._client = httpx.Client(
            verify=_tls(),
            timeout=settings.timeout,
            follow_redirects=False,
            limits=httpx.Limits(keepalive_expiry=30),
        )
        self._tokens = Tokens(context, account, self._send)
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
        token = self._tokens.get()
        told = self._send(uri, method, body, {**(headers or {}), "authorization": f"Bearer {token}"})
        if told.status == 401:
            token = self._tokens.get(refused=token)
            told = self._send(uri, method, body, {**(headers or {}), "authorization": f"Bearer {token}"})
        response = httplib2.Response({**told.headers, "status": str(told.status)})
        response.reason = ""
        return response, told.data

    def renew(self) -> None:
        """Get another access token: the one of now was refused inside a batch."""
        self._tokens.get(refused=self._tokens.last)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    # --- the network ---

    def _send(self, uri: str, method: str, body: str | bytes | None, headers: Mapping[str, str]) -> Told:
        host = urlsplit(uri).netloc
        try:
            with self._client.stream(method, uri, content=body, headers=dict(headers)) as response:
                data = bytearray()
                for piece in response.iter_bytes():
                    data += piece
                    if len(data) > LARGEST_ANSWER:
                        raise errors.too_large(host)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise errors.unreachable(host) from None
        except httpx.TimeoutException:
            raise errors.no_answer(host) from None
        except httpx.DecodingError:
            raise errors.malformed(host) from None
        except httpx.TransportError:
            raise errors.broken(host) from None
        self.date = response.headers.get("date", self.date)
        return Told(response.status_code, dict(response.headers), bytes(data))
