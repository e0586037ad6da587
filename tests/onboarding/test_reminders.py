"""A login that ends soon is told once for all accounts that share it, with the command that renews it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from syncer.config.settings import parse
from syncer.onboarding.reminders import command, reminders
from tests.onboarding.house import HEAD, registry, table

REGISTRY = registry()
GIVEN = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
TABLES = (
    table("c", "Ada", "calendars", "pair", calendar="Household")
    + table("l", "Ada", "lists", "pair", todos="Tasks")
    + table("b", "Ben", "tokens", todos="Tasks")
)


def keep(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o600)


def test_one_reminder_for_one_login(tmp_path: Path) -> None:
    config = parse(HEAD + TABLES, tmp_path / "home.toml", REGISTRY)
    kinds = {account.connector: REGISTRY.get(account.connector) for account in config.accounts}
    assert reminders(config, kinds, GIVEN) == []  # no file is there, and nothing is raised
    grant = {"refresh_token": "canary", "granted": GIVEN.isoformat(), "testing": True}
    keep(tmp_path, "pair.secret", json.dumps(grant))
    keep(tmp_path, "b.secret", "hunter2")
    assert reminders(config, kinds, GIVEN + dt.timedelta(days=4)) == []
    (told,) = reminders(config, kinds, GIVEN + dt.timedelta(days=5))
    assert told.accounts == ("c", "l") and told.granted == GIVEN
    assert str(told) == (
        "c, l: its login ends in 2 days because its app is in testing. Publish the app (In production) in "
        "the provider's console, then run: evenhold connect pair --partner Ada"
    )


def test_the_command_names_what_has_to_be_named(tmp_path: Path) -> None:
    text = (HEAD + TABLES).replace('"Ben"', '"Ben O\'Neil"')
    config = parse(text, tmp_path / "home.toml", REGISTRY)
    kinds = [command(config, account, REGISTRY.get(account.connector)) for account in config.accounts]
    assert kinds[0] == kinds[1] == "evenhold connect pair --partner Ada"
    assert kinds[2] == "evenhold connect tokens --partner 'Ben O'\"'\"'Neil' --account b"
