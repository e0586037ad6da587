"""The one place where an answer of Todoist's, or a command that failed, becomes one of our failures.

Nothing here sends a request, and no text of Todoist's is passed on: it may quote the item or the login. A 403
says by its `error_tag` what it is about, and carries a `retry_after` even where no waiting helps (issue
threads of tod-org/tod and Doist/todoist-mcp). A 410 is told by its status alone: its text may speak of the
token.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from syncer.connector import (
    CollectionGone,
    Conflict,
    ConnectorError,
    CredentialsDead,
    ProviderGone,
    Refused,
    Retry,
)


class Unavailable(Retry):
    """Todoist as a whole does not answer or asks to be left alone: other requests will fare no better."""


class TooLarge(Refused):
    """An answer that is larger than we are ready to read."""


FOR_ALL = (CredentialsDead, CollectionGone, ProviderGone, Unavailable)
"""Failures after which the other operations need not be tried."""

PASSING = frozenset({408, 425, 500, 502, 503, 504})
"""Statuses that say nothing about the request itself."""

BY_ITSELF = "It is tried again by itself"
NEW_TOKEN = "Connect the account again with a new token: evenhold connect todoist"
FULL = "LIMIT_REACHED"
"""Ends the tag of every limit of a plan: open items and sections in a project, projects."""


def http_date(value: str) -> dt.datetime | None:
    """The moment in an HTTP date (RFC 9110 section 5.6.7), in UTC; None where it is none."""
    try:
        found = parsedate_to_datetime(value)
        return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def retry_after(header: str | None, data: object, now: dt.datetime) -> float | None:
    """Seconds to wait, from Retry-After (RFC 9110 section 10.2.3) or `error_extra.retry_after`."""
    if header and header.strip().isdecimal():
        return float(header.strip()[:9])
    if header and (moment := http_date(header)) is not None:
        return max(0.0, (moment - now).total_seconds())
    extra = data.get("error_extra") if isinstance(data, Mapping) else None
    seconds = extra.get("retry_after") if isinstance(extra, Mapping) else None
    wanted = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds < 1e9
    return float(seconds) if wanted and seconds is not None else None


def from_answer(
    status: int, data: object, header: str | None, now: dt.datetime, subject: str
) -> ConnectorError:
    """The failure that an answer means; `data` is its JSON, None where it has none."""
    if status == 410:
        return version_gone(subject)
    after = retry_after(header, data, now)
    tag = _tag(data)
    if status == 401 or tag.startswith("AUTH_"):
        return login_refused(subject)
    if status == 404 and data is None:
        return malformed(subject)  # Todoist says it in JSON: a proxy's page tells nothing of the project
    if status == 429 or (status == 403 and data is None):  # likewise: nobody is sent for a new token
        return Unavailable("Todoist asks for fewer requests", subject=subject, after=after, cure=BY_ITSELF)
    if status == 403:
        return _forbidden(tag, subject)
    if status == 503:
        return Unavailable("Todoist is down for a moment", subject=subject, after=after, cure=BY_ITSELF)
    if status in PASSING or status >= 500:
        return Retry(f"Todoist answered {status}", subject=subject, after=after, cure=BY_ITSELF)
    if status == 404:
        return project_gone(subject)
    if status == 413:
        return Refused("the request is larger than Todoist takes", subject=subject, cure="Shorten the notes")
    if status // 100 == 3:
        return Refused("Todoist redirects to another address", subject=subject, cure="Tell us: it never did")
    return Refused(
        f"Todoist refused with {status}", subject=subject, cure="Update Evenhold, or tell us of it"
    )


def from_command(error: object, subject: str) -> ConnectorError:
    """The failure that an entry of `sync_status` means, which stands there under HTTP status 200."""
    tag = _tag(error)
    status = error.get("http_code") if isinstance(error, Mapping) else None
    after = retry_after(None, error, dt.datetime.now(dt.UTC))
    if status == 410:
        return version_gone(subject)
    if tag == "PROJECT_NOT_FOUND":
        return project_gone(subject)
    if tag.endswith("_NOT_FOUND") or status == 404:
        return Conflict("the item is no longer there", subject=subject)
    if tag.endswith(f"PROJECTS_{FULL}"):
        return _plan_full(subject)
    if tag.endswith(FULL):
        # Not for good: as soon as something is done there, there is room again.
        return Retry(
            "the project is full",
            subject=subject,
            cure="Todoist holds 300 open items in a project: complete some, or give another one to Evenhold",
        )
    if status == 401 or tag.startswith("AUTH_"):
        return login_refused(subject)
    if status == 429:
        return Unavailable("Todoist asks for fewer requests", subject=subject, after=after, cure=BY_ITSELF)
    if status == 403:
        return Refused(
            "the account may not do that here", subject=subject, cure="Check who may change this project"
        )
    if not isinstance(status, int) or status >= 500 or status in PASSING:
        return Retry("Todoist could not do it now", subject=subject, after=after, cure=BY_ITSELF)
    return Refused(
        "Todoist does not take the item as it is", subject=subject, cure="Change its words or date"
    )


def _plan_full(subject: str) -> Retry:
    cure = "Remove or archive something there"
    return Retry("a limit of the Todoist plan is reached", subject=subject, cure=cure)


def _tag(data: object) -> str:
    tag = data.get("error_tag") if isinstance(data, Mapping) else None
    return tag if isinstance(tag, str) else ""


def _forbidden(tag: str, subject: str) -> ConnectorError:
    if tag.endswith(FULL):
        return _plan_full(subject)
    if tag in ("", "FORBIDDEN"):
        return CredentialsDead("Todoist forbids this login", subject=subject, cure=NEW_TOKEN)
    return Refused("the account may not do that here", subject=subject, cure="Look at the project in Todoist")


def login_refused(subject: str) -> CredentialsDead:
    """The token was revoked, or was never one."""
    return CredentialsDead("Todoist doesn't take this token", subject=subject, cure=NEW_TOKEN)


def version_gone(subject: str) -> ProviderGone:
    """The version of the API that we speak was shut down; the token may be as good as ever."""
    return ProviderGone(
        "this API version is gone", subject=subject, cure="Update Evenhold; the token can stay as it is"
    )


def project_gone(subject: str) -> CollectionGone:
    """The project was deleted or archived."""
    return CollectionGone(
        "the project is not there", subject=subject, cure="Check that it was not deleted or archived"
    )


def malformed(subject: str) -> Retry:
    """An answer that is no JSON, or not Todoist's: a login page, a proxy's error, a body cut short."""
    return Retry("the answer is not readable as Todoist's", subject=subject, cure=BY_ITSELF)


def unknown_shape(subject: str) -> Refused:
    """An answer in JSON that Todoist's own SDK can't read: one of the two is newer than the other."""
    return Refused("the answer is not in the form that we know", subject=subject, cure="Update Evenhold")


def too_large(subject: str) -> TooLarge:
    """An answer beyond what we read."""
    return TooLarge("the answer is larger than we read", subject=subject, cure="Tell us of it")


def no_answer(subject: str) -> Retry:
    """The time for an answer is over; it may have been carried out."""
    return Retry("Todoist did not answer in time", subject=subject, cure="Raise timeout if the line is slow")


def unreachable(subject: str) -> Unavailable:
    """No connection at all."""
    return Unavailable(
        "Todoist can't be reached", subject=subject, cure="Check this machine's network, names and clock"
    )


def broken(subject: str) -> Retry:
    """The connection closed before the answer was whole."""
    return Retry("the connection broke", subject=subject, cure=BY_ITSELF)
