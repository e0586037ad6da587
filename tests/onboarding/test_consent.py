"""The login on a page: what is asked, and which addresses are an answer to it."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from syncer.connector import OAuth
from syncer.onboarding.consent import Client, Consent, Denied, Elsewhere, lacking, scopes_of, short
from syncer.onboarding.errors import NotConnected

APP = {
    "client_id": "1234.apps",
    "client_secret": "canary-secret",
    "auth_uri": "https://accounts.example.org/auth?hl=en",
    "token_uri": "https://oauth.example.org/token",
}
CLIENT = Client("1234.apps", "canary-secret", APP["auth_uri"], APP["token_uri"])
OAUTH = OAuth("client_secret.json", ("a", "b"), ("c", "b"), {"access_type": "offline"})


def consent() -> Consent:
    return Consent.of(CLIENT, OAUTH, ("a", "b"), "http://127.0.0.1:4411/")


def test_the_address_asks_for_a_code_that_only_this_attempt_can_use() -> None:
    one, other = consent(), consent()
    parts = urlsplit(one.address)
    query = parse_qs(parts.query)
    digest = hashlib.sha256(one.verifier.encode()).digest()
    assert parts.netloc == "accounts.example.org"
    assert query["hl"] == ["en"]
    assert query["response_type"] == ["code"]
    assert query["client_id"] == ["1234.apps"]
    assert query["redirect_uri"] == ["http://127.0.0.1:4411/"]
    assert query["scope"] == ["a b"]
    assert query["access_type"] == ["offline"]
    assert query["code_challenge_method"] == ["S256"]
    assert query["code_challenge"] == [base64.urlsafe_b64encode(digest).decode().rstrip("=")]
    assert query["state"] == [one.state]
    assert 43 <= len(one.verifier) <= 128  # RFC 7636 section 4.1
    assert len(one.state) >= 22  # 128 bits and more
    assert (one.state, one.verifier) != (other.state, other.verifier)
    assert "canary-secret" not in one.address and one.verifier not in one.address


def test_nothing_that_is_secret_stands_in_a_repr() -> None:
    one = consent()
    for hidden in (one.state, one.verifier, "canary-secret"):
        assert hidden not in repr(one)


@pytest.mark.parametrize("form", ["http://127.0.0.1:4411/{}", "/{}", "{}", "  http://localhost:4411/{}#  "])
def test_the_code_is_found_in_an_address_or_in_what_a_request_asks_for(form: str) -> None:
    one = consent()
    text = form.format(f"?state={quote(one.state)}&code=4%2F0abc&scope=a%20b")
    assert one.code_in(text) == "4/0abc"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rubbish",
        "4/0abc",
        "http://127.0.0.1:4411/",
        "http://127.0.0.1:4411/?code=4/0abc",
        "http://127.0.0.1:4411/?state={state}",
        "http://127.0.0.1:4411/?state=wrong&code=4/0abc",
        "http://127.0.0.1:4411/?state={state}x&code=4/0abc",
        "http://127.0.0.1:4411/?state=&code=4/0abc",
        "http://127.0.0.1:4411/?state={state}&state=wrong&code=4/0abc",
        "http://127.0.0.1:4411/?state=wrong&error=access_denied",
        "http://[::1/?state={state}&code=4/0abc",
        "http://127.0.0.1:4411/?state=\udcffä&code=4/0abc",
        "http://127.0.0.1:4411/?" + "&".join(f"a{n}=1" for n in range(5000)),
    ],
)
def test_what_is_no_answer_to_this_attempt_is_let_by(text: str) -> None:
    one = consent()
    with pytest.raises(Elsewhere) as told:
        one.code_in(text.replace("{state}", one.state))
    assert "4/0abc" not in str(told.value)


@pytest.mark.parametrize("error", ["access_denied", "admin_policy_enforced", "<script>", ""])
def test_a_no_on_the_page_ends_the_attempt_without_repeating_what_it_said(error: str) -> None:
    one = consent()
    with pytest.raises(Denied) as told:
        one.code_in(f"/?state={one.state}&error={error}x&error_description=canary".replace("dx", "d"))
    assert "script" not in str(told.value) and "canary" not in str(told.value)


def test_the_scopes_of_one_consent_are_those_of_all_its_connectors_once() -> None:
    tasks = OAuth("client_secret.json", ("t", "b"))
    assert scopes_of([OAUTH, tasks], existing=False) == ("a", "b", "t")
    assert scopes_of([OAUTH, tasks], existing=True) == ("c", "b", "t")


@pytest.mark.parametrize(
    ("given", "lacks"),
    [("ab", []), ("cb", []), ("abc", []), ("a", ["b"]), ("", ["a", "b"]), ("c", ["a", "b"])],
)
def test_either_of_two_sets_of_scopes_will_do(given: str, lacks: list[str]) -> None:
    assert lacking(OAUTH, frozenset(given)) == lacks


def test_a_scope_is_told_without_its_address() -> None:
    assert short("https://www.googleapis.com/auth/calendar.app.created") == "calendar.app.created"
    assert short("data:read") == "data:read"


# --- the client file ---


def file(folder: Path, content: Any) -> Path:
    path = folder / "client_secret.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_the_app_is_read_from_the_file_of_the_console(tmp_path: Path) -> None:
    path = file(tmp_path, {"installed": {**APP, "project_id": "home", "redirect_uris": ["http://localhost"]}})
    assert Client.read(path) == CLIENT


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ([], "no OAuth client file"),
        ({"installed": []}, "no OAuth client file"),
        ({"installed": {**APP, "client_secret": ""}}, "no OAuth client file"),
        ({"installed": {**APP, "client_id": 5}}, "no OAuth client file"),
        ({"web": APP}, "web application"),
        ({"installed": {**APP, "token_uri": "http://oauth.example.org/token"}}, "without https"),
        ({"installed": {**APP, "auth_uri": "javascript:alert(1)"}}, "without https"),
        ({"type": "service_account", "private_key": "canary-secret"}, "no OAuth client file"),
    ],
)
def test_what_is_no_client_file_is_told_with_what_to_download(
    tmp_path: Path, content: Any, said: str
) -> None:
    with pytest.raises(NotConnected, match=said) as told:
        Client.read(file(tmp_path, content))
    assert "canary-secret" not in str(told.value)
    assert told.value.cure


def test_a_client_file_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotConnected, match="can't be read"):
        Client.read(tmp_path)


@pytest.mark.parametrize("between", ["", " ", "  https://", "\t"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_of_an_address_that_was_pasted_twice_the_first_whole_one_counts(between: str, scheme: str) -> None:
    one = consent()
    whole = f"{scheme}127.0.0.1:4411/?state={quote(one.state)}&scope=https://x/y&code=4%2F0abc"
    cut = f"{scheme}127.0.0.1:4411/?state={one.state[:4]}"
    assert one.code_pasted(f"{whole} {whole}") == one.code_pasted(f"{cut}{between}{whole}") == "4/0abc"
    assert one.code_pasted(f"{whole}&x={whole}") == "4/0abc"
    for nothing in ("4/0abc", "", cut):
        with pytest.raises(Elsewhere):
            one.code_pasted(nothing)
