"""Invariants that no other test states by itself, each as a short story."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from syncer.connector import ConnectorError, Operation, Refused, Retry
from syncer.core.model import Status
from syncer.engine.apply import Applied
from syncer.ledger import bindings, record, runs, tables
from tests.engine.scenes import empty, settled
from tests.home import BINS, HOUSE, Home, uid

OUT = uid("bins.out", "2026-11-24")
BAGS = uid("bins.bags", "2026-11-25")


@pytest.fixture
def home() -> Home:
    return settled()


def cursor(home: Home, name: str) -> str | None:
    """How far a collection has been read."""
    with home.ledger.read() as connection:
        return bindings.binding(connection, HOUSE.id, home.spoke(name)).cursor


def test_whatever_reaches_a_provider_was_written_down_before() -> None:
    home = Home()
    reached: list[tuple[str, str]] = []

    def look_up(operation: Operation) -> None:
        table = tables.intent
        mine = (table.c.uid == operation.uid, table.c.token == operation.token, table.c.outcome.is_(None))
        with home.ledger.read() as connection:
            number = connection.execute(select(func.count()).where(*mine)).scalar()
        assert number == 1, operation
        reached.append((type(operation).__name__, operation.uid))

    for provider in home.providers.values():
        provider.before_write = look_up
    home.run()
    home.providers["ada"].edit("calendar", OUT, title="x Take out the bins")
    home.give(BINS, "ben")
    home.run()
    home.run()
    assert {name for name, _ in reached} == {"Create", "Update", "Delete"}
    assert len(reached) == home.writes()


def test_while_a_plan_is_held_the_cursor_stays_where_it_was(home: Home) -> None:
    before = cursor(home, "ada/calendar")
    empty(home.providers["ada"].shelf("calendar"))
    home.run()
    assert cursor(home, "ada/calendar") == before
    home.answer("ada/calendar", "accept")
    home.run()
    assert cursor(home, "ada/calendar") != before


def test_a_cursor_is_kept_only_together_with_what_it_proves(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction that takes a tick in breaks off: the next pass is shown the tick again."""
    before = cursor(home, "ada/tasks")
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    with monkeypatch.context() as broken:
        broken.setattr(bindings, "bind", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            home.run()
    assert (cursor(home, "ada/tasks"), home.facts()) == (before, [])
    home.run()
    assert home.facts() == ["done bins.bags/2026-11-25"]


def test_after_an_expired_cursor_each_deletion_is_confirmed_by_its_own_read(home: Home) -> None:
    provider = home.providers["ada"]
    shelf = provider.shelf("tasks")
    provider.remove("tasks", BAGS)
    shelf.first += 100  # the numbers of before mean nothing any more
    shelf.items = {ref: (revision + 100, item) for ref, (revision, item) in shelf.items.items()}
    asked = len(provider.requests)
    provider.fault = lambda what, _op: Retry("it broke off") if what == "read" else None
    home.run()
    assert home.facts() == []  # suspected, and not confirmed
    provider.fault = lambda _what, _op: None
    home.run()
    assert "read" in provider.requests[asked:]
    assert home.facts() == ["skipped bins.bags/2026-11-25"]


def test_an_item_that_changes_under_our_hands_is_tried_three_times_and_then_parked(home: Home) -> None:
    touched: list[int] = []

    def touch(operation: Operation) -> None:
        if operation.uid == OUT:
            touched.append(len(touched))
            home.providers["ada"].edit("calendar", OUT, percent=len(touched))

    home.providers["ada"].edit("calendar", OUT, title="x Take out the bins")
    home.providers["ada"].before_write = touch
    report = home.run()
    assert len(touched) == 3
    assert report.spokes[0].parked == 1
    assert not report.ok
    assert home.providers["ada"].items("calendar")[OUT].title == "x Take out the bins"
    home.providers["ada"].before_write = lambda _: None
    assert home.run().ok
    item = home.providers["ada"].items("calendar")[OUT]
    assert (item.title, item.percent) == ("✓ Take out the bins", 3)
    assert home.facts() == ["done bins.out/2026-11-24"]


@pytest.mark.parametrize(
    "claimed", [dt.datetime(1999, 1, 1, tzinfo=dt.UTC), dt.datetime(2099, 1, 1, tzinfo=dt.UTC)]
)
def test_what_an_app_says_of_when_changes_nothing_about_the_order(home: Home, claimed: dt.datetime) -> None:
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE, completed=claimed)
    home.run()
    home.providers["ada"].edit("tasks", BAGS, status=Status.OPEN, completed=None)
    home.run()
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE, completed=claimed)
    home.run()
    assert home.kinds() == ["done", "reopened", "done"]
    with home.ledger.read() as connection:
        moments = [entry.at for entry in record.entries(connection, HOUSE.id)]
    assert moments == sorted(moments)
    assert moments[-1] == home.now


def test_what_is_reported_is_what_was_acknowledged() -> None:
    """Some are refused, some are never heard of again; only what came back as done is counted."""
    home = Home()
    refused, lost = uid("bins.out", "2026-12-01"), uid("bins.wash", "n000001")

    def fault(_what: str, operation: Operation | None) -> ConnectorError | None:
        if operation is None or operation.uid not in (refused, lost):
            return None
        return Refused("too long") if operation.uid == refused else Retry("no answer")

    home.providers["ada"].fault = fault
    home.providers["ada"].lost_answers = {lost}
    report = home.run()
    total = Applied()
    for one in report.spokes:
        total.created += one.applied.created
        total.refused += one.applied.refused
        total.unsure += one.applied.unsure
    assert (total.created, total.refused, total.unsure) == (5, 1, 1)
    with home.ledger.read() as connection:
        assert runs.acknowledged(connection, HOUSE.id, report.run) == total.created
    assert total.created == home.writes() - 1  # the lost one arrived, and nobody said so
