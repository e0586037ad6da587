"""What looks like loss waits for a person (I15): what is held, how it is asked, answered, and dissolves."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from syncer.core.fold import Progress
from syncer.core.guard import MASS
from syncer.core.model import Day, Kind, Status
from syncer.engine.happenings import What
from syncer.ledger import views
from syncer.testing.memory import Shelf
from tests.engine.scenes import busy, empty, move_on, names, notices, refill, repeat, settled, tick
from tests.home import BINS, HOUSE, MONDAY, Home, uid

CALENDAR, TASKS = "ada/calendar", "ada/tasks"
TUESDAYS = [f"bins.out/2026-{day}" for day in ("11-24", "12-01", "12-08", "12-15")]


@pytest.fixture
def home() -> Home:
    return settled()


def calendar(home: Home) -> Shelf:
    """Ada's calendar, at the provider."""
    return home.providers["ada"].shelf("calendar")


def answer_by_tick(home: Home, partner: str = "ada", collection: str = "tasks") -> None:
    """Tick the one notice that stands in a collection."""
    (identity,) = notices(home, partner, collection)
    home.providers[partner].edit(collection, identity.uid(HOUSE.id), status=Status.DONE, completed=MONDAY)


def done(home: Home) -> list[str]:
    """What counts as done in the ledger."""
    with home.ledger.read() as connection:
        states = views.view(connection, HOUSE, dt.date(2000, 1, 1)).rows.occurrences.values()
    return sorted(f"{state.task}/{state.key}" for state in states if state.progress is Progress.DONE)


# How it is asked.


def test_the_question_stands_in_that_partners_own_list_and_nowhere_else(home: Home) -> None:
    empty(calendar(home))
    home.run()
    ((identity, item),) = notices(home, "ada", "tasks").items()
    assert (item.title, item.kind, item.status) == ("4 changes are waiting", Kind.TODO, Status.OPEN)
    assert item.notes.count("- Take out the bins (Tue ") == 4
    assert "calendar: " in item.notes
    assert item.when == Day(MONDAY.date())
    for partner, collection in (("ada", "calendar"), ("ben", "tasks"), ("ben", "calendar")):
        assert notices(home, partner, collection) == {}
    before = home.writes()
    for _ in range(3):
        home.run()
    assert home.writes() == before
    assert list(notices(home, "ada", "tasks")) == [identity]


def test_a_list_in_doubt_asks_in_the_calendar_only_where_there_is_no_other_list() -> None:
    home = busy(5)
    empty(home.providers["ada"].shelf("tasks"))
    home.run()
    assert [item.title for item in notices(home, "ada", "tasks").values()] == ["7 changes are waiting"]


def test_a_change_of_what_waits_changes_the_notice_and_not_the_question() -> None:
    home = busy(8)
    for name in names(home, "ada", "tasks")[:4]:
        home.providers["ada"].remove("tasks", name)
    home.run()
    ((asked, _),) = notices(home, "ada", "tasks").items()
    home.providers["ada"].remove("tasks", names(home, "ada", "tasks")[0])
    home.run()
    ((still, item),) = notices(home, "ada", "tasks").items()
    assert (still, item.title) == (asked, "5 changes are waiting")


# How it is answered.


def test_a_tick_on_the_notice_releases_what_waits(home: Home) -> None:
    empty(calendar(home))
    home.run()
    answer_by_tick(home)
    home.run()
    assert home.facts() == [f"skipped {name}" for name in TUESDAYS]
    assert home.hold(CALENDAR) is None
    home.run()
    assert notices(home, "ada", "tasks") == {}
    assert home.uids("ada", "calendar") == set()


def test_a_tick_on_the_notice_is_no_completion_of_anything(home: Home) -> None:
    empty(calendar(home))
    home.run()
    answer_by_tick(home)
    for _ in range(3):
        home.run()
    assert done(home) == []


@pytest.mark.parametrize("how", ["delete", "cancel", "leave", "edit"])
def test_nothing_but_a_tick_releases_it(home: Home, how: str) -> None:
    empty(calendar(home))
    home.run()
    ((identity, _),) = notices(home, "ada", "tasks").items()
    uid_ = identity.uid(HOUSE.id)
    if how == "delete":
        home.providers["ada"].remove("tasks", uid_)
    elif how == "cancel":
        home.providers["ada"].edit("tasks", uid_, status=Status.CANCELLED)
    elif how == "edit":
        home.providers["ada"].edit("tasks", uid_, title="what is this?", when=Day(dt.date(2026, 12, 24)))
    for _ in range(4):
        home.run()
        home.restart()
    assert home.facts() == []
    hold = home.hold(CALENDAR)
    assert hold is not None and hold.answer is None
    assert home.uids("ada", "calendar") == set()


def test_a_tick_in_the_other_partners_app_says_nothing(home: Home) -> None:
    """Ben makes an imitation of the question in his list: it is Ada's to answer."""
    empty(calendar(home))
    home.run()
    (item,) = notices(home, "ada", "tasks").values()
    shelf = home.providers["ben"].shelf("tasks")
    shelf.put(f"{shelf.collection.ref}{item.uid}", replace(item, status=Status.DONE))
    home.run()
    home.run()
    assert home.facts() == []
    assert home.hold(CALENDAR) is not None


def test_in_a_calendar_a_mark_before_the_notices_title_answers_it() -> None:
    home = Home()
    home.lines = [line for line in home.lines if line.spoke.name != TASKS]
    home.restart()
    home.run()
    home.run()
    empty(calendar(home))
    home.run()
    ((identity, item),) = notices(home, "ada", "calendar").items()
    assert item.kind is Kind.EVENT
    home.providers["ada"].edit("calendar", identity.uid(HOUSE.id), title=f"x {item.title}")
    home.run()
    assert home.facts() == [f"skipped {name}" for name in TUESDAYS]
    home.run()
    assert notices(home, "ada", "calendar") == {}


def test_put_back_on_request_they_are_what_they_were(home: Home) -> None:
    stood = empty(calendar(home))
    home.run()
    home.answer(CALENDAR, "restore")
    home.run()
    home.run()
    assert home.facts() == []
    assert {item.title for item in home.providers["ada"].items("calendar").values()} == {"Take out the bins"}
    assert len(home.providers["ada"].items("calendar")) == len(stood)
    assert notices(home, "ada", "tasks") == {}
    assert home.hold(CALENDAR) is None


def test_an_answer_counts_for_what_was_asked_and_for_nothing_that_vanished_since() -> None:
    home = busy(16)
    first, second = names(home, "ada", "tasks")[:8], names(home, "ada", "tasks")[8:]
    for name in first:
        home.providers["ada"].remove("tasks", name)
    home.run()
    home.answer(TASKS, "accept")
    for name in second:
        home.providers["ada"].remove("tasks", name)
    home.run()
    assert home.facts() == []
    hold = home.hold(TASKS)
    assert hold is not None and hold.answer is None
    assert len(hold.items) == 16


# How it dissolves.


def test_it_dissolves_by_itself_when_they_come_back_and_the_notice_goes(home: Home) -> None:
    stood = empty(calendar(home))
    home.run()
    refill(calendar(home), stood)
    home.run()
    assert home.hold(CALENDAR) is None
    assert notices(home, "ada", "tasks") == {}
    assert home.facts() == []
    assert [h.what for h in home.told if h.what in (What.HELD, What.DISSOLVED)] == [What.HELD, What.DISSOLVED]


def test_what_does_not_come_back_waits_on(home: Home) -> None:
    stood = empty(calendar(home))
    home.run()
    refill(calendar(home), dict(list(stood.items())[:3]))
    home.run()
    hold = home.hold(CALENDAR)
    assert hold is not None and len(hold.items) == 1
    assert [item.title for item in notices(home, "ada", "tasks").values()] == ["1 change is waiting"]
    assert home.facts() == []


def test_a_further_hold_asks_anew_and_the_old_notice_answers_nothing(home: Home) -> None:
    stood = empty(calendar(home))
    home.run()
    ((old, item),) = notices(home, "ada", "tasks").items()
    refill(calendar(home), stood)
    home.run()
    empty(calendar(home))
    home.run()
    ((new, _),) = notices(home, "ada", "tasks").items()
    assert new != old
    shelf = home.providers["ada"].shelf("tasks")  # a phone that was offline brings the old one, ticked
    shelf.put(f"{shelf.collection.ref}{item.uid}", replace(item, status=Status.DONE))
    home.run()
    home.run()
    assert home.facts() == []
    assert list(notices(home, "ada", "tasks")) == [new]
    assert home.hold(CALENDAR) is not None


def test_while_it_waits_a_tick_on_what_is_left_counts() -> None:
    home = busy(8)
    for name in names(home, "ada", "tasks")[:4]:
        home.providers["ada"].remove("tasks", name)
    home.run()
    left = names(home, "ada", "tasks")[0]
    tick(home, "ada", "tasks", [left], MONDAY)
    home.run()
    assert home.facts() == ["done errands.e4/2026-11-25"]
    assert home.hold(TASKS) is not None


def test_while_it_waits_the_other_collections_go_on(home: Home) -> None:
    empty(calendar(home))
    home.run()
    home.providers["ben"].edit("tasks", uid("food.shop", "2026-11-28"), status=Status.DONE)
    home.providers["ada"].remove("tasks", uid("bins.bags", "2026-11-25"))
    home.run()
    home.run()
    assert home.facts() == ["skipped bins.bags/2026-11-25", "done food.shop/2026-11-28"]
    assert home.uids("ben", "tasks") == {"food.shop/2026-11-28", "food.shop/2026-12-05"}
    assert home.hold(CALENDAR) is not None


def test_a_full_listing_that_reads_empty_by_mistake_ends_with_nothing_lost(home: Home) -> None:
    """The next day's full comparison meets a server that says: nothing here; then it is well again."""
    shelf = calendar(home)
    kept = dict(shelf.items)
    shelf.items.clear()
    home.run(days=1.1)
    assert home.hold(CALENDAR) is not None
    shelf.items.update(kept)
    home.run()
    assert (home.hold(CALENDAR), home.facts()) == (None, [])
    assert home.uids("ada", "calendar") >= set(TUESDAYS)


# What only looks done.


@pytest.mark.parametrize(("many", "held"), [(3, False), (4, True)])
def test_completions_that_no_status_says_count_like_losses(many: int, held: bool) -> None:
    home = busy(8)
    repeat(home, names(home, "ada", "tasks"))
    move_on(home, names(home, "ada", "tasks")[:many])
    home.run()
    assert (home.hold(TASKS) is not None) is held
    assert len(done(home)) == (0 if held else many)
    if held:
        ((_, item),) = notices(home, "ada", "tasks").items()
        assert item.title == "4 changes are waiting"
        assert "look done all at once" in item.notes


def test_released_they_are_done_once_each() -> None:
    home = busy(8)
    repeat(home, names(home, "ada", "tasks"))
    move_on(home, names(home, "ada", "tasks")[:5])
    home.run()
    answer_by_tick(home)
    for _ in range(3):
        home.run()
    assert done(home) == [f"errands.e{n}/2026-11-25" for n in range(5)]
    assert home.kinds() == ["done"] * 5
    assert home.hold(TASKS) is None


def test_denied_they_are_put_right_and_stay_open() -> None:
    home = busy(8)
    wrong = names(home, "ada", "tasks")[:5]
    repeat(home, names(home, "ada", "tasks"))
    move_on(home, wrong)
    home.run()
    home.answer(TASKS, "restore")
    for _ in range(3):
        home.run()
    assert home.kinds() == []
    for name in wrong:
        item = home.providers["ada"].items("tasks")[name]
        assert (item.status, item.when) == (Status.OPEN, Day(dt.date(2026, 11, 25)))
    assert home.hold(TASKS) is None
    assert notices(home, "ada", "tasks") == {}


@pytest.mark.parametrize(("many", "held"), [(MASS, False), (MASS + 1, True)])
def test_ticks_of_the_very_same_moment_are_a_machines_if_there_are_very_many(many: int, held: bool) -> None:
    home = busy(14)
    tick(home, "ada", "tasks", names(home, "ada", "tasks")[:many], MONDAY)
    home.run()
    assert (home.hold(TASKS) is not None) is held
    assert len(done(home)) == (0 if held else many)


def test_as_many_ticks_one_after_another_are_a_persons_and_count_at_once() -> None:
    home = busy(14)
    for number, name in enumerate(names(home, "ada", "tasks")):
        tick(home, "ada", "tasks", [name], MONDAY + dt.timedelta(seconds=number))
    home.run()
    assert len(done(home)) == 14
    assert home.hold(TASKS) is None


def test_denied_ticks_are_taken_off_again() -> None:
    home = busy(14)
    tick(home, "ada", "tasks", names(home, "ada", "tasks"), MONDAY)
    home.run()
    home.answer(TASKS, "restore")
    for _ in range(3):
        home.run()
    assert home.kinds() == []
    assert {item.status for item in home.providers["ada"].items("tasks").values()} == {Status.OPEN}


# Many bites, and other collections.


def test_many_small_bites_within_a_day_are_a_large_one() -> None:
    home = busy(10)
    for name in names(home, "ada", "tasks")[:5]:
        home.providers["ada"].remove("tasks", name)
        home.run()
    assert home.kinds() == ["skipped"] * 3
    hold = home.hold(TASKS)
    assert hold is not None and len(hold.items) == 2


def test_what_was_released_by_a_persons_word_adds_up_with_nothing() -> None:
    home = busy(16)
    for name in names(home, "ada", "tasks")[:8]:
        home.providers["ada"].remove("tasks", name)
    home.run()
    answer_by_tick(home)
    home.run()
    home.run()
    home.providers["ada"].remove("tasks", names(home, "ada", "tasks")[-1])
    home.run()
    assert home.kinds() == ["skipped"] * 9
    assert home.hold(TASKS) is None


def test_a_day_later_a_bite_is_small_again() -> None:
    home = busy(10)
    for name in names(home, "ada", "tasks")[:3]:
        home.providers["ada"].remove("tasks", name)
    home.run()
    home.run(days=1)
    home.providers["ada"].remove("tasks", names(home, "ada", "tasks")[9])
    home.run(days=0.1)
    assert home.kinds() == ["skipped"] * 4
    assert home.hold(TASKS) is None


def test_of_a_swapped_collection_not_even_one_deletion_is_believed(home: Home) -> None:
    shelf = calendar(home)
    shelf.collection = replace(shelf.collection, identity="another's")
    shelf.items.pop(next(iter(shelf.items)))
    home.run(days=1.1)
    hold = home.hold(CALENDAR)
    assert hold is not None and hold.reason == "the collection is not the one that it was"
    assert home.facts() == []


def test_two_collections_in_doubt_ask_two_questions_and_each_has_its_own_answer() -> None:
    home = busy(5)
    empty(calendar(home))
    for name in names(home, "ada", "tasks"):
        home.providers["ada"].remove("tasks", name)
    home.run()
    asked = notices(home, "ada", "tasks")
    (about_calendar,) = [i for i, item in asked.items() if item.notes.startswith("calendar")]
    assert len(asked) == 2
    home.providers["ada"].edit("tasks", about_calendar.uid(HOUSE.id), status=Status.DONE)
    home.run()
    home.run()
    assert home.facts() == [f"skipped {name}" for name in TUESDAYS]
    assert (home.hold(CALENDAR), home.hold(TASKS) is not None) == (None, True)
    assert len(notices(home, "ada", "tasks")) == 1


def test_what_is_handed_over_while_it_waits_appears_with_the_new_owner(home: Home) -> None:
    empty(calendar(home))
    home.run()
    home.give(BINS, "ben")
    home.run()
    home.run()
    assert home.uids("ben", "calendar") == set(TUESDAYS)
    assert "skipped" not in home.kinds()
