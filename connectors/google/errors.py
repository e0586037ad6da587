"""The one place where an answer of Google's, or a refused token, becomes one of our failures.

Nothing here sends a request, and no text of Google's is passed on: it may quote the item or the login.
Sources: "Handle API errors" of the Calendar and Tasks APIs, AIP-193 (`details`), RFC 6749 section 5.2
(tokens).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.google.grant import AGAIN
from syncer.connector import (
    CollectionGone,
    Conflict,
    ConnectorError,
    CredentialsDead,
    CursorExpired,
    ProviderGone,
    Refused,
    Retry,
)


class Unavailable(Retry):
    """Google as a whole does not answer or asks to be left alone: other requests will fare no better."""


class Unreachable(Unavailable):
    """There is no connection: nothing was sent."""


class Limited(Unavailable):
    """Google asks for fewer requests: this one was not carried out."""


class Exhausted(Limited):
    """A quota of hours or days is used up: nothing is gained by asking again in a moment."""


class TooLarge(Refused):
    """An answer that is larger than we are ready to read."""


AT_ONCE = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "RATE_LIMIT_EXCEEDED",
        "RESOURCE_EXHAUSTED",
        "concurrentLimitExceeded",
        "servingLimitExceeded",
        "variableTermLimitExceeded",
    }
)
"""Reasons of a 403 or 429 that mean: more slowly. A 403 is by no means always a missing permission."""

FOR_LONG = frozenset({"quotaExceeded", "dailyLimitExceeded", "calendarUsageLimitsExceeded"})
"""Reasons that mean: for today, or for hours, that was enough."""

SCOPES = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientScopes"})
"""The login is good, but the person did not tick all that was asked."""

SWITCHED_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
"""The project to which the login's app belongs has not switched this API on."""

EXPIRED = frozenset({"fullSyncRequired", "updatedMinTooLongAgo"})
"""Reasons of a 410 that are about a cursor."""

CLASHED = frozenset({"conflict"})
"""Reasons of a 409 that mean: it met another call of the same batch, and was not carried out."""

OF_GOOGLES_OWN = frozenset({401, 403, 404, 409, 412})
"""Statuses that count only in words of Google's: a page that a proxy or Google's front put in their place
says nothing of a login, a calendar or an item."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that say nothing about the request itself."""

TOKEN_PASSING = frozenset(
    {"temporarily_unavailable", "server_error", "internal_failure", "rate_limit_exceeded"}
)
"""Codes of the token endpoint that say nothing about the grant (RFC 6749 section 4.1.2.1)."""

BY_ITSELF = "It is tried again by itself"


def reasons_in(data: Any) -> frozenset[str]:
    """The reasons in the body of an error, in both shapes that Google's APIs have."""
    error = data.get("error") if isinstance(data, Mapping) else None
    if not isinstance(error, Mapping):
        return frozenset()
    found = [error.get("status")]
    for name in ("errors", "details"):
        listed = error.get(name)
        if isinstance(listed, list):
            found += [one.get("reason") for one in listed if isinstance(one, Mapping)]
    return frozenset(one for one in found if isinstance(one, str))


def http_date(value: str) -> dt.datetime | None:
    """The moment in an HTTP date (RFC 9110 section 5.6.7), in UTC; None where it is none."""
    try:
        found = parsedate_to_datetime(value)
        return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def retry_after(value: str | None, now: dt.datetime) -> float | None:
    """Seconds to wait from a Retry-After in seconds or as a date (RFC 9110 section 10.2.3)."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value.strip()[:9])
    moment = http_date(value)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def from_status(
    status: int,
    reasons: frozenset[str],
    after: float | None,
    *,
    subject: str,
    missing: str = "the calendar or list",
) -> ConnectorError:
    """The failure that an answer means; `missing` is what a 404 says is not there."""
    if status == 401:
        return login_refused(subject)
    if status in (403, 429) and reasons & FOR_LONG:
        return Exhausted("Google's quota is used up", subject=subject, after=after, cure=BY_ITSELF)
    if status == 429 or (status == 403 and reasons & AT_ONCE):
        return Limited("Google asks for fewer requests", subject=subject, after=after, cure=BY_ITSELF)
    if status == 403:
        return _forbidden(reasons, subject)
    if status == 503:
        return Unavailable("Google is down for a moment", subject=subject, after=after, cure=BY_ITSELF)
    if status in PASSING or status >= 500:
        return Retry(f"Google answered {status}", subject=subject, after=after, cure=BY_ITSELF)
    if status == 404:
        cure = "Check that it still exists, and that the login reaches it"
        return CollectionGone(f"{missing} is not there", subject=subject, cure=cure)
    if status == 410:
        return _gone(reasons, subject)
    if status == 409 and reasons & CLASHED:
        return Retry("it met another change at Google", subject=subject, after=after, cure=BY_ITSELF)
    if status in (409, 412):
        return Conflict("the item is not as we knew it", subject=subject)
    if status == 413:
        return Refused("the item is larger than Google takes", subject=subject, cure="Shorten its notes")
    if status // 100 == 3:
        return Refused("Google redirects to another address", subject=subject, cure="Tell us: it never did")
    return Refused(f"Google refused with {status}", subject=subject)


def _forbidden(reasons: frozenset[str], subject: str) -> ConnectorError:
    if reasons & SCOPES:
        return CredentialsDead(
            "the login does not reach far enough",
            subject=subject,
            cure=f"{AGAIN}, and tick every box on Google's page",
        )
    if reasons & SWITCHED_OFF:
        return CredentialsDead(
            "the API is not switched on for this app",
            subject=subject,
            cure="Enable it in the Google Cloud project that the login belongs to",
        )
    return Refused(
        "the account may not do that here", subject=subject, cure="Check who may change this calendar"
    )


def _gone(reasons: frozenset[str], subject: str) -> ConnectorError:
    if reasons & EXPIRED:
        return CursorExpired("Google no longer knows the sync token", subject=subject)
    if "deleted" in reasons:
        return Conflict("the item is no longer there", subject=subject)
    return ProviderGone(
        "this version of Google's API is no longer there", subject=subject, cure="Update Evenhold"
    )


def login_refused(subject: str) -> CredentialsDead:
    """The access token is refused although it was just renewed."""
    return CredentialsDead("Google no longer accepts the login", subject=subject, cure=AGAIN)


def grant_refused(error: str, subject: str, *, testing: bool) -> CredentialsDead:
    """The token endpoint refuses the refresh token; `error` is its code (RFC 6749 section 5.2)."""
    if error in ("invalid_client", "unauthorized_client", "deleted_client", "disabled_client"):
        return CredentialsDead(
            "Google does not know the app any more",
            subject=subject,
            cure="Check its client id and secret in the Google Cloud project, then connect the account again",
        )
    cure = f"{AGAIN}. Publish the Google app, or its grants end every seven days" if testing else AGAIN
    return CredentialsDead("Google has ended the grant", subject=subject, cure=cure)


def malformed(subject: str) -> Retry:
    """An answer that is no JSON or no batch: a login page, a proxy's error, a body cut short."""
    return Retry("the answer is not readable as Google's", subject=subject, cure=BY_ITSELF)


def too_large(subject: str) -> TooLarge:
    """An answer beyond what we read."""
    return TooLarge("the answer is larger than we read", subject=subject, cure="Tell us of it")


def no_answer(subject: str) -> Retry:
    """The time for an answer is over; it may have been carried out."""
    return Retry("Google did not answer in time", subject=subject, cure="Raise timeout if the line is slow")


def unreachable(subject: str) -> Unreachable:
    """No connection at all."""
    return Unreachable(
        "Google can't be reached", subject=subject, cure="Check this machine's network, names and clock"
    )


def broken(subject: str) -> Retry:
    """The connection closed before the answer was whole."""
    return Retry("the connection broke", subject=subject, cure=BY_ITSELF)
