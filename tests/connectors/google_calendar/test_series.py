"""Items of ours that a person made recurring in Google's app."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.google_calendar.held import is_series
from syncer.connector import Conflict, Delete, Failure, Restore, Retry, Seen, Update
from syncer.core.model import Item
from syncer.testing.proxy import Reset
from tests.connectors.google_calendar.conftest import Desk, event
from tests.emulators.google_api import Made

RULE = "FREQ=WEEKLY;BYDAY=TU"


@pytest.fixture
def weekly(desk: Desk) -> Desk:
    """An item of ours that its owner made weekly."""
    (ack,) = desk.created(event(notes="Brown"))
    desk.person.repeat(ack.ref, RULE, desk.ref)
    return desk


def seen_in(desk: Desk, cursor: str | None = None, *known: Seen) -> Seen:
    """The one item that a pull shows."""
    refs = {one.ref: one.revision for one in known}
    (seen,) = desk.connector.pull(desk.collection, cursor, refs).seen
    return seen


def update(seen: Seen, item: Item, *fields: str) -> Update:
    return Update(seen.ref, seen.revision, item, frozenset(fields))


def test_a_recurrence_is_read_and_an_instance_that_is_ticked_ticks_the_item(weekly: Desk) -> None:
    """Google tells of the instance alone; the series' own ETag stays as it was."""
    listing = weekly.connector.pull(weekly.collection, None, {})
    (seen,) = listing.seen
    assert (seen.item.rule, seen.item.title) == (RULE, "Take out the bins")
    weekly.person.tick(weekly.person.instance(seen.ref, 2, weekly.ref), weekly.ref)
    ticked = seen_in(weekly, listing.cursor, seen)
    assert (ticked.ref, ticked.item.title, ticked.item.rule) == (seen.ref, "✓ Take out the bins", RULE)
    assert is_series(ticked.revision) and not is_series(seen.revision)
    for start in (None, weekly.connector.pull(weekly.collection, None, {}).cursor):
        found = weekly.connector.pull(weekly.collection, start, {seen.ref: ticked.revision})
        assert found.seen == () and (start is not None or found.same == {seen.ref})
    assert weekly.connector.read(weekly.collection, [seen.ref]) == [ticked]
    assert weekly.connector.find(weekly.collection, [seen.item.uid]) == [ticked]


def test_a_series_that_its_owner_split_off_is_their_own(weekly: Desk) -> None:
    """Google copies our marker into it: it is no second item of ours, which would be removed as such."""
    listing = weekly.connector.pull(weekly.collection, None, {})
    (seen,) = listing.seen
    other = weekly.person.split(seen.ref, 2, weekly.ref, summary="Bins, and the glass")
    known = {seen.ref: seen.revision}
    changed = weekly.connector.pull(weekly.collection, listing.cursor, known)
    assert [one.ref for one in changed.seen] == [seen.ref] and not changed.gone and not changed.broken
    weekly.person.edit(other, weekly.ref, summary="Glass")
    later = weekly.connector.pull(weekly.collection, changed.cursor, known)
    assert later.seen == () and later.broken == ()
    assert [one.ref for one in weekly.connector.pull(weekly.collection, None, {}).seen] == [seen.ref]
    assert [one.ref for one in weekly.connector.find(weekly.collection, [seen.item.uid])] == [seen.ref]
    assert weekly.connector.images(weekly.collection, [other]) == []
    weekly.acks(Delete(seen.ref, changed.seen[0].revision, seen.item.uid))
    assert [one["summary"] for one in weekly.person.events(weekly.ref).values()] == ["Glass"]


def test_deleting_one_instance_deletes_nothing_of_ours(weekly: Desk) -> None:
    listing = weekly.connector.pull(weekly.collection, None, {})
    weekly.person.delete(weekly.person.instance(listing.seen[0].ref, 1, weekly.ref), weekly.ref)
    known = {one.ref: one.revision for one in listing.seen}
    changes = weekly.connector.pull(weekly.collection, listing.cursor, known)
    assert changes.gone == frozenset() and changes.seen == ()
    assert changes.same == {listing.seen[0].ref}


def test_a_strangers_series_is_not_looked_at(desk: Desk) -> None:
    cursor = desk.pull().cursor
    ident = desk.person.add("Theirs", desk.ref, recurrence=[f"RRULE:{RULE}"])
    desk.person.tick(desk.person.instance(ident, 1, desk.ref), desk.ref)
    desk.requests()
    assert desk.pull(cursor).seen == ()
    assert desk.requests() == ["GET events"]


def test_taking_a_recurrence_off_keeps_the_tick_of_an_instance(weekly: Desk) -> None:
    seen = seen_in(weekly)
    weekly.person.tick(weekly.person.instance(seen.ref, 2, weekly.ref), weekly.ref)
    ticked = seen_in(weekly)
    (ack,) = weekly.acks(update(ticked, replace(ticked.item, rule=""), "rule"))
    assert ack.item == replace(ticked.item, rule="")
    assert [one["summary"] for one in weekly.person.events(weekly.ref).values()] == ["✓ Take out the bins"]
    assert seen_in(weekly).revision == ack.revision


def test_a_tick_that_came_meanwhile_is_not_lost_with_the_recurrence(weekly: Desk) -> None:
    seen = seen_in(weekly)
    weekly.person.tick(weekly.person.instance(seen.ref, 2, weekly.ref), weekly.ref)
    (outcome,) = weekly.push(update(seen, replace(seen.item, rule=""), "rule"))
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Conflict)
    (outcome,) = weekly.push(Delete(seen.ref, seen.revision, seen.item.uid))
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Conflict)
    assert len(weekly.person.events(weekly.ref)) == 2


def test_an_item_that_is_open_again_has_no_ticked_instance(weekly: Desk) -> None:
    seen = seen_in(weekly)
    weekly.person.tick(weekly.person.instance(seen.ref, 2, weekly.ref), weekly.ref)
    ticked = seen_in(weekly)
    (ack,) = weekly.acks(update(ticked, replace(ticked.item, title="Take out the bins"), "title"))
    assert ack.item is not None and ack.item.title == "Take out the bins"
    held = weekly.person.events(weekly.ref).values()
    assert [one["summary"] for one in held] == ["Take out the bins"] * 2
    assert seen_in(weekly).revision == ack.revision


def test_an_instance_that_changed_under_our_hands_is_a_conflict(weekly: Desk) -> None:
    seen = seen_in(weekly)
    instance = weekly.person.instance(seen.ref, 2, weekly.ref)
    weekly.person.tick(instance, weekly.ref)
    ticked = seen_in(weekly)

    def meanwhile(made: Made) -> None:
        if made.of.id == "calendar.events.patch":
            weekly.google.calendar.trouble = None
            weekly.person.edit(instance, weekly.ref, location="Yard")

    operation = update(ticked, replace(ticked.item, title="Ours"), "title")
    weekly.google.calendar.trouble = meanwhile
    (outcome,) = weekly.push(operation)
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Conflict)


@pytest.mark.parametrize("gone", [False, True], ids=["overwritten", "deleted"])
def test_a_series_comes_back_with_its_instances(weekly: Desk, gone: bool) -> None:
    seen = seen_in(weekly)
    weekly.person.tick(weekly.person.instance(seen.ref, 2, weekly.ref), weekly.ref)
    weekly.person.delete(weekly.person.instance(seen.ref, 1, weekly.ref), weekly.ref)
    ticked = seen_in(weekly)
    (image,) = weekly.connector.images(weekly.collection, [seen.ref])
    revision = None
    if gone:
        weekly.acks(Delete(ticked.ref, ticked.revision, ticked.item.uid))
    else:
        (ack,) = weekly.acks(update(ticked, replace(ticked.item, rule="", notes="Blue"), "rule", "notes"))
        revision = ack.revision
    (back,) = weekly.acks(Restore(seen.ref, revision, seen.item.uid, image.raw))
    assert back.item == ticked.item and (back.ref != seen.ref) is gone
    held = weekly.person.shelf(weekly.ref).overrides(back.ref)
    assert sorted((one["status"], one.get("summary")) for one in held) == [
        ("cancelled", "Take out the bins"),
        ("confirmed", "✓ Take out the bins"),
    ]
    assert seen_in(weekly).revision == back.revision


def test_what_was_not_put_back_whole_is_tried_again(weekly: Desk) -> None:
    seen = seen_in(weekly)
    weekly.person.tick(weekly.person.instance(seen.ref, 2, weekly.ref), weekly.ref)
    ticked = seen_in(weekly)
    (image,) = weekly.connector.images(weekly.collection, [seen.ref])
    (ack,) = weekly.acks(update(ticked, replace(seen.item, rule=""), "rule", "title"))
    weekly.google.proxy.inject(Reset(), skip=1, times=3)
    (outcome,) = weekly.push(Restore(seen.ref, ack.revision, seen.item.uid, image.raw))
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Retry), outcome
