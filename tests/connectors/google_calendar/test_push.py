"""Writing: few requests, one effect, nobody's answer lost and nobody written to."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import replace
from typing import Any

import pytest

from connectors.google import errors
from connectors.google_calendar import ids
from syncer.connector import (
    Ack,
    CollectionGone,
    Conflict,
    Create,
    CredentialsDead,
    Delete,
    Failure,
    IdSpent,
    Operation,
    ProviderGone,
    Refused,
    Restore,
    Retry,
    Update,
)
from syncer.core.model import Day, Item
from syncer.testing import builders
from syncer.testing.proxy import Answer, Hang, Reset, Truncate
from tests.connectors.google_calendar.conftest import Desk, connect, event
from tests.emulators.google_api import ApiError, clashed, gone_api, rate_limited

GUEST = "grandma@example.org"


def renamed(ack: Ack, title: str = "Ours", **more: Any) -> Update:
    """An update of the title, and of what else is named."""
    assert ack.item is not None
    return Update(ack.ref, ack.revision, replace(ack.item, title=title, **more), frozenset({"title", *more}))


def error(desk: Desk, operation: Operation) -> Exception:
    """Why one operation failed."""
    (outcome,) = desk.push(operation)
    assert isinstance(outcome, Failure), outcome
    return outcome.error


def titles(desk: Desk) -> list[str]:
    """What stands in the calendar."""
    return sorted(one.get("summary", "") for one in desk.person.events(desk.ref).values())


# --- how many requests ---


def test_a_first_push_of_500_items_is_ten_batches(desk: Desk) -> None:
    outcomes = desk.push(*(Create(event(number), str(uuid.uuid4())) for number in range(1, 501)))
    assert len(outcomes) == 500 and all(isinstance(one, Ack) for one in outcomes)
    assert desk.requests() == ["POST 50"] * 10


def test_ten_changes_are_one_batch_and_their_images_none(desk: Desk) -> None:
    """A whole pass: one listing, whose events need not be read again, and one batch."""
    acks = desk.created(*(event(number, notes="Brown") for number in range(1, 31)))
    cursor = desk.pull(None, acks).cursor
    desk.requests()
    desk.pull(cursor, acks)
    refs = [ack.ref for ack in acks[:10]]
    images = desk.connector.images(desk.collection, refs)
    assert [one.ref for one in images] == refs and all("Brown" in one.raw for one in images)
    operations: list[Operation] = [renamed(ack) for ack in acks[:8]]
    operations += [Delete(acks[8].ref, acks[8].revision, builders.uid(9)), Create(event(99))]
    desk.acks(*operations)
    assert desk.requests() == ["GET events", "POST 10"]


def test_images_are_read_where_no_listing_came_right_before(desk: Desk) -> None:
    acks = desk.created(*(event(number) for number in range(1, 11)))
    desk.pull(None, acks)
    desk.push(Create(event(11)))
    desk.requests()
    assert len(desk.connector.images(desk.collection, [ack.ref for ack in acks])) == 10
    assert desk.requests() == ["POST 10"]
    desk.restart()
    desk.connector.images(desk.collection, [acks[0].ref])
    assert desk.requests() == ["POST token", "POST 1"]


def test_a_listing_that_does_not_go_on_where_the_last_one_ended_confirms_nothing_old(desk: Desk) -> None:
    """Another daemon on the same ledger has pulled meanwhile, and heard of the deletion."""
    (ack,) = desk.created(event())
    ours = desk.connector
    first = desk.pull(None, [ack]).cursor
    desk.person.delete(ack.ref, desk.ref)
    other = connect(desk)
    cursor = other.pull(desk.collection, first, {ack.ref: ack.revision}).cursor
    other.close()
    assert ours.pull(desk.collection, cursor, {}).seen == ()
    assert ours.images(desk.collection, [ack.ref]) == []


# --- creating ---


def test_an_id_that_was_deleted_is_spent_and_the_next_generation_is_not(desk: Desk) -> None:
    (ack,) = desk.created(event())
    desk.person.delete(ack.ref, desk.ref)
    assert isinstance(error(desk, Create(event())), IdSpent)
    desk.person.shelf(desk.ref).purge()
    assert isinstance(error(desk, Create(event())), IdSpent)
    (again,) = desk.created(replace(event(), uid=builders.uid(1, 1)))
    assert again.ref == ids.event_id(builders.uid(1, 1)) and titles(desk) == ["Take out the bins"]


def test_a_create_adopts_what_stands_there_wherever_it_is(desk: Desk) -> None:
    """Its answer was lost, or an app cut and pasted it: the id that we chose is then spent."""
    (ack,) = desk.created(event())
    (there,) = desk.created(event(title="Another title"))
    assert (there.ref, there.revision, there.item, there.exact) == (ack.ref, ack.revision, ack.item, False)
    moved = desk.person.replace(ack.ref, desk.ref)
    (there,) = desk.created(event())
    assert (there.ref, there.exact) == (moved, False) and titles(desk) == ["Take out the bins"]


def test_a_stranger_at_our_id_is_left_alone(desk: Desk) -> None:
    with desk.google.stage.lock:
        shelf = desk.person.shelf(desk.ref)
        held = shelf.events.pop(desk.person.add("Theirs", desk.ref))
        foreign = {"private": {"evenhold": "evenhold-0123456789.a.b.n000001"}}
        shelf.put({**held, "id": ids.event_id(builders.uid(1)), "extendedProperties": foreign})
    failure = error(desk, Create(event()))
    assert isinstance(failure, Refused) and "Delete it in the app" in str(failure)
    assert titles(desk) == ["Theirs"]


@pytest.mark.parametrize(
    "fault",
    [Reset(applied=True), Hang(0.9), Truncate(), Answer(500, applied=True)],
    ids=lambda one: type(one).__name__,
)
def test_a_batch_whose_answer_is_lost_is_settled_by_looking(desk: Desk, fault: Any) -> None:
    """Creates, updates and deletes that were carried out unheard: sent again, each is known to have been."""
    one, two, three = desk.created(event(1), event(2), event(3))
    desk.google.proxy.inject(fault)
    operations: list[Operation] = [
        Create(event(4)),
        renamed(one, when=Day(dt.date(2026, 12, 24)), notes="Brown"),
        Delete(two.ref, two.revision, builders.uid(2)),
        renamed(three, "✓ Take out the bins"),
    ]
    acks = desk.acks(*operations)
    assert titles(desk) == ["Ours", "Take out the bins", "✓ Take out the bins"]
    assert [ack.exact for ack in acks if ack.item is not None] == [False] * 3
    assert {one.ref: one.revision for one in desk.pull().seen} == {
        ack.ref: ack.revision for ack in acks if ack.item is not None
    }


def test_an_update_that_was_not_heard_and_changed_since_is_a_conflict(desk: Desk) -> None:
    (ack,) = desk.created(event())
    desk.google.proxy.inject(Reset(applied=True))
    desk.connector.service.sleep = lambda seconds: desk.person.edit(ack.ref, desk.ref, summary="Theirs")
    assert isinstance(error(desk, renamed(ack)), Conflict)
    assert titles(desk) == ["Theirs"]


def test_what_can_not_be_looked_at_is_not_known(desk: Desk) -> None:
    (ack,) = desk.created(event())
    desk.person.delete(ack.ref, desk.ref)
    desk.google.calendar.trouble = lambda made: (
        rate_limited(429, after=90) if made.of.id == "calendar.events.get" else None
    )
    failure = error(desk, Create(event()))
    assert isinstance(failure, Retry) and failure.after == 90


# --- a batch that goes well in part ---


def test_each_part_of_a_batch_has_its_own_outcome(desk: Desk) -> None:
    acks = desk.created(*(event(number) for number in range(1, 6)))
    desk.person.edit(acks[0].ref, desk.ref, summary="Theirs")
    desk.person.delete(acks[1].ref, desk.ref)
    outcomes = desk.push(
        *(renamed(ack) for ack in acks[:3]),
        Delete(acks[1].ref, acks[1].revision, builders.uid(2)),
        Create(event(6, notes="x" * 9000)),
        Create(event(7, when=Day(dt.date.max))),
        Create(event(8)),
    )
    told = {
        (type(one.operation).__name__, one.operation.uid): one.error if isinstance(one, Failure) else None
        for one in outcomes
    }
    kinds = {key: type(why) for key, why in told.items()}
    assert kinds == {
        ("Update", builders.uid(1)): Conflict,
        ("Update", builders.uid(2)): Conflict,
        ("Update", builders.uid(3)): type(None),
        ("Delete", builders.uid(2)): type(None),
        ("Create", builders.uid(6)): Refused,
        ("Create", builders.uid(7)): Refused,
        ("Create", builders.uid(8)): type(None),
    }
    assert "Shorten its title and notes" in str(told["Create", builders.uid(6)])


def _operations_of_each_kind(desk: Desk) -> list[Operation]:
    """A create, an update, a delete, and a deletion undone."""
    one, two, three = desk.created(event(1), event(2), event(3))
    image = desk.connector.images(desk.collection, [three.ref])[0]
    desk.person.delete(three.ref, desk.ref)
    return [
        Create(event(4)),
        renamed(one),
        Delete(two.ref, two.revision, builders.uid(2)),
        Restore(three.ref, None, builders.uid(3), image.raw),
    ]


def test_parts_that_met_each_other_are_sent_again(desk: Desk) -> None:
    """ "Retry the remaining ones in a different batch": a 409 is not always about an id."""
    operations = _operations_of_each_kind(desk)
    met: set[str] = set()

    def trouble(made: Any) -> ApiError | None:
        if made.of.http == "GET" or made.of.id in met:
            return None
        met.add(made.of.id)
        return clashed()

    desk.google.calendar.trouble = trouble
    desk.acks(*operations)
    assert met == {f"calendar.events.{name}" for name in ("insert", "patch", "delete")}
    assert titles(desk) == ["Ours", "Take out the bins", "Take out the bins"]


def test_parts_that_keep_meeting_each_other_had_no_effect(desk: Desk) -> None:
    """An update is not taken for done, nor an id for spent."""
    operations = _operations_of_each_kind(desk)
    before = titles(desk)
    desk.google.calendar.trouble = lambda made: clashed() if made.of.http != "GET" else None
    outcomes = desk.push(*operations)
    assert [type(one.error) for one in outcomes if isinstance(one, Failure)] == [Retry] * 4
    assert titles(desk) == before
    desk.google.calendar.trouble = None
    desk.acks(*operations)


def test_an_update_that_meets_another_409_is_a_conflict(desk: Desk) -> None:
    (ack,) = desk.created(event())
    desk.google.calendar.trouble = lambda made: (
        ApiError(409, "aborted", "Aborted") if made.of.http == "PATCH" else None
    )
    assert isinstance(error(desk, renamed(ack)), Conflict)


def test_no_write_is_taken_for_done_because_the_api_is_gone(desk: Desk) -> None:
    operations = _operations_of_each_kind(desk)[:3]
    desk.google.calendar.trouble = lambda made: gone_api()
    outcomes = desk.push(*operations)
    assert [type(one.error) for one in outcomes if isinstance(one, Failure)] == [ProviderGone] * 3


def test_parts_that_meet_a_limit_are_sent_again_and_no_others(desk: Desk) -> None:
    seen: list[str] = []

    def trouble(made: Any) -> ApiError | None:
        seen.append(made.body["id"])
        return rate_limited(403, "userRateLimitExceeded") if len(seen) in (2, 5) else None

    desk.google.calendar.trouble = trouble
    desk.created(*(event(number) for number in range(1, 9)))
    assert desk.requests() == ["POST 8", "POST 2"] and len(desk.waited) == 1
    assert len(titles(desk)) == 8


def test_a_quota_that_is_used_up_ends_the_push(desk: Desk) -> None:
    desk.google.calendar.trouble = lambda made: rate_limited(403, "quotaExceeded")
    outcomes = desk.push(*(Create(event(number)) for number in range(1, 121)))
    assert len(outcomes) == 120
    assert all(isinstance(one, Failure) and isinstance(one.error, errors.Exhausted) for one in outcomes)
    assert desk.requests() == ["POST 50"]


def test_a_dead_login_is_a_failure_of_each(desk: Desk) -> None:
    desk.google.oauth.revoke(desk.person.mail)
    outcomes = desk.push(*(Create(event(number)) for number in range(1, 61)))
    assert len(outcomes) == 60
    assert all(isinstance(one, Failure) and isinstance(one.error, CredentialsDead) for one in outcomes)


def test_a_calendar_that_is_gone_is_a_failure_of_each_and_no_success(desk: Desk) -> None:
    """Even of a delete: that the calendar is gone says nothing of the item."""
    one, two = desk.created(event(1), event(2))
    desk.person.delete_calendar(desk.ref)
    operations: list[Operation] = [
        renamed(one),
        Delete(two.ref, two.revision, builders.uid(2)),
        Create(event(3)),
    ]
    for operation in operations:
        assert isinstance(error(desk, operation), CollectionGone)
    outcomes = desk.push(*operations, *(Create(event(number)) for number in range(10, 90)))
    assert len(outcomes) == 83
    assert all(isinstance(one, Failure) and isinstance(one.error, CollectionGone) for one in outcomes)


def test_who_may_only_read_is_told_so(desk: Desk) -> None:
    bo = desk.google.calendar.person("bo@example.org")
    desk.person.shelf(desk.ref).roles[bo.mail] = "reader"
    desk.secret = desk.google.oauth.secret(bo.mail, ["https://www.googleapis.com/auth/calendar"])
    desk.restart()
    failure = error(desk, Create(event()))
    assert isinstance(failure, Refused) and "Check who may change this calendar" in str(failure)


# --- without a revision ---


def test_without_a_revision_the_uid_is_the_condition(desk: Desk) -> None:
    one, two = desk.created(event(1), event(2))
    theirs = desk.person.add("Theirs", desk.ref)
    assert one.item is not None
    for ref in (theirs, two.ref):
        assert isinstance(error(desk, Update(ref, None, one.item, frozenset({"title"}))), Conflict)
        assert isinstance(error(desk, Delete(ref, None, builders.uid(1))), Conflict)
    assert titles(desk) == ["Take out the bins", "Take out the bins", "Theirs"]
    desk.acks(Update(one.ref, None, replace(one.item, title="Ours"), frozenset({"title"})))
    desk.acks(Delete(one.ref, None, builders.uid(1)), Delete(two.ref, None, builders.uid(2)))
    desk.acks(Delete(two.ref, None, builders.uid(2)))
    assert titles(desk) == ["Theirs"]


def test_nothing_to_write_is_acknowledged_as_it_stands(desk: Desk) -> None:
    """An event has no status: what says that it is open again is its title."""
    (ack,) = desk.created(event())
    assert ack.item is not None
    update = Update(ack.ref, ack.revision, ack.item, frozenset({"status", "completed"}))
    (same,) = desk.acks(update)
    assert (same.revision, same.item, same.exact) == (ack.revision, ack.item, False)
    desk.restart()
    desk.acks(update)
    desk.person.edit(ack.ref, desk.ref, summary="Theirs")
    desk.restart()
    assert isinstance(error(desk, update), Conflict)


def test_what_can_not_be_changed_is_refused(desk: Desk) -> None:
    (ack,) = desk.created(event())
    item = event(rule="FREQ=DAILY", when=Day(dt.date.max))
    assert isinstance(error(desk, Update(ack.ref, ack.revision, item, frozenset({"rule"}))), Refused)
    assert isinstance(error(desk, Update(ack.ref, ack.revision, item, frozenset({"when"}))), Refused)


# --- what is others' ---


def test_a_write_keeps_guests_and_their_answers_and_all_that_apps_add(desk: Desk) -> None:
    (ack,) = desk.created(event(notes="Brown"))
    desk.person.edit(
        ack.ref,
        desk.ref,
        attendees=[{"email": GUEST, "responseStatus": "accepted"}, {"email": "bo@example.org"}],
        colorId="5",
        location="Yard",
        visibility="private",
        extendedProperties={"private": {"mood": "own"}, "shared": {"flavour": "own"}},
        reminders={"useDefault": False, "overrides": [{"method": "email", "minutes": 7}]},
    )
    desk.person.invite(ack.ref, "cy@example.org", calendar=desk.ref)
    (seen,) = desk.pull().seen
    before = desk.person.event(ack.ref, desk.ref)
    later = replace(seen.item, title="Ours", notes="Blue", when=Day(dt.date(2026, 12, 24)))
    desk.acks(Update(seen.ref, seen.revision, later, frozenset({"title", "notes", "when"})))
    after = desk.person.event(ack.ref, desk.ref)
    changed = {name for name in before if before[name] != after.get(name)}
    assert changed == {"summary", "description", "start", "end", "etag", "updated", "sequence"}
    assert [one["responseStatus"] for one in after["attendees"]] == ["accepted", "needsAction", "needsAction"]


def test_nobody_gets_mail(desk: Desk) -> None:
    """Whatever is written, and whoever is invited."""
    one, two = desk.created(event(1), event(2))
    for ack in (one, two):
        desk.person.invite(ack.ref, GUEST, calendar=desk.ref)
    first, second = desk.pull().seen
    image = desk.connector.images(desk.collection, [second.ref])[0]
    desk.acks(
        Update(first.ref, first.revision, replace(first.item, title="Ours"), frozenset({"title"})),
        Delete(second.ref, second.revision, second.item.uid),
    )
    desk.acks(Restore(second.ref, None, second.item.uid, image.raw))
    assert {mail.updates for mail in desk.google.calendar.mails} == {"none"}
    assert len(desk.google.calendar.mails) == 5 and desk.google.calendar.mails[-1].guests
    writes = [entry for entry in desk.google.proxy.log if entry.request.path.startswith("/batch")]
    for entry in writes:
        for line in re.findall(rb"^(?:POST|PUT|PATCH|DELETE) (\S+)", entry.request.body, re.MULTILINE):
            assert b"sendUpdates=none" in line


def test_an_all_day_event_of_several_days_keeps_its_length(desk: Desk) -> None:
    (ack,) = desk.created(event(when=Day(dt.date(2026, 11, 24))))
    desk.person.edit(ack.ref, desk.ref, end={"date": "2026-11-27"})
    desk.restart()
    (seen,) = desk.pull().seen
    desk.restart()
    moved = replace(seen.item, when=Day(dt.date(2026, 12, 1)))
    desk.acks(Update(seen.ref, seen.revision, moved, frozenset({"when"})))
    held = desk.person.event(ack.ref, desk.ref)
    assert (held["start"], held["end"]) == ({"date": "2026-12-01"}, {"date": "2026-12-04"})


def test_an_update_of_an_event_that_reads_as_deleted_is_a_conflict(desk: Desk) -> None:
    """Google lets a patch go through on a deleted event where nothing forbids it."""
    (ack,) = desk.created(event())
    with desk.google.stage.lock:
        shelf = desk.person.shelf(desk.ref)
        shelf.events[ack.ref]["status"] = "cancelled"  # its ETag is still the one that we know
    assert isinstance(error(desk, renamed(ack)), Conflict)


def test_an_unreadable_event_at_our_id_is_not_taken_for_ours(desk: Desk) -> None:
    (ack,) = desk.created(event())
    with desk.google.stage.lock:
        shelf = desk.person.shelf(desk.ref)
        shelf.put({**shelf.events[ack.ref], "start": {"date": "2026-02-31"}})
    failure = error(desk, Create(event()))
    assert isinstance(failure, Refused) and "an unreadable event stands there" in str(failure)
    (broken,) = desk.pull().broken
    desk.acks(Delete(broken.ref, broken.revision, builders.uid(1)))
    assert titles(desk) == []


def test_stopping_before_a_batch_sends_nothing_of_it(desk: Desk) -> None:
    def operations() -> Any:
        for number in range(1, 151):
            desk.stopping = number > 60
            yield Create(event(number))

    outcomes = list(desk.connector.push(desk.collection, operations()))
    assert len(outcomes) == 50 == len(titles(desk))


def test_an_item_whose_id_would_be_too_long_is_refused(desk: Desk) -> None:
    item: Item = replace(event(), uid=f"evenhold-0123456789.a.{'b' * 700}.n000001")
    assert isinstance(error(desk, Create(item)), Refused)
    assert desk.requests() == []
