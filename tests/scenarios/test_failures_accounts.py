"""Failures of accounts: what ends there is that account's alone, is named as what it is, and deletes nothing.

Of connectors that do not exist yet (Google, Todoist, Apple) this is what the engine does about their errors
today, shown with the connector in memory.
"""

from __future__ import annotations

import pytest

from syncer.connector import CollectionGone, ConnectorError, CredentialsDead, ProviderGone
from syncer.core.entries import EntryKind
from syncer.core.model import Status
from syncer.engine.happenings import What
from syncer.ledger import record
from tests.engine.scenes import settled
from tests.home import BINS, HOUSE, Home, uid

TUESDAYS = {f"bins.out/2026-{day}" for day in ("11-24", "12-01", "12-08", "12-15")}
BAGS = uid("bins.bags", "2026-11-25")


@pytest.fixture
def home() -> Home:
    return settled()


def fail(home: Home, error: ConnectorError | None) -> None:
    """From now on every request of Ada's account fails like this."""
    home.providers["ada"].fault = lambda _what, _op: error


def doers(home: Home) -> dict[str, str | None]:
    """Who did what, by task."""
    with home.ledger.read() as connection:
        entries = list(record.entries(connection, HOUSE.id))
    return {str(entry.task): entry.actor for entry in entries if entry.kind is EntryKind.DONE}


def test_a_grant_that_died_after_a_week_freezes_that_account_alone_with_one_notice(home: Home) -> None:
    fail(home, CredentialsDead("the grant is refused", cure="Connect the account again."))
    home.told.clear()
    home.providers["ben"].edit("tasks", uid("food.shop", "2026-11-28"), status=Status.DONE)
    report = home.run()
    assert [type(one.error) for one in report.spokes] == [
        CredentialsDead,
        CredentialsDead,
        type(None),
        type(None),
    ]
    said = [happening for happening in home.told if happening.what is What.TROUBLE]
    assert [(happening.text, happening.cure) for happening in said] == [
        ("the grant is refused", "Connect the account again.")
    ]
    assert home.facts() == ["done food.shop/2026-11-28"]
    assert home.uids("ada", "calendar") == TUESDAYS


def test_a_dead_grant_is_asked_for_once_a_pass_and_not_for_each_collection(home: Home) -> None:
    fail(home, CredentialsDead("the grant is refused"))
    before = len(home.providers["ada"].requests)
    home.run()
    assert len(home.providers["ada"].requests) - before == 1


def test_connected_again_it_goes_on_where_it_was(home: Home) -> None:
    fail(home, CredentialsDead("the grant is refused"))
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    for _ in range(3):
        home.run(days=1)
    fail(home, None)
    home.run()
    assert home.facts() == ["done bins.bags/2026-11-25"]


def test_an_api_that_was_switched_off_is_a_state_of_its_own_and_no_bad_login(home: Home) -> None:
    """A sunset answers 410 with words about tokens; a person who signs in again and again is not helped."""
    fail(home, ProviderGone("this version of the service is no longer there", cure="Update Evenhold."))
    home.told.clear()
    report = home.run()
    gone = [one.error for one in report.spokes if one.error is not None]
    assert gone and all(type(error) is ProviderGone for error in gone)
    assert not any(isinstance(error, CredentialsDead) for error in gone)
    said = {happening.text for happening in home.told if happening.what is What.TROUBLE}
    assert said == {"this version of the service is no longer there"}
    assert home.uids("ada", "calendar") == TUESDAYS
    assert home.facts() == []


def test_a_list_that_left_the_account_is_not_deleted_not_made_anew_and_stops_nobody(home: Home) -> None:
    """Reminders moved to where no calendar server sees them: the account works, the list is not there."""
    provider = home.providers["ada"]
    ref = provider.shelf("tasks").collection.ref
    left = provider.shelves.pop(ref)
    home.providers["ada"].edit("calendar", uid("bins.out", "2026-11-24"), title="x Take out the bins")
    for _ in range(3):
        report = home.run()
    errors = {one.spoke.name: type(one.error) for one in report.spokes if one.error is not None}
    assert errors == {"ada/tasks": CollectionGone}
    assert home.facts() == ["done bins.out/2026-11-24"]
    assert ref not in provider.shelves and len(provider.shelves) == 1
    provider.shelves[ref] = left
    home.run()
    assert home.run().ok
    assert home.facts() == ["done bins.out/2026-11-24"]


def test_an_account_without_its_secret_on_a_headless_host_is_told_and_stops_nobody(home: Home) -> None:
    """Nobody can answer a dialog there: the connector asks for the secret, and there is none yet."""
    fail(home, CredentialsDead("there is no secret", subject="ada", cure="Put it into the file named there."))
    report = home.run()
    assert {one.spoke.account for one in report.spokes if one.error} == {"ada"}
    assert str(report.spokes[0].error) == "there is no secret (ada). Put it into the file named there."


def test_who_did_it_is_whose_account_said_so_whoever_owns_it_by_then(home: Home) -> None:
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    home.give(BINS, "ben")
    home.run()
    home.providers["ben"].edit("tasks", uid("bins.wash", "n000001"), status=Status.DONE)
    home.run()
    assert doers(home) == {"bins.bags": "ada", "bins.wash": "ben"}
