"""Reading a calendar: what changed, what is ours, and answers that are not to be believed."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from connectors.google_calendar import ids, listing
from syncer.connector import (
    Broken,
    CollectionGone,
    CredentialsDead,
    CursorExpired,
    Gone,
    ProviderGone,
    Retry,
    Scope,
    Seen,
)
from syncer.core.model import Day
from syncer.testing import builders
from syncer.testing.proxy import Request, Response, Rewrite, Stale, Truncate
from tests.connectors.google_calendar.conftest import Desk, event
from tests.emulators.google_api import ApiError, gone_api
from tests.emulators.google_calendar.listing import full_sync


def test_an_idle_pass_is_one_request(desk: Desk) -> None:
    acks = desk.created(*(event(number) for number in range(1, 21)))
    for number in range(300):
        desk.person.add(f"Theirs {number}", desk.ref)
    cursor = desk.pull(None, acks).cursor
    desk.requests()
    for _ in range(3):
        listing = desk.pull(cursor, acks)
        assert (listing.seen, listing.gone, listing.scope) == ((), frozenset(), Scope.CHANGES)
        cursor = listing.cursor
        assert desk.requests() == ["GET events"]


def test_a_write_of_ours_is_named_in_the_next_changes_and_not_read_again(desk: Desk) -> None:
    cursor = desk.pull().cursor
    acks = desk.created(event(1), event(2))
    desk.requests()
    listing = desk.pull(cursor, acks)
    assert listing.seen == () and listing.same == {ack.ref for ack in acks}
    assert desk.requests() == ["GET events"]


def test_pages_are_followed_to_the_last_even_where_one_is_empty(desk: Desk) -> None:
    acks = desk.created(*(event(number) for number in range(1, 8)))
    desk.google.calendar.lister.most = 3
    desk.requests()
    listing = desk.pull()
    assert len(listing.seen) == 7 and desk.requests() == ["GET events"] * 5
    for ack in acks:
        desk.person.tick(ack.ref, desk.ref)
    changes = desk.pull(listing.cursor, acks)
    assert sorted(one.item.title for one in changes.seen) == ["✓ Take out the bins"] * 7
    assert desk.requests() == ["GET events"] * 5


def test_a_week_away_with_300_ticks_comes_back_exact(desk: Desk) -> None:
    acks = desk.created(*(event(number) for number in range(1, 301)))
    cursor = desk.pull(None, acks).cursor
    for ack in acks:
        desk.person.tick(ack.ref, desk.ref)
    desk.google.stage.clock.advance(days=7)
    desk.connector.collections()  # the access token ran out long ago
    desk.requests()
    seen = desk.pull(cursor, acks).seen
    assert {one.ref for one in seen} == {ack.ref for ack in acks}
    assert all(one.item.title == "✓ Take out the bins" for one in seen)
    assert desk.requests() == ["GET events"]


def test_a_deleted_event_is_gone_though_only_its_id_is_told(desk: Desk) -> None:
    first, second = desk.created(event(1), event(2))
    theirs = desk.person.add("Theirs", desk.ref)
    cursor = desk.pull(None, [first, second]).cursor
    for ident in (first.ref, theirs):
        desk.person.delete(ident, desk.ref)
    listing = desk.pull(cursor, [first, second])
    assert listing.gone == {first.ref} and listing.seen == ()


def test_what_a_person_does_in_their_app_is_seen(desk: Desk) -> None:
    """Dragged, retitled, made all-day: the same item with other content."""
    (ack,) = desk.created(event())
    cursor = desk.pull(None, [ack]).cursor
    moved = dt.datetime(2026, 11, 26, 7, 0, tzinfo=builders.NEW_YORK)
    desk.person.drag(ack.ref, moved, desk.ref)
    listing = desk.pull(cursor, [ack])
    (seen,) = listing.seen
    assert seen.item.when is not None and seen.item.when.start == moved and seen.item.when.minutes == 45  # type: ignore[union-attr]  # a time, not a day
    desk.person.drag_to_day(ack.ref, dt.date(2026, 11, 27), desk.ref)
    (seen,) = desk.pull(listing.cursor, [ack]).seen
    assert seen.item.when == Day(dt.date(2026, 11, 27))


def test_a_guests_copy_of_our_event_is_theirs(desk: Desk) -> None:
    """It has our id, and none of our marker: a partner who is invited keeps it like any other invitation."""
    (ack,) = desk.created(event())
    desk.person.invite(ack.ref, "bo@example.org", calendar=desk.ref)
    bo = desk.google.calendar.person("bo@example.org")
    desk.person.invite(ack.ref, bo.mail, calendar=desk.ref)
    assert ack.ref in bo.events()
    desk.secret = desk.google.oauth.secret(bo.mail, ["https://www.googleapis.com/auth/calendar"])
    theirs = desk.restart()
    primary = next(one for one in theirs.collections() if one.ref == bo.mail)
    assert theirs.pull(primary, None, {}).seen == ()
    assert isinstance(theirs.read(primary, [ack.ref])[0], Broken)
    assert theirs.images(primary, [ack.ref]) == []
    assert theirs.find(primary, [builders.uid(1)]) == []


def test_an_event_whose_marker_an_app_dropped_is_ours_by_its_id(desk: Desk) -> None:
    (ack,) = desk.created(event())
    desk.person.edit(ack.ref, desk.ref, extendedProperties=None, summary="Theirs")
    (seen,) = desk.pull(None, [ack]).seen
    assert (seen.item.uid, seen.item.title) == (builders.uid(1), "Theirs")


@pytest.mark.parametrize("cursor", ["", "made up", "CPbWFkZSB1cA"])
def test_a_cursor_that_google_does_not_know_is_expired(desk: Desk, cursor: str) -> None:
    with pytest.raises(CursorExpired):
        desk.pull(cursor)


def test_a_cursor_expires_when_the_calendar_is_shared(desk: Desk) -> None:
    """ "An ACL change can answer 410 too"."""
    (ack,) = desk.created(event())
    cursor = desk.pull(None, [ack]).cursor
    desk.person.share(desk.ref, "bo@example.org", "reader")
    with pytest.raises(CursorExpired):
        desk.pull(cursor, [ack])
    listing = desk.pull(None, [ack])
    assert listing.scope is Scope.COMPLETE and listing.same == {ack.ref}


def test_an_api_that_is_gone_is_no_expired_cursor_for_long(desk: Desk) -> None:
    """With a cursor a 410 may be about it; the full comparison that follows tells."""
    cursor = desk.pull().cursor
    desk.google.calendar.trouble = lambda made: gone_api()
    with pytest.raises(CursorExpired):
        desk.pull(cursor)
    with pytest.raises(ProviderGone, match="Update Evenhold"):
        desk.pull(None)


def test_no_event_is_gone_because_the_api_is(desk: Desk) -> None:
    (ack,) = desk.created(event())
    desk.google.calendar.trouble = lambda made: gone_api()
    with pytest.raises(ProviderGone):
        desk.connector.read(desk.collection, [ack.ref])
    desk.google.calendar.trouble = lambda made: (
        ApiError(410, "deleted", "Resource has been deleted") if made.of.id == "calendar.events.get" else None
    )
    assert desk.connector.read(desk.collection, [ack.ref]) == [Gone(ack.ref)]


def test_a_calendar_that_is_gone_is_not_empty(desk: Desk) -> None:
    (ack,) = desk.created(event())
    cursor = desk.pull(None, [ack]).cursor
    desk.person.delete_calendar(desk.ref)
    for start in (None, cursor):
        with pytest.raises(CollectionGone, match="the calendar is not there"):
            desk.pull(start, [ack])
    with pytest.raises(CollectionGone):
        desk.connector.read(desk.collection, [ack.ref])
    with pytest.raises(CollectionGone):
        desk.connector.find(desk.collection, [builders.uid(1)])


def test_a_page_token_that_ran_out_is_tried_from_the_start(desk: Desk) -> None:
    desk.created(*(event(number) for number in range(1, 4)))
    desk.google.calendar.lister.most = 2
    desk.google.calendar.trouble = lambda made: (
        ApiError(400, "invalid", "Invalid page token value.") if "pageToken" in made.params else None
    )
    with pytest.raises(Retry):
        desk.pull()


def test_a_cursor_that_runs_out_between_two_pages_expires(desk: Desk) -> None:
    acks = desk.created(*(event(number) for number in range(1, 4)))
    cursor = desk.pull(None, acks).cursor
    for ack in acks:
        desk.person.tick(ack.ref, desk.ref)
    desk.google.calendar.lister.most = 2
    desk.google.calendar.trouble = lambda made: full_sync() if "pageToken" in made.params else None
    with pytest.raises(CursorExpired):
        desk.pull(cursor, acks)


def _spoilt(**fields: Any) -> Rewrite:
    """An answer with other fields; None takes one away."""

    def change(request: Request, true: Response) -> Response:
        data = {**json.loads(true.body), **fields}
        body = json.dumps({name: value for name, value in data.items() if value is not None})
        return Response(true.status, true.headers, body.encode())

    return Rewrite(change)


@pytest.mark.parametrize(
    "fields",
    [
        {"items": None},
        {"items": "many"},
        {"items": [7]},
        {"items": [{"summary": "no id"}]},
        {"nextSyncToken": None},
        {"nextSyncToken": 7},
        {"kind": "calendar#event"},
        {"nextSyncToken": None, "nextPageToken": 7},
    ],
    ids=str,
)
def test_an_answer_that_is_no_listing_is_raised(desk: Desk, fields: dict[str, Any]) -> None:
    desk.created(event())
    desk.google.proxy.inject(_spoilt(**fields), times=None)
    with pytest.raises(Retry):
        desk.pull()


def test_a_page_that_leads_to_itself_is_raised(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_PAGES", 5)
    desk.google.stage.fault = lambda asked: (
        Response(200, {}, b'{"kind": "calendar#events", "items": [], "nextPageToken": "again"}')
        if asked.path.endswith("/events")
        else None
    )
    with pytest.raises(Retry):
        desk.pull()


def test_a_page_that_is_cut_short_is_raised(desk: Desk) -> None:
    (ack,) = desk.created(event())
    cursor = desk.pull(None, [ack]).cursor
    desk.google.proxy.inject(Truncate(), times=None)
    for start in (None, cursor):
        with pytest.raises(Retry):
            desk.pull(start, [ack])


def test_pages_get_smaller_where_an_answer_is_too_large(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from connectors.google import wire

    desk.created(*(event(number, notes="x" * 2000) for number in range(1, 51)))
    monkeypatch.setattr(listing, "PAGES", (2500, 10, 5))
    monkeypatch.setattr(wire, "LARGEST_ANSWER", 40_000)
    assert len(desk.pull().seen) == 50


def test_an_earlier_answer_given_again_only_delays(desk: Desk) -> None:
    (ack,) = desk.created(event())
    cursor = desk.pull(None, [ack]).cursor
    desk.pull(cursor, [ack])
    desk.person.delete(ack.ref, desk.ref)
    desk.google.proxy.inject(Stale())
    late = desk.pull(cursor, [ack])
    assert late.gone == frozenset()
    assert desk.pull(late.cursor, [ack]).gone == {ack.ref}


def test_single_events_are_read_fifty_to_a_request(desk: Desk) -> None:
    acks = desk.created(*(event(number) for number in range(1, 61)))
    desk.person.delete(acks[0].ref, desk.ref)
    desk.requests()
    answers = desk.connector.read(desk.collection, [ack.ref for ack in acks])
    assert desk.requests() == ["POST 50", "POST 10"]
    assert answers[0] == Gone(acks[0].ref) and all(isinstance(one, Seen) for one in answers[1:])


def test_an_event_that_was_deleted_long_ago_is_gone_too(desk: Desk) -> None:
    """Then it is a 404, and one more request says that the calendar is there."""
    (ack,) = desk.created(event())
    desk.person.delete(ack.ref, desk.ref)
    desk.person.shelf(desk.ref).purge()
    desk.requests()
    assert desk.connector.read(desk.collection, [ack.ref]) == [Gone(ack.ref)]
    assert desk.requests() == ["POST 1", "GET events"]


def test_an_item_is_found_though_googles_index_is_late(desk: Desk) -> None:
    first, second = desk.created(event(1), event(2))
    moved = desk.person.replace(second.ref, desk.ref)
    desk.person.shelf(desk.ref).hidden.add(first.ref)
    found = desk.connector.find(desk.collection, [builders.uid(number) for number in (1, 2, 3)])
    assert {one.item.uid: one.ref for one in found} == {builders.uid(1): first.ref, builders.uid(2): moved}


def test_two_events_of_one_uid_are_both_found(desk: Desk) -> None:
    """A person copied ours, properties and all."""
    (ack,) = desk.created(event())
    held = desk.person.event(ack.ref, desk.ref)
    copy = desk.person.add("Copy", desk.ref, extendedProperties=held["extendedProperties"])
    found = desk.connector.find(desk.collection, [builders.uid(1)])
    assert {one.ref for one in found} == {ack.ref, copy}
    assert {one.ref for one in desk.pull().seen} == {ack.ref, copy}


def test_a_dead_login_is_said_of_the_account(desk: Desk) -> None:
    desk.google.oauth.revoke(desk.person.mail)
    with pytest.raises(CredentialsDead, match="evenhold connect google"):
        desk.pull()


def test_strangers_are_dropped_before_anything_looks_at_them(desk: Desk) -> None:
    """Even where they can't be understood."""
    ident = desk.person.add("Theirs", desk.ref)
    with desk.google.stage.lock:
        shelf = desk.person.shelf(desk.ref)
        shelf.put({**shelf.events[ident], "start": {"date": "2026-02-31"}})
    listing = desk.pull(None, [])
    assert (listing.seen, listing.broken, listing.same, listing.gone) == ((), (), frozenset(), frozenset())
    assert ids.event_id(builders.uid(1)) == desk.connector.address_of(desk.collection, builders.uid(1))
