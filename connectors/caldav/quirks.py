"""What particular servers do otherwise than the RFCs say, one small function each, with its evidence.

Pure: each takes what was seen and says what to make of it.
"""

from __future__ import annotations

import hashlib
import re

CONTENT_REVISION = "sha256:"
"""Begins a revision of our own making, for servers that give no ETag."""

_CONTROLS = bytes(set(range(32)) - {9, 10, 13})
_CONTROL_REFERENCES = re.compile(rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));", re.I)


def is_strong(revision: str | None) -> bool:
    """Whether a revision can stand in If-Match.

    A weak ETag never matches there (RFC 9110 section 13.1.1), yet some servers and compressing proxies
    hand them out; and what we computed ourselves says nothing to the server.
    """
    return bool(revision) and not str(revision).startswith(("W/", CONTENT_REVISION))


def revision_of(etag: str | None, data: str) -> str:
    """The ETag, or a hash of the content where the server gives none (RFC 4791 section 5.3.4 wants one)."""
    if etag is not None:
        return etag
    text = data.replace("\r\n", "\n").strip()
    return CONTENT_REVISION + hashlib.sha256(text.encode()).hexdigest()


def usable_token(token: str | None) -> bool:
    """Whether a sync token can be kept; the library makes up `fake-` ones for servers without any."""
    return bool(token) and not str(token).startswith("fake-")


def may_move(given: str, offered: str) -> bool:
    """Whether an account on host `given` may have its calendars on host `offered`.

    iCloud answers on caldav.icloud.com and keeps each account on a partition such as
    p42-caldav.icloud.com, named in calendar-home-set. Nobody else is trusted with the password.
    """
    return given == offered or (is_partitioned(given) and offered.endswith("-caldav.icloud.com"))


def is_partitioned(host: str) -> bool:
    """Whether the calendars stand on another host than the one given, so that it must be found first."""
    return host == "caldav.icloud.com"


def clean_xml(body: bytes) -> bytes:
    """XML without the control characters that it can't hold (XML 1.0 section 2.2).

    Servers that put iCalendar into XML as they found it send them on, and one such item would make the
    answer about a hundred others unreadable. UTF-16 is left as it is.
    """
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body
    return _CONTROL_REFERENCES.sub(b"", body.translate(None, _CONTROLS))
