"""Writes: how many requests, one effect whatever happens, and what is somebody else's stays."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest

from syncer.connector import (
    Ack,
    CollectionGone,
    Conflict,
    Create,
    CredentialsDead,
    Delete,
    Failure,
    Operation,
    ProviderGone,
    Refused,
    Restore,
    Retry,
    Update,
)
from syncer.core.model import Day, Item, Kind, Slot, Status
from syncer.testing import builders
from syncer.testing.proxy import Reset, Rewrite
from tests.connectors.todoist.conftest import Desk, writing
from tests.emulators.todoist import errors

FRIDAY = Day(dt.date(2026, 11, 27))


def todo(number: int = 1, **fields: Any) -> Item:
    return builders.item(Kind.TODO, number, **fields)


def token() -> str:
    return str(uuid.uuid4())


def sent(desk: Desk) -> list[list[dict[str, Any]]]:
    """The commands of each request that had any."""
    forms = [parse_qs(one.request.body.decode()) for one in desk.proxy.log if writing(one.request)]
    return [json.loads(form["commands"][0]) for form in forms]


# --- requests ---


def test_five_hundred_items_go_up_in_six_requests(desk: Desk) -> None:
    desk.account.limits.items = 1000
    desk.pull()
    desk.requests()
    acks = desk.created(*(todo(number) for number in range(1, 501)))
    assert len(acks) == 500 and all(ack.exact for ack in acks)
    assert desk.requests() == 6  # five hundred, and one command for their section
    assert len(desk.pull().seen) == 500


def test_without_sections_they_go_up_in_five(desk: Desk) -> None:
    desk.account.limits.items = 1000
    desk.restart(sections=False)
    desk.pull()
    desk.requests()
    desk.created(*(todo(number) for number in range(1, 501)))
    assert desk.requests() == 5


def test_ten_changes_are_a_look_and_a_request(desk: Desk) -> None:
    acks = desk.created(*(todo(number) for number in range(1, 11)))
    cursor = desk.pull(None, *acks).cursor
    desk.requests()
    desk.pull(cursor, *acks)
    images = desk.connector.images(desk.collection, [ack.ref for ack in acks])
    operations = [
        Update(ack.ref, ack.revision, todo(number, title="Ours", when=FRIDAY), frozenset({"title", "when"}))
        for number, ack in enumerate(acks, 1)
    ]
    outcomes = desk.push(*operations)
    assert len(images) == 10 and all(isinstance(one, Ack) and one.exact for one in outcomes)
    assert desk.requests() == 2


def test_large_notes_are_spread_over_requests_that_todoist_takes(desk: Desk) -> None:
    notes = "🗑" * 16000
    acks = desk.created(*(todo(number, notes=notes) for number in range(1, 7)))
    assert {ack.item.notes for ack in acks if ack.item} == {notes}
    bodies = [len(one.request.body) for one in desk.proxy.log if writing(one.request)]
    assert len(bodies) > 1 and max(bodies) < 2**20


# --- one effect ---


def test_a_command_keeps_its_uuid_after_a_crash(desk: Desk) -> None:
    operation = Create(todo(), token())
    desk.proxy.inject(Reset(applied=True), writing, times=None)
    (outcome,) = desk.push(operation)
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Retry)
    desk.proxy.calm()
    desk.restart(sections=False)  # a process that remembers nothing, and does not look
    (again,) = desk.push(operation)
    assert isinstance(again, Ack)
    first, last = sent(desk)[0], sent(desk)[-1]
    assert first[-1]["uuid"] == last[-1]["uuid"] and first[-1]["temp_id"] == last[-1]["temp_id"]
    assert len(desk.person.list(desk.collection.ref)) == 1


def test_a_tick_between_a_lost_answer_and_its_repetition_is_not_swallowed(desk: Desk) -> None:
    operation = Create(todo(), token())
    desk.proxy.inject(Reset(applied=True), writing, times=3)
    desk.push(operation)
    (item,) = desk.person.list(desk.collection.ref)
    desk.person.tick(item["id"])
    (again,) = desk.push(operation)
    assert isinstance(again, Ack) and not again.exact
    assert again.item is not None and again.item.status is Status.DONE


@pytest.mark.parametrize("seconds", [30, 3600])
def test_an_edit_between_a_crash_and_the_repetition_is_not_taken_for_our_own(
    desk: Desk, seconds: int
) -> None:
    operation = Create(todo(), token())
    desk.proxy.inject(Reset(applied=True), writing, times=None)
    desk.push(operation)
    desk.proxy.calm()
    desk.emulator.stage.clock.advance(seconds=seconds)
    (item,) = desk.person.list(desk.collection.ref)
    desk.person.edit(item["id"], content="Theirs")
    desk.restart(sections=False)
    (again,) = desk.push(operation)
    assert isinstance(again, Ack) and not again.exact


def test_an_answer_that_does_not_repeat_the_new_id_is_no_loss(desk: Desk) -> None:
    """Should Todoist tell of a repeated command only that it ran."""

    def silent(_: Any, true: Any) -> Any:
        data = {key: value for key, value in json.loads(true.body).items() if key != "temp_id_mapping"}
        return replace(true, body=json.dumps(data).encode())

    desk.proxy.inject(Rewrite(silent), writing)
    (ack,) = desk.created(todo())
    assert desk.person.sees(ack.ref)["content"] == "Take out the bins"


def test_an_answer_that_does_not_show_what_was_written_is_asked_again(desk: Desk) -> None:
    def silent(_: Any, true: Any) -> Any:
        return replace(true, body=json.dumps({**json.loads(true.body), "items": []}).encode())

    desk.pull()
    desk.proxy.inject(Rewrite(silent), writing)
    (ack,) = desk.created(todo())
    assert ack.item is not None and ack.item.title == "Take out the bins"


def test_an_expired_token_in_a_push_costs_a_request_and_no_second_item(desk: Desk) -> None:
    desk.pull()
    desk.person.forget_sync_tokens()
    (ack,) = desk.created(todo())
    assert [item["id"] for item in desk.person.list(desk.collection.ref)] == [ack.ref]


def test_a_deleted_item_is_not_created_again_by_its_old_command(desk: Desk) -> None:
    operation = Create(todo(), token())
    (ack,) = desk.push(operation)
    assert isinstance(ack, Ack)
    desk.person.delete(ack.ref)
    desk.restart(sections=False)
    (again,) = desk.push(operation)
    assert isinstance(again, Failure) and isinstance(again.error, Conflict)
    assert desk.person.list(desk.collection.ref) == []


# --- no conditional writes: what is looked at instead ---


def test_a_tick_right_before_a_delete_is_a_conflict(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    cursor = desk.pull(None, ack).cursor
    desk.pull(cursor, ack)
    desk.connector.images(desk.collection, [ack.ref])
    desk.person.tick(ack.ref)
    (outcome,) = desk.push(Delete(ack.ref, ack.revision, builders.uid(1), token()))
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Conflict)
    (seen,) = desk.pull(cursor, ack).seen
    assert seen.item.status is Status.DONE


def test_a_tick_right_before_an_update_is_in_its_echo_which_is_not_exact(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    desk.pull(None, ack)
    desk.connector.images(desk.collection, [ack.ref])
    desk.person.tick(ack.ref)
    after = desk.updated(ack, "title", title="Ours", when=builders.DAY)
    assert not after.exact and after.item is not None and after.item.status is Status.DONE


def test_an_edit_that_is_known_by_now_is_a_conflict(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    desk.person.edit(ack.ref, content="Theirs")
    desk.pull(None, ack)
    (outcome,) = desk.push(Update(ack.ref, ack.revision, todo(title="Ours"), frozenset({"title"}), token()))
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Conflict)
    assert desk.person.sees(ack.ref)["content"] == "Theirs"


def test_an_item_of_another_uid_at_the_address_is_left_alone(desk: Desk) -> None:
    first, second = desk.created(todo(1), todo(2))
    operations: list[Operation] = [
        Update(first.ref, None, todo(2, title="Ours"), frozenset({"title"}), token()),
        Delete(first.ref, None, builders.uid(2), token()),
    ]
    for operation in operations:
        (outcome,) = desk.push(operation)
        assert isinstance(outcome, Failure) and isinstance(outcome.error, Conflict)
    assert {ack.ref for ack in (first, second)} == {
        one["id"] for one in desk.person.list(desk.collection.ref)
    }


# --- sections ---


def bundled(bundle: str, number: int, notes: str = "") -> Item:
    name = f"evenhold-{'0' * 10}.{bundle}.do.n{number:06}"
    ours = builders.uid(number).replace("bins.out", f"{bundle}.do")
    assert name.partition(".")[2] == ours.partition(".")[2]
    return Item(ours, Kind.TODO, "Do it", builders.DAY, notes)


def sections_of(desk: Desk) -> dict[str, str | None]:
    """The name of the section in which each item stands, by its title and number."""
    names = {section["id"]: section["name"] for section in desk.account.sections.values()}
    return {
        item["description"].rpartition(".")[2]: names.get(item["section_id"])
        for item in desk.person.list(desk.collection.ref)
    }


def test_each_bundle_has_its_section_made_in_the_same_request(desk: Desk) -> None:
    notes = "Something real to eat\n\nFood in the house · household logistics"
    desk.created(bundled("bins", 1), bundled("food", 2, notes), bundled("bins", 3), bundled("tax-return", 4))
    assert sections_of(desk) == {
        "n000001": "Bins",
        "n000002": "Food in the house",
        "n000003": "Bins",
        "n000004": "Tax return",
    }
    assert len(sent(desk)) == 1
    desk.created(bundled("food", 5, notes))
    assert desk.person.section_names(desk.collection.ref) == ["Bins", "Food in the house", "Tax return"]


def test_a_question_of_ours_stands_in_no_section(desk: Desk) -> None:
    asked = replace(todo(), uid=builders.uid(1).replace("bins.out", "evenhold.waiting-0a1b2c3d"))
    desk.created(asked)
    assert desk.person.section_names(desk.collection.ref) == []


def test_an_item_that_its_owner_moved_stays_where_it_is(desk: Desk) -> None:
    first, _ = desk.created(bundled("bins", 1), bundled("bins", 2))
    mine = desk.person.make_section(desk.collection.ref, "Urgent")
    desk.person.move(first.ref, section=mine)
    (seen,) = desk.pull(None, first).seen[:1]
    desk.updated(seen, "title", title="Ours")
    desk.created(bundled("bins", 3))
    assert sections_of(desk) == {"n000001": "Urgent", "n000002": "Bins", "n000003": "Bins"}


def test_a_section_that_its_owner_renamed_is_used_on(desk: Desk) -> None:
    desk.created(bundled("bins", 1))
    (section,) = desk.account.sections
    desk.person.rename_section(section, "Rubbish")
    desk.pull()
    desk.created(bundled("bins", 2))
    assert set(sections_of(desk).values()) == {"Rubbish"}


def test_who_wants_no_sections_gets_none_made_again(desk: Desk) -> None:
    (first,) = desk.created(bundled("bins", 1))
    desk.person.move(first.ref, project=desk.collection.ref)
    desk.person.delete_section(next(iter(desk.account.sections)))
    desk.pull()
    desk.created(bundled("bins", 2))
    assert sections_of(desk) == {"n000001": None, "n000002": None}
    desk.restart(sections=False)
    desk.created(bundled("food", 3))
    assert desk.person.section_names(desk.collection.ref) == []


def test_where_no_section_can_be_made_items_go_up_without(desk: Desk) -> None:
    desk.account.limits.sections = 1
    desk.created(bundled("bins", 1), bundled("food", 2), bundled("food", 3))
    assert sections_of(desk) == {"n000001": "Bins", "n000002": None, "n000003": None}


def test_a_section_that_goes_away_at_that_moment_is_done_without(desk: Desk) -> None:
    desk.created(bundled("bins", 1))
    desk.pull()
    desk.person.delete_section(next(iter(desk.account.sections)))
    (ack,) = desk.created(bundled("bins", 2))
    assert desk.person.sees(ack.ref)["section_id"] is None


# --- what a later look tells ---


def test_what_a_look_for_later_operations_tells_holds_for_those_that_wait(desk: Desk) -> None:
    """A hundred titles fill a request, and wait until it is known that more come: to be deleted."""
    acks = desk.created(*(todo(number) for number in range(1, 102)))
    desk.pull(None, *acks)
    titles = [
        Update(ack.ref, ack.revision, todo(number, title="Ours"), frozenset({"title"}), token())
        for number, ack in enumerate(acks[:100], 1)
    ]

    def given() -> Iterator[Operation]:
        yield from titles
        desk.person.edit(acks[0].ref, content="Theirs")
        yield Delete(acks[100].ref, acks[100].revision, builders.uid(101), token())

    outcomes = list(desk.connector.push(desk.collection, given()))
    (failure,) = (one for one in outcomes if isinstance(one, Failure))
    assert isinstance(failure.error, Conflict) and failure.operation == titles[0]
    assert len(outcomes) == 101 and desk.person.sees(acks[0].ref)["content"] == "Theirs"


# --- what is its owner's ---


def test_what_its_owner_put_below_an_item_is_not_deleted_with_it(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    child = desk.person.add(desk.collection.ref, "Ask the neighbour", parent_id=ack.ref)
    grandchild = desk.person.add(desk.collection.ref, "Ring first", parent_id=child)
    (outcome,) = desk.push(Delete(ack.ref, ack.revision, builders.uid(1), token()))
    assert isinstance(outcome, Ack)
    assert desk.person.sees(child)["parent_id"] is None
    assert desk.person.sees(grandchild)["parent_id"] == child


def test_priority_labels_and_duration_stay_through_every_update(desk: Desk) -> None:
    (ack,) = desk.created(todo(when=Slot(builders.EVENING.start)))
    theirs = {"priority": 4, "labels": ["home"], "duration": {"amount": 25, "unit": "minute"}}
    desk.person.edit(ack.ref, **theirs)
    (seen,) = desk.pull(None, ack).seen
    after = desk.updated(seen, title="Ours", notes="Ours", status=Status.DONE, when=builders.EVENING)
    standing = desk.person.sees(after.ref)
    assert {name: standing[name] for name in theirs} == theirs


def test_a_title_with_an_at_sign_stays_as_it_is(desk: Desk) -> None:
    (ack,) = desk.created(todo(title="Mail to @home #work p1 tomorrow"))
    standing = desk.person.sees(ack.ref)
    assert (standing["content"], standing["labels"]) == ("Mail to @home #work p1 tomorrow", [])


# --- times ---


def test_a_time_is_a_moment_in_its_zone_and_one_that_floats_goes_on_floating(desk: Desk) -> None:
    (ack,) = desk.created(todo(when=Slot(builders.EVENING.start)))
    due = desk.person.sees(ack.ref)["due"]
    assert (due["date"], due["timezone"]) == ("2026-11-24T17:30:00Z", "Europe/Berlin")
    desk.person.edit(ack.ref, due={"date": "2026-11-25T08:00:00"})  # as the app writes it
    (seen,) = desk.pull(None, ack).seen
    assert seen.item.when == Slot(dt.datetime(2026, 11, 25, 8, tzinfo=builders.BERLIN))
    later = Slot(dt.datetime(2026, 11, 26, 9, tzinfo=builders.BERLIN))
    after = desk.updated(seen, when=later)
    assert after.item is not None and after.item.when == later
    assert desk.person.sees(ack.ref)["due"]["date"] == "2026-11-26T09:00:00"


def test_an_update_of_something_else_does_not_touch_the_time(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    desk.person.edit(ack.ref, due={"date": "2026-11-25T08:00:00"})
    (seen,) = desk.pull(None, ack).seen
    desk.updated(seen, "title", title="Ours")
    assert desk.person.sees(ack.ref)["due"]["date"] == "2026-11-25T08:00:00"
    assert "due" not in sent(desk)[-1][0]["args"]


# --- recurrence ---


def repeated(desk: Desk, text: str = "every week") -> Any:
    (ack,) = desk.created(todo())
    desk.person.repeat(ack.ref, text)
    (seen,) = desk.pull(None, ack).seen
    return seen


def due(desk: Desk, ref: str) -> tuple[str, str, bool]:
    found = desk.person.sees(ref)["due"]
    return found["date"], found["string"], found["is_recurring"]


def test_another_date_does_not_end_a_recurrence(desk: Desk) -> None:
    seen = repeated(desk)
    desk.updated(seen, "when", when=FRIDAY, rule=seen.item.rule)
    assert due(desk, seen.ref) == ("2026-11-27", "every week", True)


def test_a_recurrence_ends_where_that_is_asked_for(desk: Desk) -> None:
    seen = repeated(desk)
    after = desk.updated(seen, "rule", when=builders.DAY)
    assert due(desk, seen.ref) == ("2026-11-24", "2026-11-24", False)
    assert after.item is not None and after.item.rule == ""


def test_a_recurring_item_is_done_for_good_and_can_be_opened_again(desk: Desk) -> None:
    """As the engine resolves an occurrence that its owner made recurring."""
    seen = repeated(desk)
    desk.person.tick(seen.ref)
    (ticked,) = desk.pull(None, seen).seen
    after = desk.updated(ticked, "rule", "status", "when", when=builders.DAY, status=Status.DONE)
    assert desk.person.sees(seen.ref)["checked"] is True
    assert after.item is not None and (after.item.status, after.item.rule) == (Status.DONE, "")
    opened = desk.updated(after, "status", when=builders.DAY)
    assert opened.item is not None and (opened.item.status, opened.item.rule) == (Status.OPEN, "")
    assert due(desk, seen.ref) == ("2026-11-24", "2026-11-24", False)


def test_a_recurring_item_that_moved_on_can_be_opened_again(desk: Desk) -> None:
    seen = repeated(desk)
    desk.person.tick(seen.ref)
    (ticked,) = desk.pull(None, seen).seen
    opened = desk.updated(ticked, "status", when=builders.DAY)
    assert opened.item is not None and opened.item.status is Status.OPEN
    assert desk.pull(None, opened).same == {seen.ref}


def test_a_tick_without_the_end_of_the_recurrence_moves_it_on(desk: Desk) -> None:
    seen = repeated(desk)
    desk.updated(seen, "status", when=builders.DAY, status=Status.DONE)
    assert due(desk, seen.ref) == ("2026-12-01", "every week", True)


def test_a_recurring_item_is_restored_with_its_recurrence(desk: Desk) -> None:
    seen = repeated(desk)
    (image,) = desk.connector.images(desk.collection, [seen.ref])
    after = desk.updated(seen, "rule", when=builders.DAY)
    (outcome,) = desk.push(Restore(seen.ref, after.revision, builders.uid(1), image.raw, token()))
    assert isinstance(outcome, Ack) and outcome.item == seen.item
    assert due(desk, seen.ref) == ("2026-11-24", "every week", True)


# --- restoring ---


def test_a_done_item_is_restored_as_done(desk: Desk) -> None:
    (ack,) = desk.created(todo(notes="mine"))
    desk.person.tick(ack.ref)
    (seen,) = desk.pull(None, ack).seen
    (image,) = desk.connector.images(desk.collection, [seen.ref])
    opened = desk.updated(seen, "status", "title", title="Ours")
    (over,) = desk.push(Restore(ack.ref, opened.revision, builders.uid(1), image.raw, token()))
    assert isinstance(over, Ack) and over.item is not None
    assert (over.item.title, over.item.status) == ("Take out the bins", Status.DONE)
    desk.push(Delete(ack.ref, over.revision, builders.uid(1), token()))
    (anew,) = desk.push(Restore(ack.ref, None, builders.uid(1), image.raw, token()))
    assert isinstance(anew, Ack) and anew.item is not None
    assert (anew.item.notes, anew.item.status) == ("mine", Status.DONE)


def test_an_item_is_restored_to_its_section_if_that_is_still_there(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    (image,) = desk.connector.images(desk.collection, [ack.ref])
    desk.person.move(ack.ref, project=desk.collection.ref)
    (seen,) = desk.pull(None, ack).seen
    (back,) = desk.push(Restore(ack.ref, seen.revision, builders.uid(1), image.raw, token()))
    assert isinstance(back, Ack) and set(sections_of(desk).values()) == {"Bins"}
    desk.person.delete_section(next(iter(desk.account.sections)))
    (anew,) = desk.push(Restore(ack.ref, None, builders.uid(1), image.raw, token()))
    assert isinstance(anew, Ack) and set(sections_of(desk).values()) == {None}


def test_an_image_that_is_none_is_refused(desk: Desk) -> None:
    for raw in ("", "[]", "{}", "[" * 100_000):
        (outcome,) = desk.push(Restore("x", None, builders.uid(1), raw, token()))
        assert isinstance(outcome, Failure) and isinstance(outcome.error, Refused)


# --- commands that fail, under HTTP status 200 ---


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (errors.not_found("item"), Conflict, "no longer there"),
        (errors.not_found("project"), CollectionGone, "the project is not there"),
        (errors.TodoistError(404, "", 22, "Item not found"), Conflict, "no longer there"),
        (errors.too_many("items"), Retry, "300 open items"),
        (errors.invalid("content"), Refused, "does not take the item"),
        (errors.forbidden(), Refused, "may not do that here"),
        (errors.slow_down(600), Retry, "fewer requests"),
        (errors.unauthorized(), CredentialsDead, "evenhold connect todoist"),
        (errors.version_gone(), ProviderGone, "this API version is gone"),
        (errors.TodoistError(500, "INTERNAL_ERROR", 500, "oops"), Retry, "could not do it now"),
    ],
)
def test_a_command_that_fails_says_why(
    desk: Desk, error: errors.TodoistError, kind: type[Exception], words: str
) -> None:
    (ack,) = desk.created(todo())
    desk.emulator.knobs[desk.account.token].failing = {"item_update": error}
    (outcome,) = desk.push(Update(ack.ref, ack.revision, todo(title="Ours"), frozenset({"title"}), token()))
    assert isinstance(outcome, Failure) and isinstance(outcome.error, kind) and words in str(outcome.error)
    assert outcome.error.subject == builders.uid(1)
    assert not isinstance(outcome.error, Retry) or outcome.error.after == error.after


def test_a_full_project_takes_items_again_once_there_is_room(desk: Desk) -> None:
    desk.account.limits.items = 1
    outcomes = desk.push(*(Create(todo(number), token()) for number in (1, 2)))
    assert [type(one) for one in outcomes] == [Ack, Failure]
    first, second = outcomes
    assert isinstance(first, Ack) and isinstance(second, Failure) and isinstance(second.error, Retry)
    desk.person.tick(first.ref)
    (again,) = desk.push(second.operation)
    assert isinstance(again, Ack)


def test_a_command_of_which_nothing_is_said_is_settled_later(desk: Desk) -> None:
    def silent(_: Any, true: Any) -> Any:
        return replace(true, body=json.dumps({**json.loads(true.body), "sync_status": {}}).encode())

    desk.restart(sections=False)
    desk.proxy.inject(Rewrite(silent), writing)
    (outcome,) = desk.push(Create(todo(), token()))
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Retry)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (todo(title="x" * 501), "the title is longer"),
        (todo(title=" \n "), "without a title"),
        (todo(notes="x" * 16384), "the notes are longer"),
        (todo(status=Status.CANCELLED), "no cancelled items"),
    ],
)
def test_what_todoist_never_takes_is_refused_without_a_request(desk: Desk, item: Item, words: str) -> None:
    desk.pull()
    desk.requests()
    (outcome,) = desk.push(Create(item, token()))
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Refused) and words in str(outcome.error)
    assert desk.requests() == 0
