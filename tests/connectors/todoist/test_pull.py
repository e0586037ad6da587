"""Listings: what a person did, also while nobody looked, and at what price in requests."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from syncer.connector import Broken, CollectionGone, CursorExpired, Gone, Retry, Scope, Seen
from syncer.core.model import Day, Kind, Slot, Status
from syncer.testing import builders
from syncer.testing.proxy import Request, Response, Rewrite
from tests.connectors.todoist.conftest import Desk

COMPLETED = "/api/v1/tasks/completed/by_completion_date"


def todo(number: int = 1, **fields: Any) -> Any:
    return builders.item(Kind.TODO, number, **fields)


def test_a_look_at_what_did_not_change_is_one_request(desk: Desk) -> None:
    acks = desk.created(*(todo(number) for number in range(1, 11)))
    cursor = desk.pull(None, *acks).cursor
    desk.requests()
    listing = desk.pull(cursor, *acks)
    assert desk.requests() == 1
    assert listing.scope is Scope.CHANGES and not (listing.seen or listing.gone or listing.broken)


def test_a_project_in_which_nothing_was_ever_completed_is_listed_with_one_request(desk: Desk) -> None:
    desk.pull()
    assert desk.requests() == 1
    desk.created(todo())
    desk.requests()
    desk.pull()
    assert desk.requests() == 1


def test_completions_elsewhere_do_not_make_a_listing_dearer(desk: Desk) -> None:
    person = desk.person
    person.tick(person.add(desk.account.inbox, "Theirs"))
    other = person.make_project("Other")
    section = person.make_section(other, "A section")
    person.tick(person.add(other, "Theirs", section_id=section))
    parent = person.add(other, "Theirs")
    person.tick(person.add(other, "Theirs", parent_id=parent))
    desk.pull()
    assert desk.requests() == 1
    mine = person.make_section(desk.collection.ref, "Mine")
    person.tick(person.add(desk.collection.ref, "Theirs", section_id=mine))
    desk.pull()
    assert desk.requests() == 2


# --- completions ---


def week_away(desk: Desk, count: int) -> tuple[list[Any], str | None]:
    """So many items, all ticked within a week in which nobody looks, a few unticked or deleted again."""
    acks = desk.created(*(todo(number) for number in range(1, count + 1)))
    cursor = desk.pull(None, *acks).cursor
    for number, ack in enumerate(acks):
        if number % 43 == 0:
            desk.emulator.stage.clock.advance(days=1)
        desk.person.tick(ack.ref)
    return acks, cursor


def done(listing: Any) -> set[str]:
    return {one.ref for one in listing.seen if one.item.status is Status.DONE}


def test_three_hundred_completions_after_a_week_away_are_exact(desk: Desk) -> None:
    acks, cursor = week_away(desk, 300)
    desk.person.untick(acks[7].ref)
    desk.person.delete(acks[8].ref)
    desk.restart()
    desk.requests()
    listing = desk.pull(cursor, *acks)
    assert desk.requests() == 1
    assert done(listing) == {ack.ref for ack in acks} - {acks[7].ref, acks[8].ref}
    assert listing.gone == {acks[8].ref} and acks[7].ref not in done(listing)
    assert len({one.item.completed for one in listing.seen}) == len(listing.seen)


@pytest.mark.parametrize("patient", [False, True], ids=["an error", "a full sync"])
def test_they_are_exact_when_the_sync_token_is_no_longer_known(desk: Desk, patient: bool) -> None:
    acks, cursor = week_away(desk, 300)
    desk.person.untick(acks[7].ref)
    desk.person.delete(acks[8].ref)
    desk.person.forget_sync_tokens()
    desk.emulator.knobs[desk.account.token].patient = patient
    desk.restart()
    if not patient:
        with pytest.raises(CursorExpired):
            desk.pull(cursor, *acks)
        cursor = None
    desk.requests()
    listing = desk.pull(cursor, *acks)
    assert desk.requests() == 3  # a full sync, and two pages of the history
    assert listing.scope is Scope.COMPLETE
    assert done(listing) == {ack.ref for ack in acks} - {acks[7].ref, acks[8].ref}
    assert listing.same == {acks[7].ref}
    assert desk.connector.read(desk.collection, [acks[8].ref]) == [Gone(acks[8].ref)]


@pytest.mark.parametrize("months", [4, 11, 30])
def test_what_was_completed_months_ago_is_still_done(desk: Desk, months: int) -> None:
    acks = desk.created(*(todo(number) for number in range(1, 31)))
    desk.pull(None, *acks)
    for ack in acks[:29]:
        desk.person.tick(ack.ref)
    desk.emulator.stage.clock.advance(days=30 * months)
    desk.restart()
    listing = desk.pull(None, *acks)
    assert done(listing) == {ack.ref for ack in acks[:29]} and listing.same == {acks[29].ref}


def test_a_few_that_lack_are_read_one_by_one_and_not_searched_for_in_vain(desk: Desk) -> None:
    acks = desk.created(*(todo(number) for number in range(1, 6)))
    desk.emulator.stage.clock.advance(days=1000)
    desk.person.tick(acks[0].ref)
    for ack in acks[1:]:
        desk.person.delete(ack.ref)
    desk.requests()
    listing = desk.pull(None, *acks)
    assert done(listing) == {acks[0].ref}
    assert desk.requests() == 3  # the window that has none of them is the last


def test_a_page_of_the_history_that_lost_its_cursor_is_no_whole_one(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    desk.person.tick(ack.ref)

    def shortened(_: Request, true: Response) -> Response:
        return Response(true.status, true.headers, true.body.replace(b'"next_cursor"', b'"cursor"'))

    desk.proxy.inject(Rewrite(shortened), lambda request: request.path.startswith(COMPLETED), times=None)
    with pytest.raises(Retry):
        desk.pull(None, ack)


def lacking(key: str) -> Rewrite:
    """Answers that lack one of their parts."""

    def without(_: Request, true: Response) -> Response:
        data = {name: value for name, value in json.loads(true.body).items() if name != key}
        return Response(true.status, true.headers, json.dumps(data).encode())

    return Rewrite(without)


@pytest.mark.parametrize("key", ["items", "projects", "sections", "sync_token", "full_sync"])
def test_a_full_answer_without_one_of_its_parts_is_no_answer(desk: Desk, key: str) -> None:
    (ack,) = desk.created(todo())
    cursor = desk.pull(None, ack).cursor
    desk.proxy.inject(lacking(key), times=None)
    with pytest.raises(Retry):
        desk.pull(None, ack)
    if key not in ("sync_token", "full_sync"):
        assert not desk.pull(cursor, ack).gone  # an increment may leave out what did not change
    else:
        with pytest.raises(Retry):
            desk.pull(cursor, ack)


def test_an_answer_that_does_not_count_completions_costs_a_request_more(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    desk.person.tick(ack.ref)
    desk.proxy.inject(lacking("completed_info"), times=None)
    desk.requests()
    assert done(desk.pull(None, ack)) == {ack.ref}
    assert desk.requests() == 2


# --- which of two answers is later ---


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (None, "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00Z", None),
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00.400000Z"),
    ],
)
def test_a_tick_shows_however_the_moment_of_a_change_is_written(
    desk: Desk, first: str | None, then: str | None
) -> None:
    """It may be null (the SDK for TypeScript), and comes with a fraction of a second or without."""
    (ack,) = desk.created(todo())
    said = first

    def written(_: Request, true: Response) -> Response:
        data = json.loads(true.body)
        for item in data.get("items", ()):
            item["updated_at"] = said
        return Response(true.status, true.headers, json.dumps(data).encode())

    desk.proxy.inject(Rewrite(written), times=None)
    cursor = desk.pull(None, ack).cursor
    desk.person.tick(ack.ref)
    said = then
    assert done(desk.pull(cursor, ack)) == {ack.ref}


# --- a full answer that is old ---


def with_a_change(desk: Desk, change: Callable[[str], Any]) -> tuple[Any, Any]:
    """Two items, as full answers go on to tell them, one of which is then changed."""
    first, second = desk.created(todo(1), todo(2))
    desk.account.delay()
    desk.emulator.stage.clock.advance(minutes=5)
    change(first.ref)
    desk.restart()
    return first, second


def test_a_full_answer_that_is_old_is_followed_by_what_changed_since(desk: Desk) -> None:
    first, second = with_a_change(desk, desk.person.tick)
    desk.requests()
    listing = desk.pull(None, first, second)
    assert desk.requests() == 2
    assert done(listing) == {first.ref} and listing.same == {second.ref}


def test_a_deletion_since_an_old_full_answer_is_one(desk: Desk) -> None:
    first, second = with_a_change(desk, desk.person.delete)
    listing = desk.pull(None, first, second)
    assert not listing.seen and listing.same == {second.ref}
    assert desk.connector.read(desk.collection, [first.ref]) == [Gone(first.ref)]


# --- recurring items ---


def recurring(desk: Desk, text: str = "every day", **fields: Any) -> tuple[Any, str | None]:
    """An item that its owner made recurring, as the engine knows it, and the cursor of then."""
    (ack,) = desk.created(todo(**fields))
    cursor = desk.pull(None, ack).cursor
    desk.person.repeat(ack.ref, text)
    (seen,) = desk.pull(cursor, ack).seen
    assert seen.item.rule and seen.item.status is Status.OPEN
    return seen, desk.pull(cursor, ack).cursor


@pytest.mark.parametrize("text", ["every day", "every! 3 days", "täglich"])
def test_a_completed_recurring_item_is_done_whatever_its_words(desk: Desk, text: str) -> None:
    seen, cursor = recurring(desk, text)
    desk.person.tick(seen.ref)
    for start in (cursor, None):
        (now,) = desk.pull(start, seen).seen
        assert now.item.status is Status.DONE and now.item.completed is not None
        assert now.item.when == seen.item.when  # the occurrence that was done, not the one it moved to
        assert now.item.rule == seen.item.rule
    assert desk.pull(cursor, now).seen == () == desk.pull(None, now).seen
    assert desk.connector.read(desk.collection, [seen.ref]) == [now]


@pytest.mark.parametrize("date", ["2026-11-24T20:15:00", "2026-11-24T17:30:00Z"])
def test_a_completed_occurrence_keeps_its_time_of_day(desk: Desk, date: str) -> None:
    (ack,) = desk.created(todo())
    desk.person.edit(ack.ref, due={"date": date})
    desk.person.repeat(ack.ref, "every day")
    listing = desk.pull(None, ack)
    (seen,) = listing.seen
    desk.person.tick(ack.ref)
    (now,) = desk.pull(listing.cursor, seen).seen
    assert now.item.status is Status.DONE
    assert isinstance(now.item.when, Slot) and now.item.when == seen.item.when


@pytest.mark.parametrize("days", [0, 7])
def test_a_completion_that_the_log_does_not_have_is_told_by_the_item_itself(desk: Desk, days: int) -> None:
    """Of the plans, some have no activity log, and some have it for a week."""
    desk.account.limits.log = dt.timedelta(days=days)
    seen, cursor = recurring(desk)
    desk.person.tick(seen.ref)
    desk.emulator.stage.clock.advance(days=30)
    (now,) = desk.pull(cursor, seen).seen
    assert now.item.status is Status.DONE and now.item.completed is None
    assert desk.pull(None, now).same == {seen.ref}
    desk.person.undo(seen.ref)
    (open_again,) = desk.pull(cursor, now).seen
    assert open_again.item.status is Status.OPEN


def test_a_recurring_item_that_was_postponed_is_not_done(desk: Desk) -> None:
    seen, cursor = recurring(desk)
    desk.person.drag(seen.ref, "2026-11-25")  # where a completion would have gone
    for start in (cursor, None):
        (now,) = desk.pull(start, seen).seen
        assert now.item.status is Status.OPEN
        assert isinstance(now.item.when, Day) and now.item.when.date.isoformat() == "2026-11-25"


def test_a_completion_that_was_taken_back_leaves_nothing(desk: Desk) -> None:
    seen, cursor = recurring(desk)
    desk.person.tick(seen.ref)
    (ticked,) = desk.pull(cursor, seen).seen
    desk.person.undo(seen.ref)
    for start in (cursor, None):
        (now,) = desk.pull(start, ticked).seen
        assert (now.item, now.revision) == (seen.item, seen.revision)


def test_many_completions_of_one_recurring_item_are_one(desk: Desk) -> None:
    seen, cursor = recurring(desk)
    for _ in range(100):
        desk.person.tick(seen.ref)
        desk.emulator.stage.clock.advance(days=2)
    desk.restart()
    (now,) = desk.pull(cursor, seen).seen
    assert now.item.status is Status.DONE and now.item.when == seen.item.when
    (again,) = desk.pull(None, seen).seen
    assert again == now


def test_a_recurring_item_completed_for_good_is_done_and_recurs_no_more(desk: Desk) -> None:
    seen, cursor = recurring(desk)
    desk.person.complete_for_good(seen.ref)
    (now,) = desk.pull(cursor, seen).seen
    assert now.item.status is Status.DONE and now.item.rule == ""


def test_the_history_is_asked_for_changed_recurring_items_only(desk: Desk) -> None:
    seen, cursor = recurring(desk)
    cursor = desk.pull(cursor, seen).cursor
    desk.requests()
    desk.person.edit(desk.created(todo(2))[0].ref, content="Theirs")
    desk.requests()
    assert len(desk.pull(cursor, seen).seen) == 1
    assert desk.requests() == 1


# --- what is not ours, and what is no longer here ---


def test_an_item_that_was_moved_to_another_project_is_gone_from_here(desk: Desk) -> None:
    first, second = desk.created(todo(1), todo(2))
    cursor = desk.pull(None, first, second).cursor
    elsewhere = desk.person.make_project("Sealed")
    desk.person.move(first.ref, project=elsewhere)
    listing = desk.pull(cursor, first, second)
    assert listing.gone == {first.ref} and listing.seen == ()
    assert desk.connector.read(desk.collection, [first.ref]) == [Gone(first.ref)]
    assert desk.pull(None, first, second).same == {second.ref}
    assert desk.connector.find(desk.collection, [builders.uid(1)]) == []
    desk.person.move(first.ref, project=desk.collection.ref)
    (back,) = desk.pull(listing.cursor, second).seen
    assert (back.ref, back.item.uid) == (first.ref, builders.uid(1))


def test_of_other_projects_nothing_is_kept(desk: Desk) -> None:
    """Not even an item of ours that stands there: a list that is not asked for stays unread."""
    sealed = desk.person.make_project("This week I noticed")
    section = desk.person.make_section(sealed, "A private section")
    for number in range(3):
        words = {"content": f"private {number}", "description": f"Kept by {builders.uid(number)}"}
        item = desk.person.add(sealed, section_id=section, **words)
        if number == 2:
            desk.person.tick(item)
    listing = desk.pull()
    desk.person.edit(item, content="private still")
    changes = desk.pull(listing.cursor)
    desk.connector.find(desk.collection, [builders.uid(2)])
    assert listing.seen == changes.seen == () and listing.broken == changes.broken == ()
    (board,) = desk.connector._boards.values()
    kept = repr({name: value for name, value in vars(board).items() if name != "created"})
    assert "private" not in kept and "private" not in str(board.entries) and board.sections == {}


def test_strangers_in_the_same_project_are_not_kept_either(desk: Desk) -> None:
    item = desk.person.add(desk.collection.ref, "private", description="theirs", labels=["private"])
    desk.person.tick(desk.person.add(desk.collection.ref, "private too"))
    desk.pull()
    assert desk.connector.images(desk.collection, [item]) == []
    (board,) = desk.connector._boards.values()
    assert board.entries == {}
    (answer,) = desk.connector.read(desk.collection, [item])
    assert isinstance(answer, Broken) and "somebody else" in answer.reason


def test_an_item_is_known_by_its_address_where_its_marker_was_wiped_off(desk: Desk) -> None:
    (ack,) = desk.created(todo(notes="The brown one"))
    cursor = desk.pull(None, ack).cursor
    desk.person.edit(ack.ref, description="only mine now")
    desk.person.tick(ack.ref)
    desk.restart()
    for start in (cursor, None):
        (seen,) = desk.pull(start, ack).seen
        assert (seen.item.uid, seen.item.notes) == (builders.uid(1), "only mine now")
        assert seen.item.status is Status.DONE


def test_a_marker_that_was_wiped_off_comes_back_with_the_next_write(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    desk.person.edit(ack.ref, description="mine")
    (seen,) = desk.pull(None, ack).seen
    desk.updated(seen, "title", title="Ours")
    assert desk.person.sees(ack.ref)["description"] == f"mine\n\nKept by {builders.uid(1)}"


def test_an_archived_project_is_not_an_empty_one(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    cursor = desk.pull(None, ack).cursor
    desk.person.archive_project(desk.collection.ref)
    for start in (cursor, None):
        with pytest.raises(CollectionGone):
            desk.pull(start, ack)
    assert desk.collection.ref not in {one.ref for one in desk.connector.collections()}


def test_find_sees_what_was_completed_long_ago(desk: Desk) -> None:
    first, second = desk.created(todo(1), todo(2))
    desk.person.tick(first.ref)
    desk.emulator.stage.clock.advance(days=400)
    desk.restart()
    found = desk.connector.find(desk.collection, [builders.uid(1), builders.uid(2)])
    assert {one.ref: one.item.status for one in found} == {first.ref: Status.DONE, second.ref: Status.OPEN}


def test_a_search_for_what_never_was_ends_where_the_project_began(desk: Desk) -> None:
    desk.emulator.stage.clock.advance(days=200)
    desk.requests()
    assert desk.connector.find(desk.collection, [builders.uid(1)]) == []
    assert desk.requests() == 1 + 3


def test_an_item_beyond_a_mebibyte_is_set_aside(desk: Desk) -> None:
    first, second = desk.created(todo(1), todo(2))
    desk.account.items[first.ref]["content"] = "x" * 2**20
    listing = desk.pull()
    assert [one.ref for one in listing.broken] == [first.ref] and "1 MiB" in listing.broken[0].reason
    assert [one.ref for one in listing.seen] == [second.ref]


def test_an_older_answer_does_not_undo_a_newer_one(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    cursor = desk.pull(None, ack).cursor
    desk.person.edit(ack.ref, content="First")
    desk.pull(cursor, ack)
    old = desk.proxy.log[-1].response
    assert old is not None
    desk.person.edit(ack.ref, content="Second")
    desk.pull(cursor, ack)
    desk.proxy.inject(Rewrite(lambda _, __: old), times=1)
    assert [one.item.title for one in desk.pull(cursor, ack).seen] == ["Second"]
    (answer,) = desk.connector.read(desk.collection, [ack.ref])
    assert isinstance(answer, Seen) and answer.item.title == "Second"
