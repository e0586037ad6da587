"""Two items of one occurrence in a collection (RFC 4791 forbids it; apps and lost answers make it)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from syncer.core.model import Day, Status
from syncer.testing.memory import Shelf
from tests.engine.scenes import settled
from tests.home import BINS, Home, uid

BAGS = uid("bins.bags", "2026-11-25")


@pytest.fixture
def home() -> Home:
    return settled()


def shelf(home: Home) -> Shelf:
    """Ada's list, at the provider."""
    return home.providers["ada"].shelf("tasks")


def refs(home: Home) -> list[str]:
    """Where the item of the bags stands, without its collection."""
    there = shelf(home)
    found = [ref for ref, (_, item) in there.items.items() if item.uid == BAGS]
    return sorted(ref.removeprefix(there.collection.ref) for ref in found)


def double(home: Home, **changes: Any) -> None:
    """An app puts the item of the bags there once more, changed, at an address of its own."""
    there = shelf(home)
    item = there.items[f"{there.collection.ref}{BAGS}"][1]
    there.put(f"{there.collection.ref}a-copy", replace(item, **changes))


def test_the_one_that_is_known_stays_and_the_other_goes(home: Home) -> None:
    double(home)
    home.run()
    assert refs(home) == [BAGS]
    assert home.facts() == []
    before = home.writes()
    home.run()
    assert home.writes() == before


@pytest.mark.parametrize("changes", [{}, {"status": Status.DONE}])
def test_a_ledger_that_was_lost_keeps_one_of_two_and_every_tick(home: Home, changes: dict[str, Any]) -> None:
    double(home, **changes)
    lost = Home()
    lost.providers["ada"].shelves = home.providers["ada"].shelves
    for _ in range(3):
        lost.run()
    assert len(refs(lost)) == 1
    assert lost.facts() == ["done bins.bags/2026-11-25" for _ in changes]
    assert lost.providers["ada"].items("tasks")[BAGS].status is changes.get("status", Status.OPEN)


def test_a_tick_on_the_second_counts_and_stands_on_the_one_that_stays(home: Home) -> None:
    double(home, status=Status.DONE)
    for _ in range(3):
        home.run()
    assert home.facts() == ["done bins.bags/2026-11-25"]
    assert refs(home) == [BAGS]
    assert home.providers["ada"].items("tasks")[BAGS].status is Status.DONE


def test_an_edit_of_the_second_alone_is_no_edit(home: Home) -> None:
    double(home, when=Day(dt.date(2026, 12, 24)))
    home.run()
    home.run()
    assert home.facts() == []
    assert home.providers["ada"].items("tasks")[BAGS].when == Day(dt.date(2026, 11, 25))


def test_one_that_moved_to_another_address_is_the_same_one(home: Home) -> None:
    there = shelf(home)
    item = there.items[f"{there.collection.ref}{BAGS}"][1]
    there.drop(f"{there.collection.ref}{BAGS}")
    there.put(f"{there.collection.ref}elsewhere", item)
    before = home.writes()
    for _ in range(3):
        home.run()
    assert (refs(home), home.facts(), home.writes()) == (["elsewhere"], [], before)


def test_one_that_moved_is_still_taken_down_when_it_is_handed_over(home: Home) -> None:
    there = shelf(home)
    item = there.items[f"{there.collection.ref}{BAGS}"][1]
    there.drop(f"{there.collection.ref}{BAGS}")
    there.put(f"{there.collection.ref}elsewhere", item)
    home.run()
    home.give(BINS, "ben")
    home.run()
    assert refs(home) == []
