"""Providers that never give a deleted id out again, or choose ids themselves: still each item once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncer.connector import ConnectorError, Operation, Retry
from syncer.core.capabilities import Capability
from syncer.core.identity import read_uid
from syncer.core.model import BundleState, Status
from syncer.core.ownership import set_state
from syncer.ledger import intents, projections, record, views
from syncer.testing.manners import CALDAV, GOOGLE_CALENDAR, GOOGLE_TASKS, TODOIST, Manner
from tests.engine.scenes import empty, settled
from tests.home import BINS, HOUSE, Home

SPENT = replace(CALDAV, name="ids are spent", capabilities=CALDAV.capabilities - {Capability.REUSED_IDS})
CHOOSES = replace(CALDAV, name="ids are theirs", capabilities=CALDAV.capabilities - {Capability.CHOSEN_IDS})
BOTH = replace(SPENT, name="both", capabilities=SPENT.capabilities - {Capability.CHOSEN_IDS})
MANNERS = [SPENT, CHOOSES, BOTH]
REAL = [GOOGLE_CALENDAR, GOOGLE_TASKS, TODOIST]
TUESDAYS = {f"bins.out/2026-{day}" for day in ("11-24", "12-01", "12-08", "12-15")}


def both(manner: Manner) -> dict[str, Manner]:
    """Both partners are with such a provider."""
    return {"ada": manner, "ben": manner}


def generations(home: Home, partner: str = "ada") -> list[int]:
    """The generations of the items in a partner's calendar, in order."""
    found = home.providers[partner].items("calendar")
    return sorted(i.generation for u in found if (i := read_uid(u, HOUSE.id)) is not None)


def pause_and_wake(home: Home) -> None:
    """The bundle of the bins leaves the apps and comes back."""
    for state in (BundleState.PAUSED, BundleState.ACTIVE):
        with home.ledger.write() as connection:
            bundle = views.state(connection, HOUSE.id).bundles["bins"]
            record.append(connection, HOUSE.id, set_state(bundle, state, home.now, "test"))
        home.run()


def once_each(home: Home, partner: str = "ada") -> None:
    """Each Tuesday stands in the calendar exactly once."""
    found = [
        read_uid(item.uid, HOUSE.id) for _, item in home.providers[partner].shelf("calendar").items.values()
    ]
    assert sorted(identity.plain.name for identity in found if identity) == sorted(TUESDAYS)


@pytest.mark.parametrize("manner", [*MANNERS, *REAL], ids=lambda manner: manner.name)
def test_everything_stands_once_and_a_quiet_pass_writes_nothing(manner: Manner) -> None:
    home = settled(both(manner))
    once_each(home)
    before = home.writes()
    for _ in range(3):
        home.restart()
        home.run()
    assert home.writes() == before


@pytest.mark.parametrize("manner", MANNERS, ids=lambda manner: manner.name)
def test_what_comes_back_again_and_again_is_a_further_generation_each_time(manner: Manner) -> None:
    home = settled(both(manner))
    for number in (1, 2, 3):
        pause_and_wake(home)
        home.restart()
        once_each(home)
        spent = Capability.REUSED_IDS not in manner.capabilities
        assert generations(home) == [number if spent else 0] * 4
    assert home.kinds() == []


def test_where_ids_can_be_used_again_the_generation_stays() -> None:
    home = settled()
    pause_and_wake(home)
    assert generations(home) == [0] * 4


@pytest.mark.parametrize("manner", MANNERS, ids=lambda manner: manner.name)
def test_a_further_generation_is_read_written_and_taken_down_like_the_first(manner: Manner) -> None:
    home = settled(both(manner))
    pause_and_wake(home)
    tuesday = min(home.providers["ada"].items("calendar"))
    home.providers["ada"].edit("calendar", tuesday, title="x Take out the bins")
    home.run()
    assert home.facts() == ["done bins.out/2026-11-24"]
    assert home.providers["ada"].items("calendar")[tuesday].title == "✓ Take out the bins"
    home.give(BINS, "ben")
    home.run()
    assert home.uids("ada", "calendar") == {"bins.out/2026-11-24"}
    home.run()
    assert home.uids("ben", "calendar") == TUESDAYS - {"bins.out/2026-11-24"}


def test_a_ledger_that_was_lost_learns_from_the_provider_which_ids_are_spent() -> None:
    """It knows of no earlier generation; the refusal teaches it one after the other, each within a pass."""
    home = settled(both(SPENT))
    pause_and_wake(home)
    empty(home.providers["ada"].shelf("calendar"))
    lost = Home(manners=both(SPENT))
    lost.providers["ada"].shelves = home.providers["ada"].shelves
    for _ in range(2):
        lost.run()
    assert generations(lost) == [2] * 4
    assert lost.kinds() == []


def test_to_and_fro_between_two_owners_stays_one_item_each_time() -> None:
    home = settled(both(SPENT))
    for owner in ("ben", "ada", "ben", "ada"):
        home.give(BINS, owner)
        home.run()
        home.run()
        once_each(home, owner)
    assert home.kinds() == []


@pytest.mark.parametrize("manner", [*MANNERS, TODOIST], ids=lambda manner: manner.name)
@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "never arrived"])
def test_a_create_whose_answer_was_lost_is_found_by_its_marker_before_it_is_sent_again(
    manner: Manner, arrived: bool
) -> None:
    home = Home(manners=both(manner))
    lost = "bins.bags"

    def fault(_what: str, operation: Operation | None) -> ConnectorError | None:
        return Retry("no answer") if operation is not None and lost in operation.uid else None

    home.providers["ada"].fault = fault
    if arrived:
        home.providers["ada"].lost_answers = set(_uids(home))
    home.run()
    home.providers["ada"].fault = lambda _what, _op: None
    home.restart()
    for _ in range(3):
        home.run()
    stands = [item for _, item in home.providers["ada"].shelf("tasks").items.values() if lost in item.uid]
    assert [item.status for item in stands] == [Status.OPEN]
    assert home.kinds() == []
    with home.ledger.read() as connection:
        assert intents.all_open(connection, HOUSE.id) == {}


def _uids(home: Home) -> list[str]:
    """The UIDs that the first pass creates."""
    other = Home(manners=home.manners)
    other.run()
    return list(other.providers["ada"].items("tasks"))


def test_the_ledger_knows_of_each_occurrence_one_living_item_whatever_its_generation() -> None:
    home = settled(both(SPENT))
    pause_and_wake(home)
    with home.ledger.read() as connection:
        standing = projections.standing(connection, HOUSE.id, home.spoke("ada/calendar"))
    assert {identity.generation for identity in standing} == {0}
    assert {projection.identity.generation for projection in standing.values()} == {1}
