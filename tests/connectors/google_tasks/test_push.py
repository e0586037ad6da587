"""Writing: few requests, one effect each, nothing of a person's lost."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from connectors import markers
from syncer.connector import (
    Ack,
    CollectionGone,
    Conflict,
    Create,
    Delete,
    Failure,
    Operation,
    Refused,
    Restore,
    Retry,
    Update,
)
from syncer.core.model import Day, Slot, Status
from syncer.testing.builders import BERLIN, uid
from syncer.testing.proxy import Answer, Fault, Hang, Reset, Truncate, Twice, garbled
from tests.connectors.google_tasks.conftest import Desk, changes, todo
from tests.emulators.google_api import ApiError, rate_limited

LOST: list[Fault] = [Reset(applied=True), Hang(0.6), Truncate(), garbled(), Answer(500, applied=True)]


def renamed(ack: Ack, title: str = "Ours") -> Update:
    """An update of the title alone."""
    assert ack.item is not None
    return Update(ack.ref, ack.revision, replace(ack.item, title=title), frozenset({"title"}))


def deleted(ack: Ack) -> Delete:
    return Delete(ack.ref, ack.revision, ack.operation.uid)


def asked(desk: Desk) -> list[str]:
    """The requests since the last `calm`, with the calls that batches held."""
    return [f"{one.method} {one.parts or one.path.rpartition('/')[2]}" for one in desk.asked]


def sees(desk: Desk) -> list[str]:
    """The titles that the person sees in the list, sorted."""
    return sorted(desk.person.sees(desk.held).values())


# --- how many requests ---


def test_a_first_push_of_500_items_is_ten_batches(desk: Desk) -> None:
    cursor = desk.pull().cursor
    desk.calm()
    acks = desk.created(*(todo(number) for number in range(1, 501)))
    assert asked(desk) == ["POST 50"] * 10
    changes = desk.pull(cursor, acks)
    assert not changes.seen and changes.same == {ack.ref for ack in acks}
    assert len(desk.person.sees(desk.held)) == 500


def test_a_pass_with_ten_changes_is_two_requests(desk: Desk) -> None:
    """One listing, whose tasks need not be read again for their images, and one batch."""
    acks = desk.created(*(todo(number, notes="Brown") for number in range(1, 31)))
    cursor = desk.pull(None, acks).cursor
    desk.calm()
    desk.pull(cursor, acks)
    refs = [ack.ref for ack in acks[:9]]
    images = desk.connector.images(desk.collection, refs)
    assert [one.ref for one in images] == refs and all("Brown" in one.raw for one in images)
    desk.acks(*(renamed(ack) for ack in acks[:7]), deleted(acks[7]), deleted(acks[8]), Create(todo(99)))
    assert asked(desk) == ["GET tasks", "POST 10"]


def test_images_are_read_where_no_listing_came_right_before(desk: Desk) -> None:
    acks = desk.created(*(todo(number) for number in range(1, 11)))
    desk.calm()
    assert len(desk.connector.images(desk.collection, [ack.ref for ack in acks])) == 10
    assert asked(desk) == ["POST 10"]
    desk.pull(None, acks)
    desk.person.delete(desk.held, acks[0].ref)
    assert len(desk.connector.images(desk.collection, [ack.ref for ack in acks])) == 10
    assert len(desk.connector.images(desk.collection, [ack.ref for ack in acks])) == 9
    desk.pull(None, acks)
    desk.created(todo(11))
    desk.person.edit(desk.held, acks[1].ref, title="Theirs")
    (image,) = desk.connector.images(desk.collection, [acks[1].ref])
    assert "Theirs" in image.raw


def test_one_change_is_a_request_of_its_own(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    desk.pull()
    desk.calm()
    desk.acks(renamed(ack))
    assert asked(desk) == [f"PATCH {ack.ref}"]


# --- no task twice ---


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: type(fault).__name__)
def test_a_create_whose_answer_is_lost_is_looked_for_and_not_sent_again(desk: Desk, fault: Fault) -> None:
    desk.connector = desk.account.connect(timeout=0.3)
    create = Create(todo())
    desk.google.proxy.inject(fault, changes)
    (failure,) = desk.failures(create)
    assert isinstance(failure.error, Retry)
    assert len(desk.person.sees(desk.held)) == 1
    (again,) = desk.acks(create)
    assert desk.person.sees(desk.held) == {again.ref: "Take out the bins"} and not again.exact


def test_of_a_lost_batch_only_what_did_not_arrive_is_sent_again(desk: Desk) -> None:
    desk.pull()
    desk.calm()
    creates: list[Operation] = [Create(todo(number)) for number in range(1, 61)]
    desk.google.proxy.inject(Reset(applied=True), changes)
    outcomes = desk.push(*creates)
    assert [isinstance(one, Failure) for one in outcomes] == [True] * 50 + [False] * 10
    assert len({ack.ref for ack in desk.acks(*creates)}) == 60
    assert len(desk.person.sees(desk.held)) == 60


def test_a_create_that_was_turned_away_is_sent_again_at_once(desk: Desk) -> None:
    """A limit says that nothing was carried out: nothing has to be looked for."""
    turned: list[str] = []

    def trouble(made: object) -> ApiError | None:
        turned.append("x")
        return rate_limited(after=7) if len(turned) in (1, 3, 8, 9) else None

    desk.tasks.trouble = trouble
    desk.calm()
    assert len(desk.created(*(todo(number) for number in range(1, 9)))) == 8
    assert desk.account.waited and set(desk.account.waited) == {7.0}
    assert asked(desk) == ["POST 8", "POST 3", "POST 1"]
    assert len(desk.person.sees(desk.held)) == 8


def test_what_went_through_is_told_beside_what_met_a_limit(desk: Desk) -> None:
    """The rest is not sent, but an acknowledgement is never lost for another's failure."""
    turned: list[str] = []

    def trouble(made: object) -> ApiError | None:
        turned.append("x")
        return rate_limited(after=600) if len(turned) == 3 else None

    desk.tasks.trouble = trouble
    outcomes = desk.push(*(Create(todo(number)) for number in range(1, 71)))
    acks = {one.ref for one in outcomes if isinstance(one, Ack)}
    assert len(outcomes) == 70 and len(acks) == 49 and set(desk.person.sees(desk.held)) == acks
    failed = [one for one in outcomes if isinstance(one, Failure)]
    assert all(isinstance(one.error, Retry) and one.error.after == 600 for one in failed)
    desk.pull()
    desk.calm()
    desk.acks(*(one.operation for one in failed))  # nothing of it arrived: nothing has to be looked for
    assert asked(desk) == ["POST 21"] and len(desk.person.sees(desk.held)) == 70


def test_a_create_that_lasts_is_not_doubted_for_ever(desk: Desk) -> None:
    desk.google.proxy.inject(Reset(), changes)
    desk.failures(Create(todo(1)))
    desk.calm()
    desk.created(todo(1))
    assert asked(desk) == ["GET tasks", "POST tasks"]
    desk.pull()
    desk.calm()
    desk.created(todo(2))
    assert asked(desk) == ["POST tasks"]


def test_a_search_asks_only_for_what_was_written_since(desk: Desk) -> None:
    desk.created(*(todo(number) for number in range(1, 151)))
    desk.google.stage.clock.advance(minutes=10)
    desk.pull()
    desk.google.proxy.inject(Reset(applied=True), changes)
    desk.failures(Create(todo(151)))
    desk.google.stage.log.clear()
    desk.acks(Create(todo(151)))
    assert asked(desk) == ["GET tasks"] and "updatedMin" in desk.asked[0].query


def test_a_request_that_arrived_twice_is_put_right(desk: Desk) -> None:
    desk.google.proxy.inject(Twice(), changes)
    first, second = desk.created(todo(1), todo(2))
    assert len(desk.person.sees(desk.held)) == 4
    desk.acks(renamed(first))
    assert set(desk.person.sees(desk.held)) == {first.ref, second.ref}


def test_what_a_listing_showed_twice_is_the_engines_to_remove(desk: Desk) -> None:
    cursor = desk.pull().cursor
    desk.google.proxy.inject(Twice(), changes)
    (ack,) = desk.created(todo())
    (extra,) = desk.pull(cursor, [ack]).seen
    assert extra.item.uid == uid(1) and extra.ref != ack.ref
    desk.acks(Delete(extra.ref, extra.revision, extra.item.uid))
    assert set(desk.person.sees(desk.held)) == {ack.ref}


def test_an_item_that_a_person_deleted_is_created_anew(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    desk.person.delete(desk.held, ack.ref)
    (again,) = desk.created(todo())
    assert again.ref != ack.ref and set(desk.person.sees(desk.held)) == {again.ref}


# --- conditions ---


def test_an_answer_lost_to_an_update_is_no_conflict(desk: Desk) -> None:
    acks = desk.created(todo(1), todo(2))
    desk.google.proxy.inject(Reset(applied=True), changes)
    echoes = desk.acks(*(renamed(ack) for ack in acks))
    assert [one.exact for one in echoes] == [False, False] and sees(desk) == ["Ours", "Ours"]


def test_an_answer_lost_to_a_delete_is_no_conflict(desk: Desk) -> None:
    acks = desk.created(todo(1), todo(2))
    desk.google.proxy.inject(Reset(applied=True), changes)
    desk.acks(*(deleted(ack) for ack in acks))
    assert sees(desk) == []


def test_a_person_who_wrote_the_same_is_a_conflict_all_the_same(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    desk.person.edit(desk.held, ack.ref, title="Ours")
    (failure,) = desk.failures(renamed(ack))
    assert isinstance(failure.error, Conflict)


def test_a_write_that_only_the_places_of_others_disturbed_goes_through(desk: Desk) -> None:
    """An ETag that follows the position is no person's change."""
    desk.tasks.etags_by_position = True
    acks = desk.created(todo(1), todo(2), todo(3))
    standing = {seen.ref: seen for seen in desk.pull().seen}
    known = [replace(ack, revision=standing[ack.ref].revision) for ack in acks]
    desk.person.add(desk.held, "Theirs")
    desk.acks(renamed(known[0]), renamed(known[1]), deleted(known[2]))
    assert sees(desk) == ["Ours", "Ours", "Theirs"]
    after = {seen.ref: seen for seen in desk.pull().seen}
    desk.person.add(desk.held, "Theirs")
    desk.person.drag(desk.held, acks[0].ref, dt.date(2026, 12, 1))
    (failure,) = desk.failures(renamed(replace(acks[0], revision=after[acks[0].ref].revision), "Again"))
    assert isinstance(failure.error, Conflict)


def test_a_write_without_a_revision_asks_whose_the_task_is(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    theirs = desk.person.add(desk.held, "Theirs")
    stranger: list[Operation] = [
        replace(renamed(ack), ref=theirs, revision=None),
        Delete(theirs, None, uid(1)),
    ]
    assert all(isinstance(one.error, Conflict) for one in desk.failures(*stranger))
    desk.acks(replace(renamed(ack), revision=None))
    assert sees(desk) == ["Ours", "Theirs"]
    desk.acks(replace(deleted(ack), revision=None), Delete("not-there-at-all", None, uid(9)))
    assert sees(desk) == ["Theirs"]


def test_an_update_of_what_stands_in_googles_bin_brings_nothing_back(desk: Desk) -> None:
    """Where If-Match did not count, what is left of a deleted task would take the change."""
    (ack,) = desk.created(todo())
    desk.tasks.conditional = False
    desk.person.delete(desk.held, ack.ref)
    (failure,) = desk.failures(renamed(ack))
    assert isinstance(failure.error, Conflict) and sees(desk) == []


def test_one_odd_item_keeps_no_other_from_being_written(desk: Desk) -> None:
    outcomes = desk.push(Create(todo(1)), Create(todo(2, title="x" * 1025)), Create(todo(3)))
    told = {one.operation.uid: one for one in outcomes}
    failure = told[uid(2)]
    assert isinstance(failure, Failure) and isinstance(failure.error, Refused)
    assert isinstance(told[uid(1)], Ack) and isinstance(told[uid(3)], Ack)


def test_what_google_can_not_take_has_a_cure(desk: Desk) -> None:
    desk.tasks.trouble = lambda made: ApiError(400, "invalid", "Invalid value")
    (failure,) = desk.failures(Create(todo()))
    assert isinstance(failure.error, Refused) and "Shorten its title or notes" in str(failure.error)


def test_a_list_that_is_gone_fails_what_is_written_to_it_alone(desk: Desk) -> None:
    acks = desk.created(todo(1), todo(2))
    desk.person.delete_list(desk.held)
    failures = desk.failures(renamed(acks[0]), deleted(acks[1]), Create(todo(3)))
    assert all(isinstance(one.error, CollectionGone) for one in failures)
    (alone,) = desk.failures(renamed(acks[0]))
    assert isinstance(alone.error, CollectionGone) and "Check that it still exists" in str(alone.error)


def test_what_was_not_sent_any_more_has_no_outcome(desk: Desk) -> None:
    def operations() -> list[Operation]:
        return [Create(todo(number)) for number in range(1, 121)]

    outcomes = desk.connector.push(desk.collection, operations())
    first = next(outcomes)
    desk.account.stopping = True
    rest = list(outcomes)
    assert isinstance(first, Ack) and len(rest) == 49
    assert len(desk.person.sees(desk.held)) == 50


# --- what a person has beside it ---


def test_subtasks_of_a_person_stay_where_they_are(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    step = desk.person.add(desk.held, "A step", under=ack.ref)
    (ack,) = desk.acks(renamed(ack))
    desk.acks(Update(ack.ref, ack.revision, todo(status=Status.DONE), frozenset({"status"})))
    assert desk.person.task(desk.held, step).parent == ack.ref


@pytest.mark.parametrize("restarted", [False, True])
def test_subtasks_of_a_person_do_not_go_with_what_we_take_down(desk: Desk, restarted: bool) -> None:
    acks = desk.created(todo(1), todo(2))
    cursor = desk.pull(None, acks).cursor
    step = desk.person.add(desk.held, "A step", under=acks[0].ref)
    done = desk.person.add(desk.held, "A step done", under=acks[0].ref)
    desk.person.tick(desk.held, done)
    if restarted:
        desk.restart()
    desk.pull(cursor, acks)
    desk.acks(deleted(acks[0]))
    assert desk.person.sees(desk.held) == {step: "A step", acks[1].ref: "Take out the bins"}
    desk.acks(deleted(acks[1]))
    assert desk.person.sees(desk.held) == {step: "A step"}


def test_nothing_is_taken_down_while_its_subtasks_can_not_be_saved(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    step = desk.person.add(desk.held, "A step", under=ack.ref)
    desk.pull()

    def trouble(made) -> ApiError | None:  # type: ignore[no-untyped-def]  # any call
        return ApiError(500, "backendError", "Backend Error") if made.of.id.endswith("move") else None

    desk.tasks.trouble = trouble
    (failure,) = desk.failures(deleted(ack))
    assert isinstance(failure.error, Retry) and set(desk.person.sees(desk.held)) == {ack.ref, step}
    desk.tasks.trouble = None
    desk.acks(deleted(ack))
    assert set(desk.person.sees(desk.held)) == {step}


def test_only_the_day_of_a_time_is_written_and_it_is_not_written_again(desk: Desk) -> None:
    evening = Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=BERLIN))
    (ack,) = desk.created(todo(when=evening))
    assert ack.item is not None and ack.item.when == Day(dt.date(2026, 11, 24))
    assert desk.pull(None, [ack]).same == {ack.ref}


# --- undoing ---


def test_what_was_taken_down_comes_out_of_googles_bin_as_it_was(desk: Desk) -> None:
    (ack,) = desk.created(todo(notes="Brown"))
    desk.person.link(desk.held, ack.ref, "https://mail.example.org/7")
    desk.person.tick(desk.held, ack.ref)
    (standing,) = desk.pull().seen
    before = desk.person.content(desk.held)
    (image,) = desk.connector.images(desk.collection, [ack.ref])
    desk.acks(Delete(ack.ref, standing.revision, uid(1)))
    (restored,) = desk.acks(Restore(ack.ref, None, uid(1), image.raw))
    assert restored.ref == ack.ref and restored.item == standing.item
    assert desk.person.content(desk.held) == before


@pytest.mark.parametrize("thrown_away", [False, True])
def test_what_google_no_longer_has_is_created_anew_and_once(desk: Desk, thrown_away: bool) -> None:
    (ack,) = desk.created(todo(notes="Brown"))
    (image,) = desk.connector.images(desk.collection, [ack.ref])
    desk.acks(deleted(ack))
    if thrown_away:
        tasks = desk.person.account.lists[desk.held].tasks
        tasks.clear()
    else:
        desk.tasks.undeletes = False
    restore = Restore(ack.ref, None, uid(1), image.raw)
    (restored,) = desk.acks(restore)
    assert restored.ref != ack.ref and restored.item == ack.item
    (again,) = desk.acks(restore)
    assert again.ref == restored.ref and set(desk.person.sees(desk.held)) == {restored.ref}


def test_what_stands_there_again_is_not_restored_over(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    (image,) = desk.connector.images(desk.collection, [ack.ref])
    desk.person.edit(desk.held, ack.ref, title="Theirs")
    (failure,) = desk.failures(Restore(ack.ref, None, uid(1), image.raw))
    assert isinstance(failure.error, Conflict) and sees(desk) == ["Theirs"]


def test_an_image_of_a_task_without_our_line_is_put_back_without_it(desk: Desk) -> None:
    (ack,) = desk.created(todo(notes="Brown"))
    desk.person.edit(desk.held, ack.ref, notes="Theirs alone")
    (standing,) = desk.pull().seen
    (image,) = desk.connector.images(desk.collection, [ack.ref])
    blue = todo(notes="Blue")
    (ours,) = desk.acks(Update(ack.ref, standing.revision, blue, frozenset({"notes"})))
    (back,) = desk.acks(Restore(ack.ref, ours.revision, uid(1), image.raw))
    assert desk.person.task(desk.held, ack.ref).notes == "Theirs alone"
    assert back.item is not None and back.item.uid == uid(1)
    assert desk.pull(None, [back]).same == {ack.ref}


def test_the_line_below_the_notes_is_all_that_a_person_sees_of_us(desk: Desk) -> None:
    (ack,) = desk.created(todo(notes="The brown one"))
    held = desk.person.task(desk.held, ack.ref)
    assert (held.title, held.due) == ("Take out the bins", "2026-11-24")
    assert held.notes == f"The brown one\n\n{markers.WORDS}{uid(1)}"
    assert json.loads(desk.person.content(desk.held)[ack.ref])["links"] == []
