"""The `caldav` library's client, made fit for a service: the only module that imports it.

Imported with the first request. Nothing here retries, classifies or knows what a calendar is.
"""

from __future__ import annotations

import contextlib
import logging
from typing import Any, cast

import niquests
from caldav.davclient import DAVClient
from caldav.lib.error import AuthorizationError, RateLimitError, parse_preconditions

from connectors.caldav.errors import TooLarge
from connectors.caldav.quirks import clean_utf8, clean_xml
from connectors.caldav.settings import CalDAVSettings

__all__ = ["AuthorizationError", "DAVClient", "RateLimitError", "connect", "parse_preconditions"]

LARGEST_ANSWER = 32 * 1024 * 1024
"""Bytes of a response, unpacked, beyond which reading stops."""


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
        body = bytearray()
        try:
            for chunk in response.iter_content(65536):
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise TooLarge("the answer is too large", subject=url)
        except BaseException:  # half a body: left open, it would complain on stderr when it is collected
            _let_go(response)
            raise
        webdav = method in ("PROPFIND", "REPORT") and response.status_code in (200, 207)
        response._content = clean_xml(bytes(body)) if webdav else clean_utf8(bytes(body))
        response.headers["Content-Type"] = "text/plain"  # what is no XML is then no tree, and no exception
        return response


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
