"""Undo: what a run wrote is put back where nobody changed it since, and is not done again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from syncer.connector import ConnectorError, Operation, Retry
from syncer.core.model import BundleState, Item, Kind, Status
from syncer.core.ownership import define, set_state
from syncer.engine.absorb import KEPT
from syncer.engine.undo import Undone, undo
from syncer.ledger import intents, record, runs, tables, views
from tests.engine.scenes import settled
from tests.home import BAGS, BINS, HOUSE, OUT, WASH, Home, uid

BIN = uid("bins.out", "2026-11-24")


@pytest.fixture
def home() -> Home:
    return settled()


def rename(home: Home, title: str) -> str:
    """The household calls a task something else; returns the name of the run that wrote it out."""
    with home.ledger.write() as connection:
        rows = views.state(connection, HOUSE.id)
        tasks = [replace(OUT, title=title), BAGS, WASH]
        record.append(connection, HOUSE.id, define(BINS, tasks, rows, home.now, "test"))
    return home.run().run


def set_bins(home: Home, state: BundleState) -> str:
    """Pause or wake the bundle of the bins; returns the name of the run that follows."""
    with home.ledger.write() as connection:
        bundle = views.state(connection, HOUSE.id).bundles["bins"]
        record.append(connection, HOUSE.id, set_state(bundle, state, home.now, "test"))
    return home.run().run


def take_back(home: Home, run: str) -> Undone:
    """Undo a run, a minute later."""
    home.now += dt.timedelta(minutes=1)
    return undo(home.cycle.house, run)


def calendar(home: Home) -> dict[str, Item]:
    """What stands in Ada's calendar."""
    return home.providers["ada"].items("calendar")


def titles(home: Home) -> set[str]:
    """The titles in Ada's calendar."""
    return {item.title for item in calendar(home).values()}


def quiet(home: Home, passes: int = 3) -> None:
    """Some passes, with a restart after each, that write nothing and learn nothing."""
    writes, facts = home.writes(), home.facts()
    for _ in range(passes):
        home.restart()
        home.run()
    assert (home.writes(), home.facts()) == (writes, facts)


def test_what_was_put_up_is_taken_down_and_stays_away() -> None:
    home = Home()
    first = home.run().run
    done = take_back(home, first)
    assert (done.restored, done.kept) == (7, [])
    assert {home.uids(who, what) == set() for who in ("ada", "ben") for what in ("calendar", "tasks")} == {
        True
    }
    quiet(home)
    assert home.facts() == []


def test_what_was_put_up_and_taken_back_is_put_up_when_something_else_is_wanted() -> None:
    home = Home()
    take_back(home, home.run().run)
    home.run()
    rename(home, "Bins to the street")
    assert titles(home) == {"Bins to the street"}
    assert home.uids("ada", "tasks") == set()


def test_what_was_changed_is_put_back_to_the_letter_and_stays_so(home: Home) -> None:
    home.providers["ada"].edit("calendar", BIN, alarms=(), percent=30)
    home.run()
    before = calendar(home)
    run = rename(home, "Bins to the street")
    assert titles(home) == {"Bins to the street"}
    done = take_back(home, run)
    assert (done.restored, done.kept) == (4, [])
    assert calendar(home) == before
    quiet(home)
    assert calendar(home) == before


def test_what_was_changed_back_follows_the_ledger_again_once_it_wants_something_else(home: Home) -> None:
    take_back(home, rename(home, "Bins to the street"))
    home.run()
    rename(home, "Bins out")
    assert titles(home) == {"Bins out"}
    rename(home, "Bins to the street")  # now it is what is wanted
    assert titles(home) == {"Bins to the street"}


def test_what_was_taken_down_stands_again_as_it_was_and_stays(home: Home) -> None:
    home.providers["ada"].edit("calendar", BIN, alarms=(), notes="mine")
    home.run()
    before, facts = calendar(home), home.facts()
    run = set_bins(home, BundleState.PAUSED)
    assert calendar(home) == {}
    done = take_back(home, run)
    assert done.kept == []
    assert calendar(home) == before
    quiet(home)
    assert calendar(home) == before
    assert home.facts() == facts


def test_what_was_taken_down_and_put_back_obeys_the_next_wish(home: Home) -> None:
    before = calendar(home)
    take_back(home, set_bins(home, BundleState.PAUSED))
    set_bins(home, BundleState.ACTIVE)
    assert calendar(home) == before  # neither doubled nor written over
    set_bins(home, BundleState.PAUSED)
    assert calendar(home) == {}


def test_what_somebody_changed_since_is_told_and_left(home: Home) -> None:
    run = rename(home, "Bins to the street")
    home.providers["ada"].edit("calendar", BIN, notes="the green one")
    done = take_back(home, run)
    assert done.restored == 3
    assert [(kept.identity.name, kept.reason) for kept in done.kept] == [
        ("bins.out/2026-11-24", "somebody changed it since")
    ]
    item = calendar(home)[BIN]
    assert (item.title, item.notes) == ("Bins to the street", "the green one")
    home.run()
    assert home.facts() == ["noted bins.out/2026-11-24"]


def test_what_somebody_changed_and_a_pass_has_seen_is_told_and_left_too(home: Home) -> None:
    run = rename(home, "Bins to the street")
    home.providers["ada"].edit("calendar", BIN, notes="the green one")
    home.run()
    done = take_back(home, run)
    assert [kept.identity.name for kept in done.kept] == ["bins.out/2026-11-24"]
    assert calendar(home)[BIN].notes == "the green one"


def test_what_somebody_ticked_since_stays_done(home: Home) -> None:
    run = rename(home, "Bins to the street")
    home.providers["ada"].edit("calendar", BIN, title="x Bins to the street")
    take_back(home, run)
    home.run()
    home.run()
    assert home.facts() == ["done bins.out/2026-11-24"]
    assert calendar(home)[BIN].title == "✓ Bins to the street"


def test_what_the_server_touched_without_changing_it_is_put_back(home: Home) -> None:
    before = titles(home)
    run = rename(home, "Bins to the street")
    shelf = home.providers["ada"].shelf("calendar")
    for ref, (_, item) in list(shelf.items.items()):
        shelf.put(ref, item)
    home.run()
    assert take_back(home, run).kept == []
    assert titles(home) == before


def test_a_place_that_is_taken_by_now_is_told_and_left(home: Home) -> None:
    run = set_bins(home, BundleState.PAUSED)
    shelf = home.providers["ada"].shelf("calendar")
    stranger = Item("somebody-elses", Kind.EVENT, "Dentist")
    shelf.put(f"{shelf.collection.ref}{BIN}", stranger)
    done = take_back(home, run)
    assert [kept.identity.name for kept in done.kept] == ["bins.out/2026-11-24"]
    assert shelf.items[f"{shelf.collection.ref}{BIN}"][1] == stranger


def test_an_undo_is_undone(home: Home) -> None:
    run = rename(home, "Bins to the street")
    first = take_back(home, run)
    assert titles(home) == {"Take out the bins"}
    second = take_back(home, first.run)
    assert (second.restored, second.kept) == (4, [])
    assert titles(home) == {"Bins to the street"}
    quiet(home)
    third = take_back(home, second.run)
    assert third.kept == []
    assert titles(home) == {"Take out the bins"}


def test_an_undone_handover_leaves_the_ledger_as_it_is(home: Home) -> None:
    """What happened, happened: Ben owns it, and only the apps stand as before."""
    home.give(BINS, "ben")
    run = home.run().run
    done = take_back(home, run)
    assert done.kept == []
    assert home.uids("ada", "calendar") == {
        f"bins.out/2026-{day}" for day in ("11-24", "12-01", "12-08", "12-15")
    }
    assert home.uids("ben", "calendar") == set()
    quiet(home)
    with home.ledger.read() as connection:
        assert views.state(connection, HOUSE.id).bundles["bins"].owner == "ben"


def test_a_completion_is_not_undone(home: Home) -> None:
    home.providers["ada"].edit("calendar", BIN, title="x Take out the bins")
    run = home.run().run
    take_back(home, run)  # our own mark goes back to hers
    assert calendar(home)[BIN].title == "x Take out the bins"
    quiet(home)
    assert home.facts() == ["done bins.out/2026-11-24"]


def test_an_unknown_run_undoes_nothing(home: Home) -> None:
    before = home.writes()
    done = take_back(home, "20200101T000000-abcdef")
    assert (done.restored, done.kept, home.writes()) == (0, [], before)


def test_without_an_image_a_change_stays_and_is_told(home: Home) -> None:
    run = rename(home, "Bins to the street")
    with home.ledger.write() as connection:
        connection.execute(delete(tables.image))
    done = take_back(home, run)
    assert done.restored == 0
    assert {kept.reason for kept in done.kept} == {"what stood there before is no longer kept"}
    assert titles(home) == {"Bins to the street"}


def test_images_and_runs_are_forgotten_after_some_weeks(home: Home) -> None:
    run = rename(home, "Bins to the street")
    for days in (30, 6):
        home.run(days=days)
    with home.ledger.read() as connection:
        assert run not in [known.name for known in runs.runs(connection, HOUSE.id)]
        taken = connection.execute(select(tables.image.c.taken_at)).scalars().all()
    assert all(home.now - at <= KEPT for at in taken)


def test_a_collection_that_is_no_longer_configured_is_told(home: Home) -> None:
    run = rename(home, "Bins to the street")
    home.lines = [line for line in home.lines if line.spoke.name != "ada/calendar"]
    home.restart()
    done = take_back(home, run)
    assert {(kept.spoke, kept.reason) for kept in done.kept} == {
        (None, "ada/calendar is no longer configured")
    }


def test_a_provider_that_can_not_be_reached_is_told_and_the_undo_can_be_repeated(home: Home) -> None:
    run = rename(home, "Bins to the street")
    home.providers["ada"].fault = lambda what, _op: Retry("it can't be reached")
    done = take_back(home, run)
    assert done.restored == 0
    assert {kept.reason for kept in done.kept} == {"it can't be reached"}
    home.providers["ada"].fault = lambda _what, _op: None
    assert take_back(home, run).restored == 4
    assert titles(home) == {"Take out the bins"}


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "never arrived"])
@pytest.mark.parametrize("what", ["create", "change", "delete"])
def test_an_undo_that_broke_off_concludes_nothing_and_can_be_repeated(what: str, arrived: bool) -> None:
    """Its answers are lost: the next pass settles it by looking, and takes nothing for a person's doing."""
    home = settled()
    if what == "create":
        set_bins(home, BundleState.PAUSED)
        before, run = {}, set_bins(home, BundleState.ACTIVE)
    elif what == "change":
        before, run = calendar(home), rename(home, "Bins to the street")
    else:
        before, run = calendar(home), set_bins(home, BundleState.PAUSED)

    def fault(_what: str, operation: Operation | None) -> ConnectorError | None:
        return Retry("no answer") if operation is not None else None

    home.providers["ada"].fault = fault
    home.providers["ada"].lost_answers = {*before, *calendar(home)} if arrived else set()
    assert take_back(home, run).restored == 0
    home.providers["ada"].fault = lambda _what, _op: None
    home.restart()
    home.run()
    assert home.facts() == []
    take_back(home, run)
    home.run()
    assert home.facts() == []
    with home.ledger.read() as connection:
        assert intents.count_open_intents(connection, HOUSE.id, home.spoke("ada/calendar")) == 0
    assert len(calendar(home)) == len({item.uid for item in calendar(home).values()})


def test_a_tick_after_an_undo_that_broke_off_counts(home: Home) -> None:
    run = rename(home, "Bins to the street")
    home.providers["ada"].fault = lambda _what, op: Retry("no answer") if op is not None else None
    home.providers["ada"].lost_answers = set(calendar(home))
    take_back(home, run)
    home.providers["ada"].fault = lambda _what, _op: None
    home.providers["ada"].edit("calendar", BIN, title="✓ Take out the bins")
    home.restart()
    home.run()
    home.run()
    assert home.facts() == ["done bins.out/2026-11-24"]


def test_a_done_to_do_that_was_taken_down_comes_back_done_and_counts_once(home: Home) -> None:
    bags = uid("bins.bags", "2026-11-25")
    home.providers["ada"].edit("tasks", bags, status=Status.DONE)
    home.run()
    run = set_bins(home, BundleState.ARCHIVED)
    take_back(home, run)
    quiet(home)
    assert home.facts() == ["done bins.bags/2026-11-25"]
    assert home.providers["ada"].items("tasks")[bags].status is Status.DONE
