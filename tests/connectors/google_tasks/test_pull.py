"""Listings: what a person did in Google's app, seen whole, with one request when nothing happened."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest

from connectors import markers
from connectors.google import scopes
from connectors.google.service import Call
from connectors.google_tasks.listing import NO_MARKER
from syncer.connector import Ack, Broken, Collection, CursorExpired, Gone, Retry, Scope, Seen, Update
from syncer.core.model import Day, Kind, Status
from syncer.testing.builders import uid
from syncer.testing.proxy import Request, Response, Rewrite, reads
from tests.connectors.google_tasks.conftest import Desk, todo

NEXT_WEEK = dt.date(2026, 12, 1)


def _only(desk: Desk, cursor: str | None, ack: Ack) -> Seen:
    listing = desk.pull(cursor, [ack])
    assert len(listing.seen) == 1 and not listing.gone and not listing.broken, listing
    return listing.seen[0]


# --- how many requests ---


def test_an_idle_pass_is_one_request_also_with_three_hundred_open_tasks(desk: Desk) -> None:
    acks = desk.created(*(todo(number) for number in range(1, 301)))
    desk.google.stage.clock.advance(minutes=10)
    listing = desk.pull(None, acks)
    assert len(listing.same) == 300
    for _ in range(3):
        desk.calm()
        listing = desk.pull(listing.cursor, acks)
        assert listing == listing.__class__(Scope.CHANGES, cursor=listing.cursor)
        assert [(entry.method, entry.parts) for entry in desk.asked] == [("GET", 0)]


def test_pages_hold_a_hundred(desk: Desk) -> None:
    desk.created(*(todo(number) for number in range(1, 202)))
    desk.calm()
    assert len(desk.pull().seen) == 201
    assert [entry.query["maxResults"] for entry in desk.asked] == [["100"]] * 3


def test_what_is_new_stays_in_sight_for_two_minutes(desk: Desk) -> None:
    """Whatever becomes visible late is still asked for, and what is known is no news."""
    (ack,) = desk.created(todo())
    cursor = desk.pull(None, [ack]).cursor
    desk.tasks.fall_behind()
    desk.person.edit(desk.held, ack.ref, title="Theirs")
    desk.google.stage.clock.advance(seconds=90)
    listing = desk.pull(cursor, [ack])
    assert listing.seen == ()
    desk.tasks.catch_up()
    assert [one.item.title for one in desk.pull(listing.cursor, [ack]).seen] == ["Theirs"]


def test_what_becomes_visible_later_still_is_seen_by_a_full_comparison(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    cursor = desk.pull(None, [ack]).cursor
    desk.tasks.fall_behind()
    desk.person.edit(desk.held, ack.ref, title="Theirs")
    desk.google.stage.clock.advance(minutes=10)
    cursor = desk.pull(cursor, [ack]).cursor
    desk.tasks.catch_up()
    assert desk.pull(cursor, [ack]).seen == ()
    assert [one.item.title for one in desk.pull(None, [ack]).seen] == ["Theirs"]


# --- what a person did ---


def test_a_tick_in_the_app_is_completed_and_hidden_and_is_seen(desk: Desk) -> None:
    (ack,) = desk.created(todo(notes="Brown"))
    cursor = desk.pull(None, [ack]).cursor
    desk.calm()
    desk.person.tick(desk.held, ack.ref)
    for start in (cursor, None):
        seen = _only(desk, start, ack)
        assert seen.item.status is Status.DONE and seen.item.notes == "Brown"
        assert seen.item.completed == desk.google.stage.clock.now()


def test_a_tick_taken_back_is_seen(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    desk.person.tick(desk.held, ack.ref)
    ticked = _only(desk, None, ack)
    desk.calm()
    desk.person.untick(desk.held, ack.ref)
    (seen,) = desk.pull(None, [ticked]).seen
    assert (seen.item.status, seen.item.completed) == (Status.OPEN, None)


def test_what_was_cleared_from_the_list_is_still_there(desk: Desk) -> None:
    (ack,) = desk.created(todo(status=Status.DONE))
    cleared = desk.connector.service.call(_clear(desk.held))
    assert cleared.status == 204
    assert _only(desk, None, ack).item.status is Status.DONE
    assert isinstance(desk.connector.read(desk.collection, [ack.ref])[0], Seen)


def _clear(held: str) -> Call:
    return Call(lambda api: api.tasks().clear(tasklist=held), held)


def test_another_day_and_no_day_are_seen(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    desk.person.drag(desk.held, ack.ref, NEXT_WEEK)
    assert _only(desk, None, ack).item.when == Day(NEXT_WEEK)
    desk.person.drag(desk.held, ack.ref, None)
    assert _only(desk, None, ack).item.when is None


def test_notes_that_a_person_writes_around_our_line_are_theirs(desk: Desk) -> None:
    (ack,) = desk.created(todo(notes="Brown"))
    text = desk.person.task(desk.held, ack.ref).notes
    assert text.endswith(uid(1))
    desk.person.edit(desk.held, ack.ref, notes=f"Ask Ben!\n{text}\nthe lid too")
    seen = _only(desk, None, ack)
    assert (seen.item.uid, seen.item.notes) == (uid(1), "Ask Ben!\nBrown\nthe lid too")


def test_a_deletion_is_a_tombstone_in_changes_and_an_absence_in_a_whole_listing(desk: Desk) -> None:
    acks = desk.created(todo(1), todo(2))
    cursor = desk.pull(None, acks).cursor
    desk.calm()
    desk.person.delete(desk.held, acks[0].ref)
    changes = desk.pull(cursor, acks)
    assert changes.gone == {acks[0].ref} and not changes.seen
    assert desk.pull(None, acks).same == {acks[1].ref}
    assert desk.connector.read(desk.collection, [acks[0].ref]) == [Gone(acks[0].ref)]
    desk.person.undo_delete(desk.held, acks[0].ref)
    assert [one.ref for one in desk.pull(changes.cursor, acks[1:]).seen] == [acks[0].ref]


def test_a_tick_before_a_deletion_does_not_make_it_done(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    cursor = desk.pull(None, [ack]).cursor
    desk.person.tick(desk.held, ack.ref)
    desk.person.delete(desk.held, ack.ref)
    listing = desk.pull(cursor, [ack])
    assert listing.seen == () and listing.gone == {ack.ref}


def test_a_task_in_another_list_is_gone_here_and_found_there(desk: Desk) -> None:
    """It leaves no tombstone: a full comparison misses it, and its own address proves it."""
    acks = desk.created(todo(1), todo(2))
    cursor = desk.pull(None, acks).cursor
    other = desk.person.add_list("Other")
    desk.person.move(desk.held, acks[0].ref, other)
    assert desk.pull(cursor, acks).gone == frozenset()
    assert desk.pull(None, acks).same == {acks[1].ref}
    assert desk.connector.read(desk.collection, [acks[0].ref]) == [Gone(acks[0].ref)]
    there = Collection(other, "Other", frozenset({Kind.TODO}))
    assert [one.item.uid for one in desk.connector.pull(there, None, {}).seen] == [uid(1)]


def test_what_the_app_repeats_is_done_and_stands_there_a_second_time(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    cursor = desk.pull(None, [ack]).cursor
    desk.person.repeat(desk.held, ack.ref, 7)
    desk.person.tick(desk.held, ack.ref)
    seen = {one.ref: one.item for one in desk.pull(cursor, [ack]).seen}
    assert len(seen) == 2 and {item.uid for item in seen.values()} == {uid(1)}
    assert seen.pop(ack.ref).status is Status.DONE
    (following,) = seen.values()
    assert (following.status, following.when) == (Status.OPEN, Day(NEXT_WEEK))


def test_our_own_places_among_others_are_no_news(desk: Desk) -> None:
    desk.tasks.etags_by_position = True
    (ack,) = desk.created(todo())
    desk.calm()
    cursor = desk.pull(None, [ack]).cursor
    desk.person.add(desk.held, "Theirs")
    assert desk.pull(cursor, [ack]).seen == ()
    assert _only(desk, None, ack).item == ack.item


# --- the marker that a person took away ---


def test_a_task_whose_notes_a_person_cleared_is_still_ours(desk: Desk) -> None:
    """Google gives no id out twice: what the ledger holds of it says whose it is."""
    (ack,) = desk.created(todo(notes="Brown"))
    cursor = desk.pull(None, [ack]).cursor
    desk.person.edit(desk.held, ack.ref, notes="")
    cleared = _only(desk, cursor, ack)
    assert (cleared.item.uid, cleared.item.notes) == (uid(1), "")
    desk.restart()
    desk.calm()
    desk.person.tick(desk.held, ack.ref)
    (ticked,) = desk.pull(cursor, [cleared]).seen
    assert (ticked.item.uid, ticked.item.status) == (uid(1), Status.DONE)
    (read,) = desk.connector.read(desk.collection, [ack.ref])
    assert isinstance(read, Seen) and read.item.uid == uid(1)


def test_the_next_notes_of_ours_bring_the_marker_back(desk: Desk) -> None:
    (ack,) = desk.created(todo(notes="Brown"))
    desk.person.edit(desk.held, ack.ref, notes="")
    seen = _only(desk, None, ack)
    desk.acks(Update(ack.ref, seen.revision, todo(title="Ours"), frozenset({"title"})))
    assert desk.person.task(desk.held, ack.ref).notes == ""
    seen = _only(desk, None, ack)
    (echo,) = desk.acks(Update(ack.ref, seen.revision, todo(notes="Blue"), frozenset({"notes"})))
    assert desk.person.task(desk.held, ack.ref).notes == markers.marked("Blue", uid(1))
    assert echo.item is not None and echo.item.notes == "Blue"


def test_notes_copied_from_one_task_of_ours_to_another_swap_nothing(desk: Desk) -> None:
    first, second = desk.created(todo(1, notes="Brown"), todo(2))
    desk.person.edit(desk.held, second.ref, notes=desk.person.task(desk.held, first.ref).notes)
    listing = desk.pull(None, [first, second])
    (seen,) = listing.seen
    assert (seen.ref, seen.item.uid) == (second.ref, uid(2)) and listing.same == {first.ref}


def test_an_address_of_ours_that_nothing_tells_of_is_set_aside_and_not_gone(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    desk.restart()
    desk.person.edit(desk.held, ack.ref, notes="")
    revision = f"- {(ack.revision or '').partition(' ')[2]}"
    listing = desk.connector.pull(desk.collection, None, {ack.ref: revision})
    assert [(one.ref, one.reason) for one in listing.broken] == [(ack.ref, NO_MARKER)]
    assert isinstance(desk.connector.read(desk.collection, [ack.ref])[0], Broken)


# --- listings that are none ---


def _with(change: dict[str, object]) -> Rewrite:
    """Another listing than Google's."""

    def rewritten(_: Request, true: Response) -> Response:
        return Response(true.status, true.headers, json.dumps(json.loads(true.body) | change).encode())

    return Rewrite(rewritten)


@pytest.mark.parametrize(
    "change",
    [{"kind": "tasks#taskLists"}, {"kind": None}, {"items": {}}, {"items": [7]}, {"items": [{"id": ""}]},
     {"items": [{"title": "x"}]}, {"nextPageToken": 7}, {"nextPageToken": ""}],
)  # fmt: skip
def test_a_page_that_is_none_is_raised(desk: Desk, change: dict[str, object]) -> None:
    desk.created(todo())
    desk.google.proxy.inject(_with(change), reads, times=None)
    with pytest.raises(Retry):
        desk.pull()


def test_pages_without_end_are_raised(desk: Desk) -> None:
    acks = desk.created(*(todo(number) for number in range(1, 102)))
    first: list[str] = []

    def same_again(_: Request, true: Response) -> Response:
        body = json.loads(true.body)
        first.append(body.get("nextPageToken", ""))
        return Response(true.status, true.headers, json.dumps(body | {"nextPageToken": first[0]}).encode())

    desk.google.proxy.inject(Rewrite(same_again), reads, times=None)
    with pytest.raises(Retry):
        desk.pull(None, acks)
    assert len(first) == 2


def test_a_cursor_that_google_keeps_no_tombstones_for_has_expired(desk: Desk) -> None:
    cursor = desk.pull().cursor
    desk.google.stage.clock.advance(days=29)
    with pytest.raises(CursorExpired):
        desk.pull(cursor)


def test_without_googles_clock_there_is_no_cursor(desk: Desk) -> None:
    def undated(_: Request, true: Response) -> Response:
        return Response(true.status, {k: v for k, v in true.headers.items() if k != "date"}, true.body)

    oauth, proxy = desk.google.oauth, desk.google.proxy
    desk.account.secret = oauth.secret(desk.person.mail, scopes.TASKS, f"{proxy.url}/token")
    proxy.inject(Rewrite(undated), times=None)
    listing = desk.pull()
    assert listing.cursor is None and listing.scope is Scope.COMPLETE


def test_the_cursor_is_googles_clock_as_of_the_first_page(desk: Desk) -> None:
    desk.created(*(todo(number) for number in range(1, 102)))

    def later(_: Request, true: Response) -> Response:
        desk.google.stage.clock.advance(minutes=1)
        return true

    desk.google.proxy.inject(Rewrite(later), reads, times=None)
    cursor = desk.pull().cursor
    desk.google.proxy.calm()
    told = desk.connector.server_time()
    assert told is not None and cursor is not None and re.fullmatch(r"[-\dT:]+Z", cursor)
    assert told - dt.datetime.fromisoformat(cursor) == dt.timedelta(minutes=1)


# --- strangers ---


def test_what_a_person_keeps_beside_ours_is_not_seen(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    cursor = desk.pull(None, [ack]).cursor
    task = desk.person.add(desk.held, "Theirs", "Kept by evenhold-0123456789.bins.out.2026-11-24")
    desk.person.add(desk.held, "A step", under=ack.ref)
    for start in (cursor, None):
        assert not (listing := desk.pull(start, [ack])).seen and not listing.broken
    assert isinstance(desk.connector.read(desk.collection, [task])[0], Broken)
    assert desk.connector.images(desk.collection, [task]) == []
    assert all(one not in desk.connector._shelf(desk.collection).tasks for one in (task,))
