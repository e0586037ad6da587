"""Taking an account out of the household's care: everything of ours goes, nothing else is touched."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from syncer.connector import Broken, Listing, Operation, Retry
from syncer.core.identity import Identity
from syncer.core.model import Item, Kind, Status
from syncer.core.ownership import set_account
from syncer.engine.unlink import Purged, purge
from syncer.ledger import bindings, intents, projections, quarantine, record
from syncer.testing.memory import MemoryConnector
from tests.engine.scenes import empty, settled
from tests.home import HOUSE, MONDAY, Home, uid

BIN = uid("bins.out", "2026-11-24")
DENTIST = Item("somebody-elses", Kind.EVENT, "Dentist", notes="at ten")
NEIGHBOURS = Item(Identity("bins.out", "2026-11-24").uid("another household"), Kind.EVENT, "Bins")


@pytest.fixture
def home() -> Home:
    return settled()


def ada(home: Home) -> MemoryConnector:
    """The connector of Ada's account."""
    connector = home.lines[0].connector
    assert isinstance(connector, MemoryConnector)
    return connector


def clean(home: Home) -> Purged:
    """Purge Ada's account."""
    return purge(home.cycle.house, "ada", "ada", ada(home))


def unlink(home: Home, state: str = "unlinked") -> None:
    """What the command writes down: that an account is out of the household's care, or in it again."""
    with home.ledger.write() as connection:
        record.append(connection, HOUSE.id, [set_account("ada", state, home.now, "test")])
        if state == "unlinked":
            projections.end_account(connection, HOUSE.id, "ada", "unlinked", home.now)
            bindings.unbind(connection, HOUSE.id, "ada")


def everything(home: Home) -> list[str]:
    """The UIDs of all that stands in Ada's account."""
    return sorted(
        item.uid for name in ("calendar", "tasks") for item in home.providers["ada"].items(name).values()
    )


def test_everything_of_ours_goes_and_what_a_person_made_is_the_same_before_and_after(home: Home) -> None:
    shelf = home.providers["ada"].shelf("calendar")
    for item in (DENTIST, NEIGHBOURS):
        shelf.put(f"{shelf.collection.ref}{item.uid}", item)
    strangers = {ref: kept for ref, kept in shelf.items.items() if kept[1] in (DENTIST, NEIGHBOURS)}
    done = clean(home)
    assert (done.removed, done.left) == (6, {})
    assert shelf.items == strangers
    assert home.uids("ben", "tasks") == {"food.shop/2026-11-28"}


def test_it_needs_no_ledger(home: Home) -> None:
    lost = Home(bundles=())
    lost.providers["ada"].shelves = home.providers["ada"].shelves
    unlink(lost)
    assert clean(lost).removed == 6
    assert everything(home) == []


def test_collections_that_were_never_configured_are_looked_through_too(home: Home) -> None:
    shelf = home.providers["ada"].add("old calendar", Kind.EVENT)
    stray = Item(uid("bins.out", "2020-01-07"), Kind.EVENT, "Take out the bins")
    shelf.put(f"{shelf.collection.ref}{stray.uid}", stray)
    shelf.put(f"{shelf.collection.ref}x", DENTIST)
    assert clean(home).removed == 7
    assert [item for _, item in shelf.items.values()] == [DENTIST]


def test_what_is_done_and_what_asks_go_as_well(home: Home) -> None:
    home.providers["ada"].edit("tasks", uid("bins.bags", "2026-11-25"), status=Status.DONE)
    home.run()
    empty(home.providers["ada"].shelf("calendar"))
    home.run()
    assert clean(home).left == {}
    assert everything(home) == []


@dataclass
class Unreadable:
    """Makes one item of a connector's unreadable."""

    connector: MemoryConnector
    uid: str

    def pull(self, listing: Listing) -> Listing:
        """The listing with that item set aside."""
        broken = [seen for seen in listing.seen if seen.item.uid == self.uid]
        kept = tuple(seen for seen in listing.seen if seen.item.uid != self.uid)
        return replace(listing, seen=kept, broken=tuple(Broken(b.ref, b.revision, "odd") for b in broken))


def test_an_item_of_ours_that_can_not_be_read_goes_by_its_address(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, pull = Unreadable(ada(home), BIN), ada(home).pull
    monkeypatch.setattr(ada(home), "pull", lambda *asked: odd.pull(pull(*asked)))
    assert clean(home).left == {}
    assert everything(home) == []


def test_an_unreadable_item_of_a_strangers_stays(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = home.providers["ada"].shelf("calendar")
    shelf.put(f"{shelf.collection.ref}dentist.ics", DENTIST)
    pull = ada(home).pull
    odd = Broken(f"{shelf.collection.ref}dentist.ics", "1", "odd")
    monkeypatch.setattr(ada(home), "pull", lambda *asked: replace(pull(*asked), broken=(odd,)))
    assert clean(home).removed == 6
    assert [item for _, item in shelf.items.values()] == [DENTIST]


def test_what_changes_while_it_is_removed_goes_in_a_further_round(home: Home) -> None:
    touched: list[str] = []

    def touch(operation: Operation) -> None:
        if operation.uid == BIN and not touched:
            touched.append(BIN)
            home.providers["ada"].edit("calendar", BIN, notes="wait")

    home.providers["ada"].before_write = touch
    assert clean(home).left == {}
    assert (touched, everything(home)) == ([BIN], [])


def test_what_can_not_be_removed_is_told_by_collection(home: Home) -> None:
    home.providers["ada"].fault = lambda _what, op: Retry("it is busy") if op and op.uid == BIN else None
    done = clean(home)
    assert done.left == {"calendar": (1, "it is busy")}
    assert everything(home) == [BIN]
    home.providers["ada"].fault = lambda _what, _op: None
    assert clean(home).removed == 1


def test_the_daemon_puts_nothing_back_and_learns_nothing_from_it(home: Home) -> None:
    unlink(home)
    clean(home)
    for days in (0, 1, 12):
        home.run(days=days)
        home.restart()
    assert everything(home) == []
    assert home.facts() == ["lapsed food.shop/2026-11-28"]
    assert "food.shop/2026-12-05" in home.uids("ben", "tasks")


def test_without_a_purge_what_stands_there_stays_and_is_not_looked_at(home: Home) -> None:
    stood = everything(home)
    unlink(home)
    home.providers["ada"].edit("tasks", uid("bins.bags", "2026-11-25"), status=Status.DONE)
    requests = len(home.providers["ada"].requests)
    home.run(days=8)
    assert everything(home) == stood
    assert (home.kinds(), len(home.providers["ada"].requests)) == ([], requests)


@pytest.mark.parametrize("purged", [True, False])
def test_linked_again_it_is_filled_again_once(home: Home, purged: bool) -> None:
    stood = everything(home)
    unlink(home)
    if purged:
        clean(home)
    home.run()
    unlink(home, "linked")
    for _ in range(3):
        home.run()
    assert everything(home) == stood
    assert home.kinds() == []


def test_what_was_done_while_it_was_unlinked_counts_when_it_is_linked_again(home: Home) -> None:
    unlink(home)
    home.providers["ada"].edit("tasks", uid("bins.bags", "2026-11-25"), status=Status.DONE, completed=MONDAY)
    home.run()
    unlink(home, "linked")
    home.run()
    home.run()
    assert home.facts() == ["done bins.bags/2026-11-25"]


def test_unlinking_forgets_what_waits_and_what_is_set_aside(home: Home) -> None:
    empty(home.providers["ada"].shelf("calendar"))
    home.run()
    with home.ledger.write() as connection:
        broken = [Broken("/x", None, "odd")]
        quarantine.set_aside(connection, HOUSE.id, home.spoke("ada/calendar"), broken, home.now)
    unlink(home)
    with home.ledger.read() as connection:
        assert quarantine.of(connection, HOUSE.id) == {}
        assert intents.all_open(connection, HOUSE.id) == {}
    assert home.hold("ada/calendar") is None
