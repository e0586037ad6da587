"""How old a login is and when it ends, as the secret says it that `evenhold connect` wrote.

Google: an app whose publishing status is "Testing" is given refresh tokens that live for seven days ("Using
OAuth 2.0 to Access Google APIs", Refresh token expiration). The token's answer has `refresh_token_expires_in`
where a grant is limited in time ("OAuth 2.0 for iOS & Desktop Apps"); of an app in testing it says 604799.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from syncer import secrets
from syncer.secrets import SecretError, SecretRef

TESTING = dt.timedelta(days=7)
"""How long the grant of an app in testing lives."""
AHEAD = dt.timedelta(days=2)
"""How long before its end a grant is warned of: a grant of seven days from its fifth day on."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a secret tells of itself: when it was given and when it ends (UTC), and what it reaches.

    `testing` is whether its app is in testing. What is not known is None.
    """

    granted: dt.datetime | None
    expires: dt.datetime | None
    testing: bool | None
    scopes: frozenset[str]

    def left(self, now: dt.datetime) -> dt.timedelta | None:
        """The time until it ends, None where it is not known to end; negative once it has."""
        return self.expires - now if self.expires is not None else None

    def doubtful(self, now: dt.datetime) -> bool:
        """Whether it ends soon should its app be in testing, which nobody has said."""
        if self.expires is not None or self.testing is not None or self.granted is None:
            return False
        return TESTING - AHEAD <= now - self.granted < TESTING + dt.timedelta(days=1)


def expiry(told: object, now: dt.datetime) -> tuple[dt.datetime | None, bool | None]:
    """When a grant ends and whether its app is in testing, where `refresh_token_expires_in` is told."""
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 < told < 10**9:
        return None, None
    lasts = dt.timedelta(seconds=told)
    # Who grants for a time is offered other spans; just under seven days is what testing gives.
    return now + lasts, TESTING - dt.timedelta(minutes=5) <= lasts <= TESTING


def read(secret: str) -> Grant | None:
    """What a secret tells of itself, None where it is a password or a bare token."""
    try:
        held = json.loads(secret)
    except (ValueError, RecursionError):
        return None
    if not isinstance(held, dict) or "refresh_token" not in held:
        return None
    testing, scopes = held.get("testing"), held.get("scopes")
    granted, expires = _moment(held.get("granted")), _moment(held.get("expires"))
    if expires is None and testing is True and granted is not None:
        expires = granted + TESTING
    return Grant(
        granted,
        expires,
        testing if isinstance(testing, bool) else None,
        frozenset(str(one) for one in scopes) if isinstance(scopes, list) else frozenset(),
    )


def of(ref: SecretRef) -> Grant | None:
    """What an account's secret tells of itself; a command is not run to find out."""
    if ref.command is not None:
        return None
    try:
        return read(secrets.read(ref))
    except SecretError:
        return None


def warning(grant: Grant | None, now: dt.datetime) -> str:
    """A sentence where the grant ends within two days, has ended, or may end; else empty."""
    if grant is None:
        return ""
    left = grant.left(now)
    why = " because its app is in testing" if grant.testing else ""
    if left is not None and left <= dt.timedelta():
        return f"its login ended {span(-left)} ago{why}"
    if left is not None and left <= AHEAD:
        return f"its login ends in {span(left)}{why}"
    if grant.doubtful(now):
        return "its login ends seven days after it was given if its app is in testing"
    return ""


def cure(grant: Grant | None, again: str) -> str:
    """What helps against what `warning` says; `again` is the command that connects the account again."""
    if grant is None or grant.testing is False:
        return f"Run: {again}"
    return f"Publish the app (In production) in the provider's console, then run: {again}"


def span(time: dt.timedelta) -> str:
    """A time in hours or days, as a person says it."""
    hours = round(time.total_seconds() / 3600)
    if hours < 36:
        return f"{max(hours, 1)} hour{'s' if hours > 1 else ''}"
    return f"{round(hours / 24)} days"


def _moment(text: object) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
