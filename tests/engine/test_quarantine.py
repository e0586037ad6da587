"""What can't be understood is set aside: told once, read again, taken back; the rest goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from syncer.connector import Broken, Collection, Gone, Listing, Seen
from syncer.core.model import Item, Status
from syncer.engine.happenings import What
from syncer.ledger import quarantine
from syncer.ledger.quarantine import TRIES, SetAside
from syncer.testing.memory import MemoryConnector
from tests.home import BINS, HOUSE, Home, uid

BAGS = uid("bins.bags", "2026-11-25")


class Odd(MemoryConnector):
    """A connector that can't read items of which `odd` says so, and tells what it was asked to read."""

    odd: Mapping[str, str] = {}

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """The listing, with what can't be read set aside."""
        listing = super().pull(collection, cursor, known)
        told = [self._told(seen) for seen in listing.seen]
        return replace(
            listing,
            seen=tuple(one for one in told if isinstance(one, Seen)),
            broken=tuple(one for one in told if isinstance(one, Broken)),
        )

    def read(self, collection: Collection, refs: Sequence[str]) -> Sequence[Seen | Gone | Broken]:
        """The same of single items."""
        return [self._told(one) for one in super().read(collection, refs)]

    def _told(self, one: Seen | Gone | Broken) -> Seen | Gone | Broken:
        if isinstance(one, Seen) and one.item.uid in self.odd:
            return Broken(one.ref, one.revision, self.odd[one.item.uid])
        return one


class Setting(Home):
    """The household; Ada's provider may hand out items that can't be read."""

    def break_(self, odd: Mapping[str, str]) -> None:
        """These items of Ada's, by UID, can't be read from now on, and why."""
        for line in self.lines:
            if line.spoke.account == "ada":
                assert isinstance(line.connector, MemoryConnector)
                line.connector.__class__ = Odd
                line.connector.odd = odd  # type: ignore[attr-defined]  # it is an Odd now

    def aside(self) -> list[SetAside]:
        """What is set aside in Ada's list."""
        with self.ledger.read() as connection:
            return quarantine.of(connection, HOUSE.id).get("ada/tasks", [])

    def said(self, what: What) -> int:
        """How often something was told."""
        return len([happening for happening in self.told if happening.what is what])


@pytest.fixture
def home() -> Setting:
    """Two passes in; then a person's app makes one item unreadable."""
    made = Setting()
    made.run()
    made.run()
    made.break_({BAGS: "it has two ends"})
    made.providers["ada"].edit("tasks", BAGS, notes="\x00")
    return made


def test_it_is_told_once_with_its_reason_however_many_passes_see_it(home: Setting) -> None:
    for _ in range(TRIES + 3):
        home.run()
    home.restart()
    home.run(days=1.1)  # a full comparison
    assert [(item.reason, item.ref.endswith(BAGS)) for item in home.aside()] == [("it has two ends", True)]
    assert home.said(What.SET_ASIDE) == 1


def test_the_rest_goes_on_and_nothing_is_concluded_from_it(home: Setting) -> None:
    home.providers["ada"].edit("tasks", uid("bins.wash", "n000001"), status=Status.DONE)
    before = home.providers["ada"].items("tasks")[BAGS]
    for _ in range(3):
        home.run()
    home.run(days=1.1)
    assert home.facts() == ["done bins.wash/n000001"]
    assert home.providers["ada"].items("tasks")[BAGS] == before
    wash = {"bins.wash/n000001", "bins.wash/n000002"}
    assert home.uids("ada", "tasks") == {"bins.bags/2026-11-25", *wash}


def test_it_is_read_again_a_few_times_and_then_left_until_it_changes(home: Setting) -> None:
    for _ in range(TRIES + 2):
        home.run()
    requests = len(home.providers["ada"].requests)
    home.run()
    assert home.providers["ada"].requests[requests:] == ["pull", "pull"]


def test_it_is_taken_back_when_it_can_be_read_and_what_happened_meanwhile_counts(home: Setting) -> None:
    home.run()
    home.break_({})
    home.providers["ada"].edit("tasks", BAGS, status=Status.DONE, notes="fine")
    home.run()
    assert home.aside() == []
    assert home.said(What.MENDED) == 1
    assert home.facts() == ["done bins.bags/2026-11-25", "noted bins.bags/2026-11-25"]


def test_an_answer_that_was_cut_short_once_is_mended_without_any_change(home: Setting) -> None:
    home.run()
    home.break_({})
    home.run()
    assert home.aside() == []
    assert home.kinds() == ["noted"]


def test_another_reason_is_told_anew(home: Setting) -> None:
    home.run()
    home.break_({BAGS: "it is too large"})
    home.run()
    assert [item.reason for item in home.aside()] == ["it is too large"]
    assert home.said(What.SET_ASIDE) == 2


def test_deleted_by_its_owner_it_is_skipped_and_no_longer_set_aside(home: Setting) -> None:
    home.run()
    home.providers["ada"].remove("tasks", BAGS)
    home.run()
    home.run()
    assert home.facts() == ["skipped bins.bags/2026-11-25"]
    assert home.aside() == []


def test_handed_over_it_can_still_be_taken_down(home: Setting) -> None:
    home.run()
    home.give(BINS, "ben")
    for _ in range(3):
        home.run()
    assert "bins.bags/2026-11-25" not in home.uids("ada", "tasks")
    assert "bins.bags/2026-11-25" in home.uids("ben", "tasks")


def test_unreadable_under_a_new_address_it_is_not_taken_for_deleted(home: Setting) -> None:
    shelf = home.providers["ada"].shelf("tasks")
    ref = next(ref for ref in shelf.items if ref.endswith(BAGS))
    item: Item = shelf.items[ref][1]
    shelf.drop(ref)
    shelf.put(f"{shelf.collection.ref}moved", item)
    home.run()
    assert home.kinds() == []
    home.break_({})
    home.run()
    home.run()
    assert home.kinds() == ["noted"]
    assert len([i for i in home.providers["ada"].items("tasks").values() if i.uid == BAGS]) == 1


def test_a_collection_full_of_unreadable_items_is_no_empty_one() -> None:
    home = Setting()
    home.run()
    home.run()
    shelf = home.providers["ada"].shelf("calendar")
    home.break_({item.uid: "a new version of the app" for _, item in shelf.items.values()})
    for ref, (_, item) in list(shelf.items.items()):
        shelf.put(ref, item)
    home.run(days=1.1)
    assert home.kinds() == []
    assert home.hold("ada/calendar") is None
    assert len(home.uids("ada", "calendar")) == 5  # and the day's new one
