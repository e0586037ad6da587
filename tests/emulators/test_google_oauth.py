"""Google's consent page and token endpoint, as far as clients can tell."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.emulators.asking import Asking, Told
from tests.emulators.google_oauth import GoogleOAuth
from tests.emulators.stage import Stage

SCOPE = "https://www.googleapis.com/auth/calendar.events"
REDIRECT = "http://127.0.0.1:9999/"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def oauth() -> Iterator[GoogleOAuth]:
    made = GoogleOAuth()
    stage = Stage(made)
    stage.start()
    yield made
    stage.stop()
    assert not stage.bugs


def consent(oauth: GoogleOAuth, **query: str) -> Told:
    asked: dict[str, Any] = {
        "client_id": oauth.client_id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": f"{SCOPE} openid",
        "state": "xyz",
        "access_type": "offline",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **query,
    }
    return Asking(oauth.stage)("GET", "/o/oauth2/auth", **asked)


def token(oauth: GoogleOAuth, **form: str) -> Told:
    asked = {"client_id": oauth.client_id, "client_secret": oauth.client_secret, **form}
    return Asking(oauth.stage)("POST", "/token", urlencode(asked))


def redeem(oauth: GoogleOAuth, code: str, **form: str) -> Told:
    asked = {
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        "code": code,
    }
    return token(oauth, **{**asked, **form})


def answer(told: Told) -> dict[str, str]:
    """The query of the redirect."""
    assert told.status == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(told.headers["location"]).query).items()}


def refresh(oauth: GoogleOAuth, refresh_token: str) -> Told:
    return token(oauth, grant_type="refresh_token", refresh_token=refresh_token)


def test_consent_a_code_and_its_tokens(oauth: GoogleOAuth) -> None:
    oauth.consenting, oauth.unticked = "ada@example.org", {"openid"}
    told = answer(consent(oauth))
    assert (told["state"], told["scope"]) == ("xyz", SCOPE)
    tokens = redeem(oauth, told["code"]).data
    access = oauth.who(tokens["access_token"])
    assert access is not None and (access.account, *access.scopes) == ("ada@example.org", SCOPE)
    again = refresh(oauth, tokens["refresh_token"]).data
    assert again["access_token"] != tokens["access_token"] and "refresh_token" not in again


def test_a_code_counts_once_and_for_its_owner(oauth: GoogleOAuth) -> None:
    oauth.consenting = "ada@example.org"
    code = answer(consent(oauth))["code"]
    assert redeem(oauth, code).status == 200
    assert redeem(oauth, code).data["error"] == "invalid_grant"
    for wrong in ({"code_verifier": "other"}, {"redirect_uri": "http://localhost:1/"}):
        assert redeem(oauth, answer(consent(oauth))["code"], **wrong).data["error"] == "invalid_grant"


def test_who_says_no_is_told_to_the_app(oauth: GoogleOAuth) -> None:
    assert answer(consent(oauth)) == {"error": "access_denied", "state": "xyz"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "another"},
        {"redirect_uri": "https://example.org/"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
    ],
)
def test_a_wrong_request_leads_nowhere(oauth: GoogleOAuth, wrong: dict[str, str]) -> None:
    oauth.consenting = "ada@example.org"
    assert consent(oauth, **wrong).status == 400


def test_a_grant_ends(oauth: GoogleOAuth) -> None:
    """Revoked, or after seven days where the app is in "testing"."""
    secret = json.loads(oauth.secret("ada@example.org", [SCOPE]))
    held = refresh(oauth, secret["refresh_token"]).data["access_token"]
    assert oauth.who(held) is not None
    oauth.stage.clock.advance(seconds=3600)
    assert oauth.who(held) is None
    held = refresh(oauth, secret["refresh_token"]).data["access_token"]
    oauth.expire("ada@example.org")
    assert oauth.who(held) is None
    oauth.revoke("ada@example.org")
    assert refresh(oauth, secret["refresh_token"]).data["error"] == "invalid_grant"
    tested = oauth.grant("bo@example.org", [SCOPE], testing=True)
    oauth.stage.clock.advance(days=6, hours=23)
    assert refresh(oauth, tested.refresh).status == 200
    oauth.stage.clock.advance(hours=1)
    assert refresh(oauth, tested.refresh).data["error"] == "invalid_grant"


def test_an_app_can_give_a_grant_back(oauth: GoogleOAuth) -> None:
    grant = oauth.grant("ada@example.org", [SCOPE])
    held = refresh(oauth, grant.refresh).data["access_token"]
    assert Asking(oauth.stage)("POST", "/revoke", urlencode({"token": grant.refresh})).status == 200
    assert oauth.who(held) is None
    assert Asking(oauth.stage)("POST", "/revoke", urlencode({"token": held})).status == 400


def test_a_wrong_client_and_an_outage(oauth: GoogleOAuth) -> None:
    grant = oauth.grant("ada@example.org", [SCOPE])
    assert token(oauth, client_secret="guessed", grant_type="refresh_token").data["error"] == "invalid_client"
    assert token(oauth, grant_type="password").data["error"] == "unsupported_grant_type"
    assert refresh(oauth, "1//made-up").data["error"] == "invalid_grant"
    oauth.down, oauth.after = 503, 7
    told = refresh(oauth, grant.refresh)
    assert (told.status, told.headers["retry-after"]) == (503, "7")
