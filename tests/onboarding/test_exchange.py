"""A code is traded for a grant at the token endpoint, once; what goes wrong is told without a secret."""

from __future__ import annotations

import datetime as dt
import json
import socket
import urllib.request
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest

from connectors.google import scopes
from connectors.google.grant import Grant
from syncer.connector import OAuth
from syncer.onboarding import exchange as module
from syncer.onboarding.consent import Client, Consent
from syncer.onboarding.errors import NotConnected
from syncer.onboarding.exchange import exchange
from tests.emulators.google_oauth import GoogleOAuth
from tests.emulators.stage import Asked, Response, Stage, json_response

NOW = dt.datetime(2026, 11, 24, 9, 30, 15, 123456, tzinfo=dt.UTC)
ASKED = (*scopes.CALENDAR, *scopes.TASKS)


@pytest.fixture
def google() -> Iterator[GoogleOAuth]:
    """The authorization server, with somebody at the consent page who says yes."""
    oauth = GoogleOAuth()
    stage = Stage(oauth)
    stage.start()
    oauth.consenting = "ada@example.org"
    yield oauth
    stage.stop()
    assert not stage.bugs


def attempt(google: GoogleOAuth, **parameters: str) -> Consent:
    url = google.stage.url
    client = Client(google.client_id, google.client_secret, f"{url}/o/oauth2/auth", f"{url}/token")
    asked = OAuth("client_secret.json", ASKED, (), {"access_type": "offline", **parameters})
    return Consent.of(client, asked, ASKED, "http://127.0.0.1:4411/")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def browse(consent: Consent) -> str:
    """Where the consent page sends the browser."""
    try:
        urllib.request.build_opener(_Stay).open(consent.address)
    except HTTPError as answer:
        return str(answer.headers["location"])
    raise AssertionError("the consent page did not redirect")


def test_the_grant_is_what_the_connectors_are_given(google: GoogleOAuth) -> None:
    consent = attempt(google)
    secret = exchange(consent, consent.code_in(browse(consent)), NOW)
    assert secret["granted"] == "2026-11-24T09:30:15+00:00"
    assert (secret["testing"], secret["expires"]) == (None, None)
    assert secret["scopes"] == sorted(ASKED)
    grant = Grant.read(json.dumps(secret), "ada")
    assert grant.client_id == google.client_id
    assert grant.token_uri == f"{google.stage.url}/token"
    assert grant.granted == NOW.replace(microsecond=0)
    assert "access_token" not in secret and "token" not in secret


def test_a_grant_of_an_app_in_testing_says_when_it_ends(google: GoogleOAuth) -> None:
    google.testing = True
    consent = attempt(google)
    secret = exchange(consent, consent.code_in(browse(consent)), NOW)
    assert secret["testing"] is True
    ends = dt.datetime.fromisoformat(secret["expires"])
    assert dt.timedelta(days=6, hours=23) < ends - NOW <= dt.timedelta(days=7)


def refusal(consent: Consent, code: str) -> NotConnected:
    with pytest.raises(NotConnected) as told:
        exchange(consent, code, NOW)
    for hidden in (code, consent.verifier, consent.client.secret, consent.state):
        assert hidden not in f"{told.value} {told.value!r}"
    assert told.value.__cause__ is None
    return told.value


def test_a_box_that_was_not_ticked_is_named(google: GoogleOAuth) -> None:
    google.unticked = scopes.TASKS
    consent = attempt(google)
    told = refusal(consent, consent.code_in(browse(consent)))
    assert "(tasks is missing)" in str(told)


def test_a_code_counts_once_and_only_with_its_verifier(google: GoogleOAuth) -> None:
    consent, other = attempt(google), attempt(google)
    code = consent.code_in(browse(consent))
    assert "used before" in str(refusal(other, code))
    assert "used before" in str(refusal(consent, code))


def test_no_lasting_login_is_no_login(google: GoogleOAuth) -> None:
    consent = attempt(google, access_type="online")
    assert "no lasting login" in str(refusal(consent, consent.code_in(browse(consent))))


def test_an_app_that_was_deleted_is_told(google: GoogleOAuth) -> None:
    consent = attempt(google)
    code = consent.code_in(browse(consent))
    google.clients.clear()
    assert "does not know the app" in str(refusal(consent, code))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (json_response(503, {"error": "internal_failure"}), "answered 503"),
        (json_response(429, {}), "answered 429"),
        (Response(200, {"content-type": "text/html"}, b"<html>log in</html>"), "refused the login (200)"),
        (Response(200, {}, b"[" * 60_000), "refused the login (200)"),
        (Response(200, {}, b"x" * 70_000), "far too long"),
        (json_response(400, {"error": ["canary"], "error_description": "canary"}), "refused the login (400)"),
        (Response(302, {"location": "http://127.0.0.1:9/"}, b""), "refused the login (302)"),
        (json_response(400, {"error": "redirect_uri_mismatch"}), "no loopback address"),
    ],
)
def test_any_other_answer_has_its_sentence(google: GoogleOAuth, answer: Response, said: str) -> None:
    consent = attempt(google)

    def fault(asked: Asked) -> Response | None:
        return answer if asked.path == "/token" else None

    google.stage.fault = fault
    told = str(refusal(consent, "code-7"))
    assert said in told and "canary" not in told


def test_a_server_that_is_away_or_silent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        consent = Consent(Client("id", "canary-secret", "", f"http://{place}/token"), (), "")
        assert f"{place} can't be reached" in str(refusal(consent, "code-7"))
        silent.listen()
        monkeypatch.setattr(module, "SECONDS", 0.2)
        assert f"{place} did not answer in time" in str(refusal(consent, "code-7"))
