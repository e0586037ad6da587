"""What is said before the password of a CalDAV account is typed."""

from __future__ import annotations

import pytest

from connectors.caldav import CalDAV
from connectors.caldav.settings import CalDAVSettings
from syncer.core.model import Kind

ICLOUD = [
    {"url": "https://caldav.icloud.com/", "user": "ada"},
    {"url": "https://p42-caldav.icloud.com/123/calendars/", "user": "ada"},
    {"url": "icloud.com", "user": "ada"},
    {"url": "ada@me.com", "user": "ada"},
    {"url": "https://dav.example.org/", "user": "Ada@iCloud.com"},
]
OTHERS = [
    {"url": "https://dav.example.org/", "user": "ada"},
    {"url": "https://caldav.icloud.com.example.org/", "user": "ada"},
    {"url": "https://noticloud.com/", "user": "ada@acme.com"},
]


@pytest.mark.parametrize("settings", ICLOUD)
def test_icloud_wants_an_app_specific_password_and_takes_no_todos(settings: dict[str, str]) -> None:
    login = CalDAV.login(CalDAVSettings(**settings))  # type: ignore[arg-type]  # texts alone
    assert login.word == "app-specific password"
    assert login.kinds == {Kind.EVENT}
    assert "Reminders have left CalDAV" in " ".join(login.advice)


@pytest.mark.parametrize("settings", OTHERS)
def test_everybody_else_takes_both_with_a_password(settings: dict[str, str]) -> None:
    login = CalDAV.login(CalDAVSettings(**settings))  # type: ignore[arg-type]  # texts alone
    assert login.word == "password"
    assert login.kinds == {Kind.EVENT, Kind.TODO}


def test_a_bearer_login_asks_for_a_token() -> None:
    assert CalDAV.login(CalDAVSettings(url="https://dav.example.org/", auth="bearer")).word == "token"
