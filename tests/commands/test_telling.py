"""What the status, the log and a running daemon say of logins that end or are refused: once, and in time."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from syncer import lastpass, log
from syncer.app import App, open_app
from syncer.commands import run
from syncer.commands.status import collect, print_status
from syncer.connector import CredentialsDead
from syncer.core.model import Kind
from syncer.core.spoke import Spoke
from syncer.daemon import Daemon
from syncer.engine.happenings import Happening, What
from syncer.engine.report import PassReport, SpokeReport
from tests.commands.conftest import Providers
from tests.onboarding.house import HEAD, table

NOW = dt.datetime.now(dt.UTC)
CANARY = "canary-77"


def tables(root: str) -> str:
    return (
        table("ada-calendar", "Ada", "google_calendar", "g", calendar="Ours", root=root)
        + table("ada-tasks", "Ada", "google_tasks", "g", todos="Tasks", root=root)
        + table("ben-todoist", "Ben", "todoist", "t", todos="Inbox", url=root)
    )


@pytest.fixture
def household(tmp_path: Path, providers: Providers) -> Callable[..., App]:
    """A household whose login at Google was given some days ago; none of its logins is taken."""

    def opened(days: float, **kept: Any) -> App:
        (tmp_path / "home.toml").write_text(HEAD + tables(providers.url))
        granted = NOW - dt.timedelta(days=days)
        grant = {"client_id": "i", "client_secret": CANARY, "refresh_token": CANARY, "scopes": []}
        grant |= {"granted": granted.isoformat(), "token_uri": f"{providers.url}/token", **kept}
        for name, secret in (("g", json.dumps(grant)), ("t", CANARY)):
            (tmp_path / f"{name}.secret").write_text(secret)
            (tmp_path / f"{name}.secret").chmod(0o600)
        return open_app(tmp_path / "home.toml", tmp_path / "state")

    return opened


def told_by(app: App, passes: int = 2) -> list[str]:
    """What a daemon warns of within so many passes."""
    said: list[str] = []
    daemon = Daemon(app, lambda _: None, said.append, lambda _: None)
    left = passes
    real = daemon._schedule

    def schedule(report: PassReport) -> None:
        nonlocal left
        left -= 1
        real(report)
        daemon._remind_at = 0.0  # as if an hour had passed
        daemon._due.clear()
        if not left:
            daemon.stop()

    daemon._schedule = schedule  # type: ignore[method-assign]  # so that no time has to pass
    daemon.run()
    app.close()
    return said


@pytest.mark.parametrize(("days", "times"), [(4.9, 0), (5.1, 1)])
def test_a_running_daemon_says_once_that_a_login_ends(
    household: Callable[..., App], days: float, times: int
) -> None:
    said = told_by(household(days, testing=True))
    assert len(said) == times
    for line in said:
        assert line.startswith(
            "ada-calendar, ada-tasks: its login ends in 2 days because its app is in testing"
        )
        assert line.endswith("evenhold connect google --partner Ada")
        assert CANARY not in line


def test_the_status_says_it_beside_the_account(
    household: Callable[..., App], capsys: pytest.CaptureFixture[str]
) -> None:
    app = household(6, testing=None)
    print_status(app, as_json=False)
    shown = capsys.readouterr().out
    assert shown.count("Its login ends seven days after it was given if its app is in testing.") == 2
    rows = {row.account: row.to_json(NOW) for row in collect(app)}
    assert "evenhold connect google --partner Ada" in rows["ada-tasks"]["login"]
    assert rows["ben-todoist"]["login"] == ""
    app.close()
    assert CANARY not in shown + json.dumps(rows)


def test_the_status_says_a_refused_login_once_an_account_and_since_when(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = table("ada", "Ada", "caldav", "t", calendar="Ours", todos="Tasks", user="ada")
    both += 'url = "https://dav.example.org/"\n'
    (tmp_path / "home.toml").write_text(HEAD + both + table("ben", "Ben", "todoist", todos="Inbox"))
    app = open_app(tmp_path / "home.toml", tmp_path / "state")
    dead = CredentialsDead("the login is refused", cure="Look at it")
    mine = [line.spoke for line in app.lines if line.spoke.account == "ada"]
    for age in (50, 49):
        reports = [SpokeReport(spoke, error=dead) for spoke in mine]
        lastpass.note(app.state, PassReport("r", NOW - dt.timedelta(hours=age), reports))
    print_status(app, as_json=False)
    assert capsys.readouterr().out.count("the login is refused. Look at it (since 2 days ago)") == 1
    rows = [row.to_json(NOW) for row in collect(app)]
    assert [bool(row["trouble_since"]) for row in rows] == [True, True, False]
    lastpass.note(app.state, PassReport("r", NOW, [SpokeReport(spoke) for spoke in mine]))
    print_status(app, as_json=False)
    assert "refused" not in capsys.readouterr().out
    app.close()


SPOKE = Spoke("ada", "Ours", "ada", Kind.EVENT, timed=True, due=True)
OTHER = Spoke("ben", "Ours", "ben", Kind.EVENT, timed=True, due=True)


def trouble(text: str = "refused", spoke: Spoke = SPOKE) -> Happening:
    return Happening(What.TROUBLE, spoke, text=text, cure="Look")


def test_the_same_trouble_is_news_once() -> None:
    again = log.Repeated()
    steps = [
        (trouble(), False),
        (trouble(), True),
        (trouble(spoke=OTHER), False),
        (Happening(What.SENT, SPOKE), False),
        (trouble("another"), False),
        (trouble(), False),
        (trouble(), True),
        (Happening(What.RECOVERED, SPOKE), False),
        (trouble(), False),
    ]
    assert [again.told(step) for step, _ in steps] == [expected for _, expected in steps]


def test_the_journal_has_the_same_trouble_once_and_with_debug_each_time(
    household: Callable[..., App], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "1:1")
    app = household(1)
    for debug, times in ((False, 1), (True, 3)):
        structlog.reset_defaults()
        tell, _, _ = run._voices(app, debug)
        for _ in range(3):
            tell(trouble())
        shown = capsys.readouterr().err
        assert len(re.findall("event='trouble'", shown)) == times
    app.close()
