"""What stood there before a write of ours, and putting it back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from connectors.google_calendar import ids
from syncer.connector import Conflict, Delete, Failure, Refused, Restore, Update
from syncer.testing import builders
from syncer.testing.proxy import Reset
from tests.connectors.google_calendar.conftest import Desk, event

UID = builders.uid(1)


def _deleted(desk: Desk) -> Restore:
    """An item with everything that a person may add to it, deleted; and how to put it back."""
    (ack,) = desk.created(event(notes="Brown"))
    desk.person.edit(
        ack.ref,
        desk.ref,
        location="Yard",
        attendees=[{"email": "grandma@example.org", "responseStatus": "tentative"}],
        reminders={"useDefault": False, "overrides": [{"method": "email", "minutes": 7}]},
    )
    (seen,) = desk.pull().seen
    (image,) = desk.connector.images(desk.collection, [ack.ref])
    desk.acks(Delete(seen.ref, seen.revision, UID))
    return Restore(seen.ref, None, UID, image.raw)


def test_a_deleted_item_comes_back_under_a_spare_id(desk: Desk) -> None:
    """Its own is spent for ever; the marker says which item it is."""
    restore = _deleted(desk)
    (back,) = desk.acks(restore)
    assert back.ref == ids.event_id(UID, 1) and back.exact
    held = desk.person.event(back.ref, desk.ref)
    assert held["location"] == "Yard" and held["attendees"][0]["responseStatus"] == "tentative"
    assert held["reminders"]["overrides"] == [{"method": "email", "minutes": 7}]
    assert [one.ref for one in desk.connector.find(desk.collection, [UID])] == [back.ref]
    (again,) = desk.acks(restore)
    assert (again.ref, again.revision, again.exact) == (back.ref, back.revision, False)
    assert len(desk.person.events(desk.ref)) == 1


def test_what_is_put_back_twice_takes_the_next_spare_id(desk: Desk) -> None:
    restore = _deleted(desk)
    for number in (1, 2, 3):
        (back,) = desk.acks(restore)
        assert back.ref == ids.event_id(UID, number)
        (image,) = desk.connector.images(desk.collection, [back.ref])
        desk.acks(Delete(back.ref, back.revision, UID))
        restore = Restore(back.ref, None, UID, image.raw)
    # From the oldest image on, past all that was spent since.
    first = json.dumps({**json.loads(restore.raw), "id": ids.event_id(UID)})
    (back,) = desk.acks(Restore(ids.event_id(UID), None, UID, first))
    assert back.ref == ids.event_id(UID, 4)


def test_ids_that_are_left_run_out_at_last(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.google_calendar.outcomes.MOST_SPARES", 2)
    restore = _deleted(desk)
    desk.person.shelf(desk.ref).purged.update(ids.event_id(UID, number) for number in range(1, 9))
    (outcome,) = desk.push(restore)
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Refused)


def test_nothing_is_put_back_over_what_stands_there(desk: Desk) -> None:
    """Nor beside it: an app that moved the item has not deleted it."""
    (ack,) = desk.created(event())
    (image,) = desk.connector.images(desk.collection, [ack.ref])
    moved = desk.person.replace(ack.ref, desk.ref)
    desk.person.edit(moved, desk.ref, summary="Theirs")
    (outcome,) = desk.push(Restore(ack.ref, None, UID, image.raw))
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Conflict)
    assert list(desk.person.events(desk.ref)) == [moved]


def test_a_restored_update_is_written_whole(desk: Desk) -> None:
    """What was added after our write goes, if nobody changed it since we looked."""
    (ack,) = desk.created(event(notes="Brown"))
    before = desk.person.event(ack.ref, desk.ref)
    (image,) = desk.connector.images(desk.collection, [ack.ref])
    assert ack.item is not None
    later = replace(ack.item, title="Ours", notes="", when=builders.DAY)
    (after,) = desk.acks(Update(ack.ref, ack.revision, later, frozenset({"title", "notes", "when"})))
    (back,) = desk.acks(Restore(ack.ref, after.revision, UID, image.raw))
    held = desk.person.event(ack.ref, desk.ref)
    assert back.item == ack.item and back.exact
    assert {name for name in held if held[name] != before.get(name)} == {"etag", "updated", "sequence"}


def test_a_restore_that_was_not_heard_is_known_by_what_stands_there(desk: Desk) -> None:
    (ack,) = desk.created(event())
    (image,) = desk.connector.images(desk.collection, [ack.ref])
    assert ack.item is not None
    update = Update(ack.ref, ack.revision, replace(ack.item, title="Ours"), frozenset({"title"}))
    (after,) = desk.acks(update)
    desk.google.proxy.inject(Reset(applied=True))
    (back,) = desk.acks(Restore(ack.ref, after.revision, UID, image.raw))
    assert (back.item, back.exact) == (ack.item, False)


def test_an_image_is_of_ours_alone(desk: Desk) -> None:
    theirs = desk.person.add("Theirs", desk.ref)
    (ack,) = desk.created(event())
    images = desk.connector.images(desk.collection, [theirs, ack.ref, "n0thing"])
    assert [one.ref for one in images] == [ack.ref]
    assert "Theirs" not in repr(images)
