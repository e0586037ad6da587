"""The cycle against providers in memory: what people do comes back once, and nothing is written twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from syncer.connector import CollectionGone, CredentialsDead, Retry
from syncer.core.fold import Memory
from syncer.core.model import Day, Item, Kind, Slot, Status
from syncer.core.operations import Operation
from syncer.core.ownership import define
from syncer.engine.happenings import What
from syncer.ledger import bindings, intents, record, views
from tests.home import BAGS, BINS, FOOD, HOUSE, MONDAY, OUT, WASH, Home, uid

TUESDAYS = {f"bins.out/2026-{day}" for day in ("11-24", "12-01", "12-08", "12-15")}
BAGS_UID = uid("bins.bags", "2026-11-25")


@pytest.fixture
def home() -> Home:
    made = Home()
    made.run()
    return made


def test_each_bundle_stands_in_its_owners_collections_only(home: Home) -> None:
    assert home.uids("ada", "calendar") == TUESDAYS
    assert home.uids("ada", "tasks") == {"bins.bags/2026-11-25", "bins.wash/n000001"}
    assert home.uids("ben", "tasks") == {"food.shop/2026-11-28"}
    assert home.uids("ben", "calendar") == set()


def test_a_quiet_pass_is_one_request_a_collection_and_no_write(home: Home) -> None:
    home.run()
    before = {name: len(provider.requests) for name, provider in home.providers.items()}
    writes = home.writes()
    changes = home.ledger_changes()
    home.run()
    assert {n: len(p.requests) - before[n] for n, p in home.providers.items()} == {"ada": 2, "ben": 2}
    assert home.writes() == writes
    assert home.ledger_changes() == changes


def test_a_tick_counts_once_and_the_next_one_appears(home: Home) -> None:
    home.providers["ada"].edit("tasks", BAGS_UID, status=Status.DONE, completed=MONDAY)
    for _ in range(10):
        home.run()
        home.restart()
    assert home.kinds() == ["done"]
    assert home.uids("ada", "tasks") == {
        "bins.bags/2026-11-25",
        "bins.bags/2026-12-02",
        "bins.wash/n000001",
    }


def test_a_tick_in_the_title_counts_and_is_written_as_our_mark(home: Home) -> None:
    out = uid("bins.out", "2026-11-24")
    home.providers["ada"].edit("calendar", out, title="x Take out the bins")
    home.run()
    assert home.kinds() == ["done"]
    assert home.providers["ada"].items("calendar")[out].title == "✓ Take out the bins"
    home.providers["ada"].edit("calendar", out, title="Take out the bins")
    home.run()
    assert home.kinds() == ["done", "reopened"]


@pytest.mark.parametrize(
    "title", ["x-ray", "x-ray of the bins", "xylophone", "Take out the x bins", "undone: it"]
)
def test_an_x_ray_is_not_done(home: Home, title: str) -> None:
    home.providers["ada"].edit("calendar", uid("bins.out", "2026-11-24"), title=title)
    home.run()
    assert home.kinds() == ["retitled"]
    assert home.providers["ada"].items("calendar")[uid("bins.out", "2026-11-24")].title == title


def test_the_owners_edits_are_kept(home: Home) -> None:
    moved = Day(dt.date(2026, 11, 27))
    home.providers["ada"].edit("tasks", BAGS_UID, when=moved, notes="the strong ones")
    home.run()
    assert home.kinds() == ["rescheduled", "noted"]
    with home.ledger.write() as connection:
        rows = views.state(connection, HOUSE.id)
        changed = replace(BINS, outcome="Nothing smells")
        record.append(
            connection, HOUSE.id, define(changed, list(rows.tasks.values())[:3], rows, home.now, "t")
        )
    home.run()
    item = home.providers["ada"].items("tasks")[BAGS_UID]
    assert (item.when, item.notes) == (moved, "the strong ones")
    other = home.providers["ada"].items("calendar")[uid("bins.out", "2026-12-01")]
    assert other.notes.startswith("Nothing smells")


def test_moving_to_and_fro_ends_where_it_was_put_last(home: Home) -> None:
    days = [dt.date(2026, 11, day) for day in (27, 28, 27, 28)]
    for day in days:
        home.providers["ada"].edit("tasks", BAGS_UID, when=Day(day))
        home.run()
    with home.ledger.read() as connection:
        state = views.view(connection, HOUSE, MONDAY.date()).rows.occurrence("bins.bags", "2026-11-25")
    assert state is not None
    assert state.moved == {"day": "2026-11-28"}
    assert home.providers["ada"].items("tasks")[BAGS_UID].when == Day(dt.date(2026, 11, 28))


def test_deleting_an_open_item_skips_it_and_it_does_not_come_back(home: Home) -> None:
    home.providers["ada"].remove("tasks", BAGS_UID)
    home.run()
    home.restart()
    home.run()
    assert home.kinds() == ["skipped"]
    assert "bins.bags/2026-12-02" in home.uids("ada", "tasks")
    assert "bins.bags/2026-11-25" not in home.uids("ada", "tasks")


def test_deleting_what_no_listing_has_shown_yet_skips_it_too() -> None:
    home = Home()
    home.run()
    shelf = home.providers["ada"].shelf("tasks")
    # A server whose list of changes is a difference of two states says nothing of what came and went.
    shelf.drop(f"{shelf.collection.ref}{BAGS_UID}")
    shelf.log = [ref for ref in shelf.log if not ref.endswith(BAGS_UID)]
    home.run()
    assert home.kinds() == ["skipped"]


def test_clearing_away_what_is_done_is_no_skip(home: Home) -> None:
    home.providers["ada"].edit("tasks", BAGS_UID, status=Status.DONE)
    home.run()
    home.providers["ada"].remove("tasks", BAGS_UID)
    home.run()
    assert home.kinds() == ["done"]


def test_an_unfinished_occurrence_lapses_when_its_successor_falls_due(home: Home) -> None:
    home.run(days=9)  # Wednesday 2 December
    assert "lapsed" in home.kinds()
    assert home.uids("ada", "tasks") == {"bins.bags/2026-12-02", "bins.wash/n000001"}
    assert "bins.out/2026-11-24" in home.uids("ada", "calendar")  # the past of a calendar is left


def test_a_late_completion_beats_the_lapse(home: Home) -> None:
    home.providers["ada"].edit("tasks", BAGS_UID, status=Status.DONE)
    home.run(days=9)
    assert "done" in home.kinds()
    assert "lapsed" not in [k for k in home.kinds() if k == "lapsed" and "bags" in k]


def test_a_task_that_counts_from_completion_follows_it(home: Home) -> None:
    wash = uid("bins.wash", "n000001")
    home.providers["ada"].edit("tasks", wash, status=Status.DONE)
    home.run(days=2)
    assert home.providers["ada"].items("tasks")[uid("bins.wash", "n000002")].when == Day(
        dt.date(2026, 12, 25)
    )


def test_a_handover_moves_the_open_items_within_one_pass_and_keeps_what_was_done(home: Home) -> None:
    home.providers["ada"].edit("tasks", BAGS_UID, status=Status.DONE)
    home.run()
    home.give(BINS, "ben")
    home.run()
    assert home.uids("ada", "calendar") == set()
    assert home.uids("ada", "tasks") == {"bins.bags/2026-11-25"}  # done by its owner of then
    assert home.uids("ben", "calendar") == TUESDAYS
    assert home.uids("ben", "tasks") == {"food.shop/2026-11-28", "bins.bags/2026-12-02", "bins.wash/n000001"}
    with home.ledger.read() as connection:
        view = views.view(connection, HOUSE, MONDAY.date())
    state = view.rows.occurrence("bins.bags", "2026-11-25")
    assert state is not None
    assert (state.owner, state.doer) == ("ada", "ada")


def test_a_tick_during_the_handover_is_the_givers_and_counts_once(home: Home) -> None:
    home.give(BINS, "ben")

    def tick(operation: Operation) -> None:
        home.providers["ada"].before_write = lambda _: None
        home.providers["ada"].edit("tasks", BAGS_UID, status=Status.DONE)

    home.providers["ada"].before_write = tick
    home.run()
    home.run()
    assert home.kinds() == ["done"]
    assert "bins.bags/2026-11-25" not in home.uids("ben", "tasks")
    with home.ledger.read() as connection:
        state = views.view(connection, HOUSE, MONDAY.date()).rows.occurrence("bins.bags", "2026-11-25")
    assert state is not None
    assert state.doer == "ada"


def test_a_conflict_is_read_and_merged_never_overwritten(home: Home) -> None:
    out = uid("bins.out", "2026-11-24")
    home.providers["ada"].edit("calendar", out, title="[x] Take out the bins")

    def note(operation: Operation) -> None:
        home.providers["ada"].before_write = lambda _: None
        home.providers["ada"].edit("calendar", out, notes="the green one")

    home.providers["ada"].before_write = note
    home.run()
    item = home.providers["ada"].items("calendar")[out]
    assert (item.title, item.notes) == ("✓ Take out the bins", "the green one")


def test_an_answer_that_was_lost_is_settled_by_looking() -> None:
    home = Home()
    lost = uid("bins.bags", "2026-11-25")
    home.providers["ada"].lost_answers = {lost}
    home.providers["ada"].fault = lambda what, op: (
        Retry("no answer") if op is not None and op.uid == lost else None
    )
    assert not home.run().ok
    home.providers["ada"].fault = lambda _what, _op: None
    # Before the next look its owner ticks it: what we sent is the base, so the tick is seen as one.
    home.providers["ada"].edit("tasks", lost, status=Status.DONE)
    home.restart()
    assert home.run().ok
    assert home.kinds() == ["done"]
    with home.ledger.read() as connection:
        assert sum(intents.count_open_intents(connection, HOUSE.id, line.spoke) for line in home.lines) == 0


def test_a_write_that_failed_is_sent_again(home: Home) -> None:
    home.providers["ben"].fault = lambda what, op: Retry("busy") if op is not None else None
    home.give(BINS, "ben")
    assert not home.run().ok
    assert home.uids("ben", "calendar") == set()
    home.providers["ben"].fault = lambda _what, _op: None
    assert home.run().ok
    assert home.uids("ben", "calendar") == TUESDAYS


def test_a_mass_deletion_waits_and_dissolves_when_the_items_come_back(home: Home) -> None:
    shelf = home.providers["ada"].shelf("calendar")
    kept = dict(shelf.items)
    for ref in list(shelf.items):
        shelf.drop(ref)
    report = home.run()
    assert home.kinds() == []
    assert [len(r.held.items) for r in report.spokes if r.held] == [4]
    assert home.uids("ada", "calendar") == set()  # and nothing is put over it
    for ref, (_, item) in kept.items():
        shelf.put(ref, item)
    report = home.run()
    assert not any(r.held for r in report.spokes)
    assert [h.what for h in home.told if h.what in (What.HELD, What.DISSOLVED)] == [What.HELD, What.DISSOLVED]


@pytest.mark.parametrize(("answer", "kinds", "left"), [("accept", ["skipped"] * 4, 0), ("restore", [], 4)])
def test_a_held_plan_is_answered(home: Home, answer: str, kinds: list[str], left: int) -> None:
    shelf = home.providers["ada"].shelf("calendar")
    for ref in list(shelf.items):
        shelf.drop(ref)
    home.run()
    spoke = home.lines[0].spoke
    with home.ledger.write() as connection:
        hold = bindings.hold(connection, HOUSE.id, spoke)
        assert hold is not None
        bindings.put_hold(connection, HOUSE.id, spoke, replace(hold, answer=answer))
    home.run()
    assert home.kinds() == kinds
    assert len(home.uids("ada", "calendar")) == left


def test_many_small_deletions_within_a_day_are_a_large_one(home: Home) -> None:
    shelf = home.providers["ada"].shelf("calendar")
    for ref in list(shelf.items):
        shelf.drop(ref)
        home.run()
    assert home.kinds() == ["skipped"] * 3
    assert home.told[-1].what is not What.DISSOLVED
    with home.ledger.read() as connection:
        assert bindings.hold(connection, HOUSE.id, home.lines[0].spoke) is not None


def test_a_conflict_does_not_answer_a_held_plan(home: Home) -> None:
    shelf = home.providers["ada"].shelf("calendar")
    for ref in list(shelf.items):
        shelf.drop(ref)
    home.run()
    with home.ledger.write() as connection:
        rows = views.state(connection, HOUSE.id)
        renamed = replace(OUT, title="Bins to the street")
        record.append(connection, HOUSE.id, define(BINS, [renamed], rows, home.now, "t"))
    for _ in range(3):
        home.run()
    assert home.kinds() == []
    with home.ledger.read() as connection:
        hold = bindings.hold(connection, HOUSE.id, home.lines[0].spoke)
    assert hold is not None
    assert len(hold.items) == 4


@pytest.mark.parametrize("made_up", ["bins.out.2026-11-29", "bins.wash.n000050", "nobody.knows.2026-11-24"])
def test_a_made_up_occurrence_is_left_alone(home: Home, made_up: str) -> None:
    shelf = home.providers["ada"].shelf("tasks")
    imitation = f"{uid('bins.out', '2026-11-24').split('.')[0]}.{made_up}"
    stray = Item(imitation, Kind.TODO, "Something", status=Status.DONE)
    revision = shelf.put(f"{shelf.collection.ref}{imitation}", stray)
    for _ in range(3):
        home.run()
    assert home.kinds() == []
    assert shelf.items[f"{shelf.collection.ref}{imitation}"] == (revision, stray)


def test_what_was_ticked_before_its_bundle_came_back_counts(home: Home) -> None:
    """A ledger that was lost: its bundles are imported again, and the apps still know what was done."""
    home.providers["ada"].edit("tasks", BAGS_UID, status=Status.DONE)
    lost = Home(bundles=(FOOD,))
    lost.providers["ada"].shelves = home.providers["ada"].shelves
    lost.run()
    with lost.ledger.write() as connection:
        entries = define(BINS, [OUT, BAGS, WASH], views.state(connection, HOUSE.id), lost.now, "t")
        record.append(connection, HOUSE.id, entries)
    for _ in range(3):
        lost.run()
    assert lost.kinds() == ["done"]
    assert lost.providers["ada"].items("tasks")[BAGS_UID].status is Status.DONE


def test_an_older_ledger_that_comes_back_skips_nothing_and_doubles_nothing(home: Home) -> None:
    backup = home.backup()
    home.providers["ada"].edit("tasks", BAGS_UID, status=Status.DONE)
    home.give(BINS, "ben")
    home.run()
    home.restore(backup)
    for _ in range(3):
        home.run()
    assert home.kinds() == ["done"]
    assert home.uids("ada", "calendar") == TUESDAYS
    assert home.uids("ben", "calendar") == set()
    assert home.uids("ada", "tasks") >= {"bins.bags/2026-12-02", "bins.wash/n000001"}


def test_a_date_at_the_end_of_time_stops_nothing(home: Home) -> None:
    far = Slot(dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC))
    home.providers["ada"].edit("tasks", BAGS_UID, when=far)
    home.providers["ada"].edit("tasks", uid("bins.wash", "n000001"), status=Status.DONE)
    for _ in range(2):
        assert home.run().ok
    assert home.kinds() == ["rescheduled", "done"]


def test_a_collection_that_was_rebuilt_is_filled_again(home: Home) -> None:
    provider = home.providers["ada"]
    ref = provider.shelf("calendar").collection.ref
    lost = provider.shelves.pop(ref)
    report = home.run()
    assert isinstance(report.spokes[0].error, CollectionGone)
    provider.shelves[ref] = type(lost)(lost.collection, first=1000)
    assert home.run().ok
    assert home.kinds() == []
    assert home.uids("ada", "calendar") == TUESDAYS


def test_an_expired_cursor_leads_to_a_full_comparison(home: Home) -> None:
    shelf = home.providers["ada"].shelf("tasks")
    home.providers["ada"].edit("tasks", BAGS_UID, status=Status.DONE)
    shelf.first += 100
    shelf.items = {ref: (revision + 100, item) for ref, (revision, item) in shelf.items.items()}
    assert home.run().ok
    assert home.kinds() == ["done"]


def test_trouble_and_its_end_are_told_each_time(home: Home) -> None:
    for _ in range(2):
        home.providers["ada"].fault = lambda _what, _op: Retry("it can't be reached")
        home.run()
        home.providers["ada"].fault = lambda _what, _op: None
        home.run()
    ends = [h.what for h in home.told if h.what in (What.TROUBLE, What.RECOVERED)]
    assert ends == [What.TROUBLE, What.TROUBLE, What.RECOVERED, What.RECOVERED] * 2


def test_a_skip_of_what_counts_from_completion_has_the_day_it_was_due(home: Home) -> None:
    home.providers["ada"].remove("tasks", uid("bins.wash", "n000001"))
    home.run(days=3)
    home.providers["ada"].remove("tasks", uid("bins.wash", "n000002"))
    home.run()
    with home.ledger.read() as connection:
        days = [
            e.data["day"]
            for e in record.entries(connection, HOUSE.id)
            if e.task == "bins.wash" and e.occurrence
        ]
    assert days == ["2026-11-23", "2026-12-26"]


def test_a_dead_login_freezes_that_account_alone(home: Home) -> None:
    home.providers["ada"].fault = lambda _what, _op: CredentialsDead("the login is refused")
    home.give(BINS, "ben")
    report = home.run()
    assert not report.ok
    assert home.uids("ben", "calendar") == TUESDAYS
    assert home.uids("ada", "calendar") == TUESDAYS  # nothing is deleted where nobody answers


def test_stopping_in_the_middle_of_a_push_loses_nothing() -> None:
    home = Home()

    def stop(operation: Operation) -> None:
        home.stopped = home.providers["ada"].writes >= 1

    home.providers["ada"].before_write = stop
    home.run()
    assert len(home.uids("ada", "calendar")) < 4
    home.stopped = False
    home.providers["ada"].before_write = lambda _: None
    home.restart()
    home.run()
    assert home.uids("ada", "calendar") == TUESDAYS
    assert home.kinds() == []


def test_a_bundle_that_is_paused_leaves_and_comes_back(home: Home) -> None:
    from syncer.core.model import BundleState
    from syncer.core.ownership import set_state

    for state, count in ((BundleState.PAUSED, 0), (BundleState.ACTIVE, 4)):
        with home.ledger.write() as connection:
            bundle = views.state(connection, HOUSE.id).bundles["bins"]
            record.append(connection, HOUSE.id, set_state(bundle, state, home.now, "t"))
        home.run()
        assert len(home.uids("ada", "calendar")) == count


def test_a_removed_task_leaves_the_apps(home: Home) -> None:
    with home.ledger.write() as connection:
        rows = views.state(connection, HOUSE.id)
        record.append(connection, HOUSE.id, define(BINS, [OUT], rows, home.now, "t"))
    home.run()
    assert home.uids("ada", "tasks") == set()


def test_the_state_is_the_fold_of_the_record(home: Home) -> None:
    home.providers["ada"].edit("tasks", BAGS_UID, status=Status.DONE)
    home.providers["ada"].edit("calendar", uid("bins.out", "2026-12-01"), when=None)
    home.run()
    home.give(BINS, "ben")
    home.run(days=9)
    with home.ledger.read() as connection:
        again = Memory().apply(record.entries(connection, HOUSE.id))
        stored = views.view(connection, HOUSE, dt.date(2000, 1, 1)).rows
        tenures = {(t.bundle, t.since): t for t in views.tenures(connection, HOUSE.id)}
    assert again.bundles == stored.bundles
    assert again.tasks == stored.tasks
    assert again.occurrences == stored.occurrences
    assert again.tenures == tenures


@pytest.mark.parametrize("where", ["pull", "push"])
def test_a_connectors_own_bug_is_its_accounts_trouble_alone(home: Home, where: str) -> None:
    def broken(what: str, _: Operation | None) -> None:
        if what == where:
            raise TypeError("a stranger's bug")

    home.providers["ada"].fault = broken
    home.give(FOOD, "ada")
    home.give(BINS, "ben")
    report = home.run()
    assert {r.spoke.account for r in report.spokes if r.error} == {"ada"}
    assert home.uids("ben", "calendar") == TUESDAYS


def test_a_household_without_a_bundle_has_its_collections_and_nothing_in_them() -> None:
    home = Home(bundles=())
    for _ in range(2):
        assert home.run().ok
    assert home.uids("ada", "calendar") == set() == home.uids("ben", "tasks")
    assert home.writes() == 0
