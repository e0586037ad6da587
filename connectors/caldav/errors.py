"""The one place where an answer, or an exception of the HTTP library, becomes one of our failures.

Nothing here sends a request, and no text of a server or of an exception is passed on: it may quote the
item or the login.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime

from syncer.connector import (
    CollectionGone,
    Conflict,
    ConnectorError,
    CredentialsDead,
    CursorExpired,
    Refused,
    Retry,
)


class Unavailable(Retry):
    """The server as a whole does not answer or asks to be left alone: other requests will fare no better."""


class Locked(Retry):
    """Something else is being written at this moment; Xandikos locks a whole calendar while it does."""


class IllFormed(Retry):
    """A whole multistatus that is no XML, because of something in it: asking again would give the same."""


class TooLarge(Refused):
    """An answer that is larger than we are ready to read."""


SPACE = "Free space on the server"
PRECONDITIONS: dict[str, tuple[type[ConnectorError], str, str]] = {
    "valid-sync-token": (CursorExpired, "the server no longer knows the sync token", ""),
    "no-uid-conflict": (Conflict, "the item stands in this calendar at another address", ""),
    "unique-scheduling-object-resource": (Conflict, "the item stands at another address", ""),
    "max-resource-size": (Refused, "the item is larger than the server takes", "Shorten its notes"),
    "valid-calendar-data": (Refused, "the server can't read the item", ""),
    "valid-calendar-object-resource": (Refused, "the server can't read the item", ""),
    "supported-calendar-data": (Refused, "the server takes no iCalendar 2.0 here", "Choose another calendar"),
    "supported-calendar-component": (
        Refused,
        "the calendar does not hold this kind of item",
        "Choose a calendar for events, or a list for to-dos",
    ),
    "min-date-time": (Refused, "the date is earlier than the server takes", ""),
    "max-date-time": (Refused, "the date is later than the server takes", ""),
    "need-privileges": (Refused, "the account may not do that here", "Give the account the right to write"),
    "quota-not-exceeded": (Refused, "the account's space is used up", SPACE),
    "sufficient-disk-space": (Refused, "the server's disk is full", SPACE),
}
"""DAV:error elements by local name (RFC 4791 section 5.3.2.1, RFC 4918 section 16, RFC 6578, RFC 4331)."""

PASSING = frozenset({408, 421, 423, 425, 429, 500, 502, 503, 504})
"""Statuses that say nothing about the request itself; 423 is a lock that somebody holds for a moment."""


def http_date(value: str) -> dt.datetime | None:
    """The moment in an HTTP date (RFC 9110 section 5.6.7), in UTC; None where it is none."""
    try:
        found = parsedate_to_datetime(value)
        # The oldest of the three forms names no zone: all are in UTC.
        return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def retry_after(value: str | None, now: dt.datetime) -> float | None:
    """Seconds to wait from a Retry-After in seconds or as a date (RFC 9110 section 10.2.3)."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value[:9])
    moment = http_date(value)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def local_names(preconditions: Sequence[str]) -> frozenset[str]:
    """The names of DAV:error elements without their namespace."""
    return frozenset(tag.rsplit("}", 1)[-1] for tag in preconditions)


def from_status(
    status: int, preconditions: Sequence[str], after: float | None, *, subject: str, login: bool = False
) -> ConnectorError:
    """The failure that an answer means; `subject` is an address, `login` a request that asks who we are."""
    if status == 401:
        return bad_login(subject)
    for name in sorted(local_names(preconditions) & PRECONDITIONS.keys()):
        kind, condition, cure = PRECONDITIONS[name]
        return kind(condition, subject=subject, cure=cure)
    if status in PASSING:
        kind_of_retry = Unavailable if status in (429, 503) else Locked if status == 423 else Retry
        cure = "It is tried again by itself; if it stays so, look at the server's own log"
        return kind_of_retry(f"the server answered {status}", subject=subject, after=after, cure=cure)
    if status == 403 and login:
        return CredentialsDead(
            "the server forbids this account",
            subject=subject,
            cure="Check the account's rights at the server",
        )
    if status == 403:
        return Refused("the account may not do that here", subject=subject, cure="Check the account's rights")
    if status in (404, 410):
        return CollectionGone("the calendar is not there", subject=subject, cure="Check that it still exists")
    if status in (409, 412):
        return Conflict("the item is not as we knew it", subject=subject)
    if status == 413:
        return Refused("the item is larger than the server takes", subject=subject, cure="Shorten its notes")
    if status == 507:
        return Refused("the server has no space left", subject=subject, cure=SPACE)
    if status // 100 == 3:
        return Refused(
            "the server redirects to another host", subject=subject, cure="Put the new address into url"
        )
    return Refused(f"the server refused with {status}", subject=subject)


def bad_login(subject: str) -> CredentialsDead:
    """The name or password is wrong, or no longer right."""
    return CredentialsDead(
        "the server refused the login",
        subject=subject,
        cure="Check the account's user and password (for iCloud and others: an app-specific password)",
    )


def malformed(subject: str) -> Retry:
    """An answer that is no WebDAV: a login page, a proxy's error, a body cut short. Never an empty one."""
    return Retry(
        "the answer is not readable as WebDAV",
        subject=subject,
        cure="Check that the address is a CalDAV server's",
    )


def ill_formed(subject: str) -> IllFormed:
    """Something that one of its items holds makes an answer unreadable."""
    return IllFormed(
        "the answer is not well-formed XML", subject=subject, cure="Tell those who run the server"
    )


def entities(subject: str) -> Refused:
    """An answer that declares entities: they can stand for more than memory holds, or for a local file."""
    return Refused("the answer declares XML entities", subject=subject, cure="Tell those who run the server")


def circular(subject: str) -> Refused:
    """A redirect that leads to another, and so on."""
    return Refused(
        "the server redirects in a circle", subject=subject, cure="Put the address that it should be into url"
    )


def from_exception(error: Exception, address: str) -> ConnectorError | None:
    """The failure that an exception of the HTTP or XML library means, or None for one that is a bug."""
    names = {cause_type.__name__ for cause in _causes(error) for cause_type in type(cause).__mro__}
    if "XMLSyntaxError" in names:
        return malformed(address)
    if names & {"SSLError", "CertificateError"}:
        return Unavailable(
            "no secure connection", subject=address, cure=f"Check the certificate of {address}, and the clock"
        )
    if "NameResolutionError" in names:
        return Unavailable("the server's name is unknown", subject=address, cure=f"Check the name {address}")
    if names & {"NewConnectionError", "ConnectTimeout", "ConnectTimeoutError", "ProxyError"}:
        return Unavailable(
            "the server can't be reached", subject=address, cure=f"Check that {address} is up and reachable"
        )
    if "Timeout" in names:
        return Retry("the server did not answer in time", subject=address, cure="Raise timeout if it is slow")
    if names & {"RequestException", "HTTPError", "OSError"}:
        return Retry("the connection broke", subject=address)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and what it was raised from or wraps, each once."""
    seen: set[int] = set()
    queue: list[object] = [error]
    while queue:
        cause = queue.pop()
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            queue += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
