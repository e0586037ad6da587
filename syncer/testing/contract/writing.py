"""Creating and updating: what was asked for, once, and nothing else."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import replace

from syncer.connector import Ack, Capability, Create, Delete, Operation, Update
from syncer.core.model import Alarm, Item, Kind, Slot, Status
from syncer.testing import builders
from syncer.testing.contract.desk import Desk, Theme, deleted, renamed


class Creating(Theme):
    """New items."""

    def test_a_created_item_comes_back_as_it_was_sent(self, each: Desk) -> None:
        alarms = (Alarm(dt.timedelta(hours=-2)),) if each.kind is Kind.EVENT else ()
        item = each.item(notes="The brown one\nand the blue one", alarms=alarms)
        ack = each.ack(Create(item, str(uuid.uuid4())))
        assert ack.item is not None and each.shown(ack.item) == each.shown(item), (
            "the echo of a create must have the fields that were sent, save those that `capabilities` lack"
        )
        assert each.shown(each.listed()[item.uid].item) == each.shown(item), (
            "a listing must show an item with the fields that were sent"
        )

    def test_a_todo_without_a_day_comes_back_without(self, desk: Desk) -> None:
        desk.needs(Capability.TODOS)
        item = desk.item(when=None)
        ack = desk.ack(Create(item))
        assert ack.item is not None and ack.item.when is None, "a to-do may be due on no day at all"

    def test_a_create_sent_twice_yields_one_item(self, each: Desk) -> None:
        operation = Create(each.item(), str(uuid.uuid4()))
        first = each.ack(operation)
        second = each.ack(operation)
        each.stands(1)
        assert (second.ref, second.revision, second.item) == (first.ref, first.revision, first.item), (
            "the second Ack of a create is an echo of what stands there since the first"
        )

    def test_a_create_sent_again_after_a_restart_yields_one_item(self, desk: Desk) -> None:
        operation = Create(desk.item(), str(uuid.uuid4()))
        desk.ack(operation)
        desk.connector = desk.connect()
        standing = desk.connector.find(desk.collection, [builders.uid(1)])
        assert len(standing) == 1, "find() must see, after a restart too, what an earlier create put there"
        if Capability.CHOSEN_IDS in desk.can:
            desk.ack(operation)
        desk.stands(1)

    def test_a_create_does_not_overwrite_what_a_person_made_of_it(self, desk: Desk) -> None:
        operation = Create(desk.item(), str(uuid.uuid4()))
        ack = desk.ack(operation)
        desk.harness.edit(desk.collection, ack.ref, "Theirs")
        again = desk.ack(operation)
        assert again.item is not None and again.item.title == "Theirs", (
            "a create that finds its item there adopts it: the echo is what stands there"
        )
        assert desk.listed()[builders.uid(1)].item.title == "Theirs", "a create may never overwrite"
        assert not again.exact, "`exact` means that the echo is our own write: this one was a person's"

    def test_the_same_create_twice_in_one_push_yields_one_item(self, desk: Desk) -> None:
        desk.needs(Capability.CHOSEN_IDS)
        operation = Create(desk.item(), str(uuid.uuid4()))
        outcomes = desk.push(operation, operation)
        assert len(outcomes) == 2, f"push yields one outcome for each operation: {outcomes}"
        desk.stands(1)


class Updating(Theme):
    """Changes of named fields."""

    def test_an_update_changes_the_named_field_alone(self, each: Desk) -> None:
        sent = each.item(notes="The brown one", title="Before")
        later = _later(sent)
        for number, name in enumerate(("title", "notes", "when"), start=1):
            if name == "notes" and Capability.NOTES not in each.can:
                continue
            (ack,) = each.created(replace(sent, uid=builders.uid(number)))
            wanted = replace(later, uid=builders.uid(number))
            echo = each.ack(Update(ack.ref, ack.revision, wanted, frozenset({name})))
            expected = replace(sent, uid=builders.uid(number), **{name: getattr(later, name)})
            assert echo.item is not None and each.shown(echo.item) == each.shown(expected), (
                f"an update of {name!r} must change that and leave every other field as it stands there"
            )
            assert echo.revision != ack.revision, "a write must give the item another revision"

    def test_several_fields_can_be_changed_at_once(self, desk: Desk) -> None:
        sent = desk.item(notes="The brown one", title="Before")
        later = _later(sent)
        (ack,) = desk.created(sent)
        echo = desk.ack(Update(ack.ref, ack.revision, later, frozenset({"title", "notes", "when"})))
        assert echo.item is not None and desk.shown(echo.item) == desk.shown(later), (
            "an update must change all the fields that it names"
        )

    def test_an_update_leaves_what_it_does_not_know(self, each: Desk) -> None:
        (ack,) = each.created(each.item())
        added = each.harness.adorn(each.collection, ack.ref)
        assert added, "Harness.adorn() returns the texts that it added"
        standing = each.listed()[builders.uid(1)]
        each.ack(renamed(standing))
        after = each.snapshot()[ack.ref]
        lost = [text for text in added if text not in after]
        assert not lost, f"an update must keep unknown properties, alarms and attendees; it lost {lost}"

    def test_notes_can_be_cleared(self, desk: Desk) -> None:
        desk.needs(Capability.NOTES)
        (ack,) = desk.created(desk.item(notes="The brown one"))
        echo = desk.ack(Update(ack.ref, ack.revision, desk.item(notes=""), frozenset({"notes"})))
        assert echo.item is not None and echo.item.notes == "", "a named field that is empty is cleared"

    def test_a_todo_is_done_and_open_again(self, desk: Desk) -> None:
        desk.needs(Capability.TODOS)
        (ack,) = desk.created(desk.item())
        moment = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
        done = desk.item(status=Status.DONE, completed=moment)
        for wanted in (done, desk.item(), done):
            ack = desk.ack(Update(ack.ref, ack.revision, wanted, frozenset({"status"})))
            shown = desk.listed().get(builders.uid(1))
            assert shown is not None, "an item that is done must still be listed: ask for completed ones too"
            assert shown.item.status is wanted.status, f"the status must become {wanted.status}: {shown.item}"
            assert desk.shown(shown.item) == desk.shown(wanted), "a change of status changes nothing else"

    def test_an_event_is_marked_done_in_its_title(self, each: Desk) -> None:
        (ack,) = each.created(each.item(notes="The brown one"))
        echo = each.ack(renamed(ack, builders.DONE_MARK + "Take out the bins"))
        assert echo.item is not None and echo.item.title == builders.DONE_MARK + "Take out the bins", (
            "a mark before the title must come back as it was written"
        )


class Pushing(Theme):
    """Many operations at once."""

    def test_each_operation_has_exactly_one_outcome(self, desk: Desk) -> None:
        acks = desk.created(*(desk.item(number) for number in range(1, 5)))
        operations: list[Operation] = [
            Create(desk.item(5)),
            renamed(acks[0]),
            deleted(acks[1]),
            Delete(acks[2].ref, acks[2].revision, builders.uid(3)),
            renamed(acks[3]),
            Create(desk.item(6)),
        ]
        outcomes = desk.push(*operations)
        told = sorted(repr(one.operation) for one in outcomes)
        assert told == sorted(repr(one) for one in operations), (
            f"push yields exactly one outcome for each operation, with that operation in it: {outcomes}"
        )
        titles = {uid: seen.item.title for uid, seen in desk.listed().items()}
        assert titles == {
            builders.uid(1): "Ours",
            builders.uid(4): "Ours",
            builders.uid(5): "Take out the bins",
            builders.uid(6): "Take out the bins",
        }, f"each operation must have its effect, and no other: {titles}"

    def test_one_that_fails_does_not_stop_the_others(self, desk: Desk) -> None:
        acks = desk.created(*(desk.item(number) for number in range(1, 4)))
        desk.harness.delete(desk.collection, acks[1].ref)
        outcomes = desk.push(*(renamed(ack) for ack in acks))
        well = sorted(one.operation.uid for one in outcomes if isinstance(one, Ack))
        assert len(outcomes) == 3, f"push yields one outcome for each operation: {outcomes}"
        assert well == [builders.uid(1), builders.uid(3)], (
            f"an update of what is gone fails by itself, and the others go through: {outcomes}"
        )
        desk.stands(1, 3)

    def test_a_push_of_nothing_does_nothing(self, desk: Desk) -> None:
        assert desk.push() == [], "no operations have no outcomes"

    def test_nothing_is_sent_once_it_is_to_stop(self, desk: Desk) -> None:
        desk.stopping = True
        outcomes = desk.push(Create(desk.item()))
        assert outcomes == [], "once Context.stopping() is true, what was not sent yields nothing"
        assert desk.snapshot() == {}, "once Context.stopping() is true, nothing may be sent"

    def test_stopping_half_way_loses_no_outcome(self, desk: Desk) -> None:
        def operations() -> Iterator[Operation]:
            for number in range(1, 9):
                yield Create(desk.item(number))
                desk.stopping = number >= 3

        outcomes = list(desk.connector.push(desk.collection, operations()))
        desk.stopping = False
        acknowledged = {one.operation.uid for one in outcomes if isinstance(one, Ack)}
        assert desk.listed().keys() == acknowledged, (
            "whatever was sent before stopping() must have its outcome, and nothing else may be sent"
        )


def _later(item: Item) -> Item:
    """The item with every field that a person could change changed."""
    if isinstance(item.when, Slot):
        moved = replace(item.when, start=item.when.start + dt.timedelta(days=1, hours=1), minutes=20)
        return replace(item, title="After", notes="The blue one", when=moved)
    return replace(item, title="After", notes="The blue one", when=builders.TIMES["a leap day"])
