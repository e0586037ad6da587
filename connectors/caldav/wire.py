"""The `caldav` library's client, made fit for a service: the only module that imports it.

Imported with the first request. Nothing here retries, classifies or knows what a calendar is.
"""

from __future__ import annotations

import contextlib
import logging
from contextvars import ContextVar
from typing import Any, cast

import niquests
from caldav.davclient import DAVClient
from caldav.lib.error import AuthorizationError, RateLimitError, parse_preconditions

from connectors.caldav.errors import TooLarge
from connectors.caldav.limits import LARGEST_ANSWER, MOST_TAGS
from connectors.caldav.quirks import clean_utf8, clean_xml
from connectors.caldav.settings import CalDAVSettings

__all__ = ["AuthorizationError", "DAVClient", "RateLimitError", "connect", "parse_preconditions"]

most: ContextVar[int] = ContextVar("most", default=LARGEST_ANSWER)
"""Bytes of the next response in this thread, unpacked, beyond which reading stops."""


class _Unquoted(logging.Filter):
    """Drops what the library says, through the root logger, about bodies that are no XML: it quotes them."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.module == "response" and "caldav" in record.pathname)


logging.getLogger().addFilter(_Unquoted())


class Session(niquests.Session):
    """A session that follows no redirect and reads no more than it should."""

    def get_redirect_target(self, resp: niquests.Response) -> str | None:
        """Nowhere: the library works out the next request even unasked, and raises for `http://[`."""
        return None

    def request(self, method: str, url: str, **options: Any) -> niquests.Response:  # type: ignore[override]  # narrower on purpose
        """Send one request; a redirect is handed back as it is, for us to say where the password goes."""
        options.update(allow_redirects=False, stream=True)
        response = super().request(method, url, **options)
        try:
            body = _read(response, url)
        except BaseException:  # half a body: left open, it would complain on stderr when it is collected
            _let_go(response)
            raise
        webdav = method in ("PROPFIND", "REPORT") and response.status_code in (200, 207)
        response._content = clean_xml(body) if webdav else clean_utf8(body)
        response.headers["Content-Type"] = "text/plain"  # what is no XML is then no tree, and no exception
        return response


def _read(response: niquests.Response, url: str) -> bytes:
    """The whole body, unpacked piece by piece (a gigabyte fits into a packed megabyte)."""
    largest, body = most.get(), bytearray()
    told = response.headers.get("Content-Length") or ""
    if told.isdecimal() and int(told[:20]) > largest:
        raise TooLarge("the answer is too large", subject=url)
    for chunk in response.iter_content(65536):
        body += chunk
        if len(body) > largest:
            raise TooLarge("the answer is too large", subject=url)
    if body.count(b"<") > MOST_TAGS:
        raise TooLarge("the answer holds too many entries", subject=url)
    return bytes(body)


def _let_go(response: niquests.Response) -> None:
    """Close a response whose body failed to be read, and the connection that the rest of it would come on."""
    with contextlib.suppress(Exception):
        response.close()


def connect(settings: CalDAVSettings, secret: str) -> DAVClient:
    """A client for the account; for a domain or mail address this looks the server up (RFC 6764)."""
    client = DAVClient(
        url=settings.url,
        username=settings.user or None,
        password=secret,
        auth_type=settings.auth,
        timeout=cast(int, settings.timeout),  # annotated as whole seconds, handed on as it is
        enable_rfc6764=not settings.full_url,
        require_tls=not settings.insecure,
        rate_limit_handle=False,  # one layer retries, and it is ours
        headers={"User-Agent": "Evenhold/0.1"},
    )
    client.session.close()
    client.session = Session(retries=0, disable_http3=True, pool_maxsize=settings.parallel)
    return client
