"""What each answer of Google's means, and the sentence in which a person is told."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from connectors.google import errors
from connectors.google.grant import Grant
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

NOW = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("status", "reason", "kind", "sentence"),
    [
        (400, "invalid", Refused, "Google refused with 400 (it)"),
        (
            401,
            "authError",
            CredentialsDead,
            "Google no longer accepts the login (it). Connect the account again",
        ),
        (
            403,
            "rateLimitExceeded",
            errors.Limited,
            "Google asks for fewer requests (it). It is tried again",
        ),
        (403, "userRateLimitExceeded", errors.Limited, "Google asks for fewer requests"),
        (429, "rateLimitExceeded", errors.Limited, "Google asks for fewer requests"),
        (429, "", errors.Limited, "Google asks for fewer requests"),
        (
            403,
            "quotaExceeded",
            errors.Exhausted,
            "Google's quota is used up (it). It is tried again by itself",
        ),
        (403, "dailyLimitExceeded", errors.Exhausted, "quota"),
        (403, "insufficientPermissions", CredentialsDead, "tick every box on Google's page"),
        (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", CredentialsDead, "the login does not reach far enough"),
        (403, "accessNotConfigured", CredentialsDead, "Enable it in the Google Cloud project"),
        (403, "SERVICE_DISABLED", CredentialsDead, "the API is not switched on"),
        (
            403,
            "forbidden",
            Refused,
            "the account may not do that here (it). Check who may change this calendar",
        ),
        (403, "", Refused, "the account may not do that here"),
        (404, "notFound", CollectionGone, "the list is not there (it). Check that it still exists"),
        (409, "duplicate", Conflict, "the item is not as we knew it"),
        (409, "conflict", Retry, "it met another change at Google (it). It is tried again by itself"),
        (410, "fullSyncRequired", CursorExpired, "Google no longer knows the sync token"),
        (410, "updatedMinTooLongAgo", CursorExpired, "Google no longer knows the sync token"),
        (410, "deleted", Conflict, "the item is no longer there"),
        (410, "", ProviderGone, "this version of Google's API is no longer there (it). Update Evenhold"),
        (412, "conditionNotMet", Conflict, "the item is not as we knew it"),
        (413, "", Refused, "larger than Google takes (it). Shorten its notes"),
        (500, "backendError", Retry, "Google answered 500 (it). It is tried again by itself"),
        (503, "", errors.Unavailable, "Google is down for a moment"),
        (302, "", Refused, "Google redirects to another address"),
    ],
)
def test_each_answer_has_one_meaning(
    status: int, reason: str, kind: type[ConnectorError], sentence: str
) -> None:
    reasons = frozenset({reason}) if reason else frozenset()
    error = errors.from_status(status, reasons, 7, subject="it", missing="the list")
    assert type(error) is kind
    assert sentence in str(error) and len(str(error)) < 200
    if isinstance(error, Retry):
        assert error.after == 7


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        ({"error": {"errors": [{"reason": "a"}, {"reason": "b"}], "code": 403}}, {"a", "b"}),
        ({"error": {"status": "X", "details": [{"reason": "c"}, {"links": []}]}}, {"X", "c"}),
        ({"error": {"errors": "none", "details": [7]}}, set()),
        ({"error": "invalid_grant"}, set()),
        ([], set()),
        (None, set()),
    ],
)
def test_reasons_stand_in_two_places(body: Any, reasons: set[str]) -> None:
    assert errors.reasons_in(body) == reasons


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 120 ", 120),
        ("9" * 400, 999_999_999),
        ("Tue, 24 Nov 2026 08:01:30 GMT", 90),
        ("Tue, 24 Nov 2026 07:00:00 GMT", 0),
        ("soon", None),
        (None, None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert errors.retry_after(value, NOW) == seconds


GRANT = {"client_id": "id", "client_secret": "sesame", "refresh_token": "1//sesame"}


def test_a_secret_is_read_and_never_shown() -> None:
    text = json.dumps(
        {**GRANT, "scopes": ["a"], "granted": "2026-11-24T09:00:00+01:00", "testing": True, "token": "x"}
    )
    grant = Grant.read(text, "ada")
    assert (grant.client_id, grant.refresh_token, grant.scopes) == ("id", "1//sesame", ("a",))
    assert (grant.granted, grant.testing) == (NOW, True)
    assert grant.token_uri == "https://oauth2.googleapis.com/token"
    assert "sesame" not in repr(grant)
    assert Grant.read(json.dumps({**GRANT, "granted": "then"}), "ada").granted is None


@pytest.mark.parametrize(
    ("testing", "days", "looks"),
    [
        (True, 1, True),
        (False, 7, False),
        (None, 7, True),
        (None, 6.2, True),
        (None, 30, False),
        (None, 5, False),
    ],
)
def test_a_grant_that_died_after_seven_days_looks_like_one_of_an_app_in_testing(
    testing: bool | None, days: float, looks: bool
) -> None:
    grant = Grant("id", "s", "r", granted=NOW - dt.timedelta(days=days), testing=testing)
    assert grant.looks_tested(NOW) is looks
    assert Grant("id", "s", "r").looks_tested(NOW) is False


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "a-bare-token",
        "[]",
        "null",
        json.dumps({**GRANT, "refresh_token": ""}),
        json.dumps({**GRANT, "token_uri": "http://example.org/token"}),
        json.dumps({**GRANT, "token_uri": 7}),
        "[" * 100_000,
    ],
)
def test_what_is_no_secret_is_said_to_be_none(secret: str) -> None:
    """Nor does it go to a token endpoint that is not encrypted."""
    with pytest.raises(CredentialsDead, match="holds no Google login") as raised:
        Grant.read(secret, "ada")
    assert "evenhold connect google" in str(raised.value)
