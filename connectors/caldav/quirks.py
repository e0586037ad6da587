"""What particular servers do otherwise than the RFCs say, one small function each, with its evidence.

Pure: each takes what was seen and says what to make of it.
"""

from __future__ import annotations

import codecs
import hashlib
import re

CONTENT_REVISION = "sha256:"
"""Begins a revision of our own making, for servers that give no ETag."""

PIECE = 64 * 1024
_CONTROLS = bytes(set(range(32)) - {9, 10, 13})
_REFERENCES = re.compile(rb"&#(?:x([0-9a-f]+)|([0-9]+));", re.I)
_NO_CHARACTERS = re.compile(b"\xef\xbf[\xbe\xbf]")
_ENCODING = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']+)""")
_WHOLE = re.compile(r"</(?:[\w.-]+:)?multistatus\s*>\s*$")


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
    """XML without what it can't hold (XML 1.0 section 2.2): control characters, broken UTF-8, surrogates.

    Servers that put iCalendar into XML as they found it send them on, and one such item would make the
    answer about a hundred others unreadable. What is well-formed stays as it is, and so does UTF-16.
    """
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body
    body = _REFERENCES.sub(_reference, body.translate(None, _CONTROLS))
    declared = _ENCODING.match(body)
    if declared is None or declared[1].lower() in (b"utf-8", b"utf8"):
        body = _NO_CHARACTERS.sub(b"", clean_utf8(body))
    return body


def clean_utf8(body: bytes) -> bytes:
    """UTF-8 in which every byte that is none has become U+FFFD."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:  # piece by piece: as text, the whole could take four times as much
        for start in range(0, len(body), PIECE):
            decoder.decode(body[start : start + PIECE], start + PIECE >= len(body))
    except UnicodeDecodeError:
        return body.decode(errors="replace").encode()
    return body


def ill_formed(body: str) -> bool:
    """Whether a text that no parser took is a whole multistatus all the same: something in it is wrong.

    One that was cut short has no end, and a login page or nothing at all was never one.
    """
    return _WHOLE.search(body[-200:]) is not None


def is_page(body: str) -> bool:
    """Whether an answer is a page for people: a login or proxy that says 200 to whatever is asked.

    By its body: PHP servers (DAViCal, SabreDAV) call even an empty answer text/html.
    """
    return body[:1000].lstrip().lower().startswith(("<!doctype html", "<html"))


def _reference(found: re.Match[bytes]) -> bytes:
    """A character reference, or nothing where it names no character of XML."""
    digits = (found[1] or found[2]).lstrip(b"0")
    number = int(digits, 16 if found[1] else 10) if 0 < len(digits) < 8 else -1
    legal = (
        number in (9, 10, 13)
        or 0x20 <= number < 0xD800
        or 0xE000 <= number < 0xFFFE
        or 0x10000 <= number < 0x110000
    )
    return found[0] if legal else b""
