"""Answers that are older than what we know: a read of the item itself confirms them before they count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from syncer.connector import Broken, Collection, Gone, Listing, Scope, Seen
from syncer.core.model import Status
from syncer.testing.memory import MemoryConnector
from tests.engine.scenes import settled
from tests.home import Home, uid

BAGS = uid("bins.bags", "2026-11-25")


class Cached(MemoryConnector):
    """A provider whose listings may come from a cache: a pull is answered with what was kept, if anything.

    The next read of the item at the address `cut` makes no sense.
    """

    kept: Mapping[str, Listing] = {}
    cut = ""

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """The kept answer, or a true one."""
        found = super().pull(collection, cursor, known)
        old = self.kept.get(collection.ref)
        return replace(old, cursor=found.cursor) if old is not None else found

    def read(self, collection: Collection, refs: Sequence[str]) -> Sequence[Seen | Gone | Broken]:
        """The items, one of them for once as what can't be understood."""
        found = super().read(collection, refs)
        cut, self.cut = self.cut, "" if self.cut in refs else self.cut
        return [Broken(cut, None, "cut short") if one.ref == cut else one for one in found]


@pytest.fixture
def home() -> Home:
    made = settled()
    for line in made.lines:
        assert isinstance(line.connector, MemoryConnector)
        line.connector.__class__ = Cached
    return made


def keep(home: Home, listing: Listing | None) -> None:
    """From now on Ada's list is answered from a cache; None: truly again."""
    connector = home.lines[1].connector
    assert isinstance(connector, Cached)
    ref = home.providers["ada"].shelf("tasks").collection.ref
    connector.kept = {ref: listing} if listing is not None else {}


def as_it_is(home: Home) -> Seen:
    """The item of the bags as it stands now."""
    shelf = home.providers["ada"].shelf("tasks")
    ref, (revision, item) = next((ref, kept) for ref, kept in shelf.items.items() if kept[1].uid == BAGS)
    return Seen(ref, str(revision), item)


def test_an_open_item_from_before_its_tick_does_not_reopen_it(home: Home) -> None:
    old = as_it_is(home)
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    home.run()
    keep(home, Listing(Scope.CHANGES, (old,)))
    for _ in range(3):
        home.run()
    keep(home, None)
    home.run()
    assert home.facts() == ["done bins.bags/2026-11-25"]
    assert home.providers["ada"].items("tasks")[BAGS].status is Status.DONE


def test_an_open_item_of_a_moment_that_no_pass_saw_does_not_reopen_it(home: Home) -> None:
    home.providers["ada"].edit("tasks", BAGS, percent=10)
    between = as_it_is(home)
    home.providers["ada"].edit("tasks", BAGS, status=Status.CANCELLED)
    home.run()
    assert home.facts() == ["skipped bins.bags/2026-11-25"]
    keep(home, Listing(Scope.CHANGES, (between,)))
    home.run()
    keep(home, None)
    home.run()
    assert home.facts() == ["skipped bins.bags/2026-11-25"]


def test_a_tick_that_was_taken_back_counts_although_its_own_read_was_cut_short(home: Home) -> None:
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    home.run()
    home.providers["ada"].edit("tasks", BAGS, status=Status.OPEN)
    connector = home.lines[1].connector
    assert isinstance(connector, Cached)
    connector.cut = as_it_is(home).ref
    home.run()
    assert home.facts() == ["done bins.bags/2026-11-25"]
    home.run()
    assert home.facts() == ["done bins.bags/2026-11-25", "reopened bins.bags/2026-11-25"]


def test_words_from_before_an_edit_are_no_edit(home: Home) -> None:
    home.providers["ada"].edit("tasks", BAGS, title="Bags")
    home.run()
    old = as_it_is(home)
    home.providers["ada"].edit("tasks", BAGS, title="Bags, the strong ones", notes="two rolls")
    home.run()
    facts = home.facts()
    keep(home, Listing(Scope.CHANGES, (old,)))
    home.run()
    keep(home, None)
    home.run()
    assert home.facts() == facts
    assert home.providers["ada"].items("tasks")[BAGS].title == "Bags, the strong ones"


def test_an_edit_that_was_truly_taken_back_counts_although_its_revision_is_an_old_one(home: Home) -> None:
    """A revision may be a digest of the content: undone, the item has the revision of before."""
    shelf = home.providers["ada"].shelf("tasks")
    old = as_it_is(home)
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    home.run()
    shelf.log.append(old.ref)
    shelf.items[old.ref] = (int(old.revision or 0), old.item)
    home.run()
    assert home.facts() == ["done bins.bags/2026-11-25", "reopened bins.bags/2026-11-25"]


def test_an_old_full_listing_without_what_is_new_deletes_nothing(home: Home) -> None:
    shelf = home.providers["ada"].shelf("tasks")
    before = Listing(Scope.COMPLETE, same=frozenset(shelf.items))
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE)
    home.run()
    assert home.uids("ada", "tasks") >= {"bins.bags/2026-12-02"}
    keep(home, before)
    home.run(days=1.1)
    keep(home, None)
    home.run()
    assert home.facts() == ["done bins.bags/2026-11-25"]
    assert home.uids("ada", "tasks") >= {"bins.bags/2026-12-02"}


def test_a_tombstone_from_before_it_was_put_back_is_checked_at_the_address(home: Home) -> None:
    keep(home, Listing(Scope.CHANGES, gone=frozenset({as_it_is(home).ref})))
    home.run()
    keep(home, None)
    home.run()
    assert home.facts() == []
    assert BAGS in home.providers["ada"].items("tasks")


def test_what_was_taken_down_does_not_come_back_from_an_old_listing(home: Home) -> None:
    old = as_it_is(home)
    home.providers["ada"].remove("tasks", BAGS)
    home.run()
    keep(home, Listing(Scope.CHANGES, (old,)))
    home.run()
    keep(home, None)
    home.run()
    assert home.facts() == ["skipped bins.bags/2026-11-25"]
