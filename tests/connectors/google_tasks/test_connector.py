"""What the connector says of itself, and what it costs to have it installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from connectors.google import scopes
from connectors.google.settings import GoogleSettings
from connectors.google_tasks import GoogleTasks
from syncer.connector import Capability, Settings
from syncer.core.model import Kind
from syncer.onboarding.probe import Probe
from syncer.testing import builders
from tests.connectors.google_tasks.conftest import Desk


def test_a_consent_asks_for_tasks_alone() -> None:
    login = GoogleTasks.login(GoogleSettings())
    assert login.kinds == {Kind.TODO} and GoogleTasks.family == "google"
    assert login.oauth is not None and login.oauth.scopes == scopes.TASKS and not login.oauth.existing


def test_it_claims_no_more_than_a_task_can_hold() -> None:
    assert GoogleTasks.capabilities == {
        Capability.TODOS,
        Capability.NOTES,
        Capability.CONDITIONAL_WRITES,
        Capability.REUSED_IDS,
    }


def test_it_says_where_the_account_lives_and_whose_it_is() -> None:
    made = GoogleTasks(GoogleSettings(user="ada@example.org"), builders.context(lambda: ""))
    assert (made.address, made.user) == ("https://tasks.google.com/", "ada@example.org")
    with pytest.raises(TypeError):
        GoogleTasks(Settings(), builders.context(lambda: ""))


def test_lists_beyond_a_page_are_all_named(desk: Desk) -> None:
    """Google gives a thousand on a page; the default list is one of them."""
    for number in range(1001):
        desk.person.add_list(f"List {number}")
    found = desk.connector.collections()
    assert [one.ref for one in found] == list(desk.person.lists()) and len(found) == 1003
    assert all(one.kinds == {Kind.TODO} for one in found)


def test_loading_it_imports_neither_googles_client_nor_an_http_library() -> None:
    code = (
        "import sys, connectors.google_tasks\n"
        "heavy = {'googleapiclient', 'google.auth', 'httplib2', 'httpx', 'httpcore'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.strip() == "[]"


def test_the_probe_of_onboarding_leaves_nothing_behind(desk: Desk) -> None:
    theirs = desk.person.add(desk.held, "Theirs")
    told: list[str] = []
    today = desk.google.stage.clock.now().date()
    Probe(desk.connector, desk.collection, Kind.TODO, builders.HOUSEHOLD, today, told.append).run()
    assert told == ["create", "read", "tick", "delete"]
    assert desk.person.sees(desk.held) == {theirs: "Theirs"} and not desk.person.sees_completed(desk.held)
