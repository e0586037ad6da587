"""Times and texts that come back as they went out: those that libraries and providers spoil most often."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from syncer.connector import Capability, Update
from syncer.core.model import Alarm, Item, Kind, Slot, When
from syncer.testing import builders
from syncer.testing.contract.desk import Desk, Theme


class Values(Theme):
    """Round trips, by create and by update."""

    def test_times_come_back_as_they_were_sent(self, each: Desk) -> None:
        """In one push: a day, a time in each zone, and the hours in which clocks change."""
        items = {name: each.item(number, when=when) for number, (name, when) in enumerate(_times(each), 1)}
        each.created(*items.values())
        listed = each.listed()
        wrong = [
            f"{name}: sent {item.when}, shown {listed[item.uid].item.when}"
            for name, item in items.items()
            if each.shown(listed[item.uid].item) != each.shown(item)
        ]
        assert not wrong, f"a time must come back as the same instant, a day as the same day: {wrong}"

    def test_times_can_be_moved_to_any_other(self, each: Desk) -> None:
        """From a day to a time and back, across zones and the changes of clocks."""
        times = _times(each)
        acks = each.created(*(each.item(number, when=when) for number, (_, when) in enumerate(times, 1)))
        moved = times[1:] + times[:1]
        wanted: dict[str, tuple[str, Item]] = {}
        operations = []
        for ack, (name, when) in zip(acks, moved, strict=True):
            assert ack.item is not None, "the Ack of a create must carry the echo in `item`"
            item = replace(ack.item, when=when)
            wanted[item.uid] = name, item
            operations.append(Update(ack.ref, ack.revision, item, frozenset({"when"})))
        each.acks(*operations)
        listed = each.listed()
        wrong = [
            f"{name}: sent {item.when}, shown {listed[uid].item.when}"
            for uid, (name, item) in wanted.items()
            if each.shown(listed[uid].item) != each.shown(item)
        ]
        assert not wrong, f"a time must come back as the same instant, a day as the same day: {wrong}"

    def test_texts_come_back_as_they_were_sent(self, each: Desk) -> None:
        sent = [
            each.item(number, title=text, notes=f"{text}\nand\n\n{text}")
            for number, text in enumerate(builders.TEXTS.values(), 1)
        ]
        each.created(*sent)
        listed = each.listed()
        wrong = [
            (item.title, shown.title, shown.notes)
            for item in sent
            if each.shown(shown := listed[item.uid].item) != each.shown(item)
        ]
        assert not wrong, f"texts must be escaped on the way out and back on the way in, once: {wrong}"

    @pytest.mark.parametrize("field", ["title", "notes"])
    def test_texts_survive_an_update_of_something_else(self, desk: Desk, field: str) -> None:
        """What is escaped again with each write grows by each write."""
        if field == "notes":
            desk.needs(Capability.NOTES)
        sent = [desk.item(number, **{field: text}) for number, text in enumerate(builders.TEXTS.values(), 1)]
        acks = desk.created(*sent)
        other = "notes" if field == "title" and Capability.NOTES in desk.can else "when"
        later = desk.item(notes="Later", when=builders.TIMES["a leap day"])
        operations = [
            Update(
                ack.ref,
                ack.revision,
                replace(item, **{other: getattr(later, other)}),
                frozenset({other}),
            )
            for ack, item in zip(acks, sent, strict=True)
        ]
        desk.acks(*operations)
        listed = desk.listed()
        shown = {item.uid: getattr(listed[item.uid].item, field) for item in sent}
        assert shown == {item.uid: getattr(item, field) for item in sent}, (
            f"an update of {other!r} changed {field!r}: take over stored texts as they stand"
        )

    def test_reminders_are_left_as_they_stand(self, each: Desk) -> None:
        each.needs(Capability.ALARMS)
        alarm = Alarm(dt.timedelta(minutes=-15))
        (ack,) = each.created(each.item(alarms=(alarm,)))
        wanted = replace(each.item(title="Ours"), alarms=())
        echo = each.ack(Update(ack.ref, ack.revision, wanted, frozenset({"title"})))
        assert echo.item is not None and echo.item.alarms == (alarm,), (
            "reminders are written on creation only, then they are the owner's: an update leaves them"
        )


def _times(desk: Desk) -> list[tuple[str, When]]:
    """The times that the kind of item and the provider can hold."""
    found = []
    for name, when in builders.TIMES.items():
        if desk.kind is Kind.TODO and isinstance(when, Slot):
            if Capability.TIME_OF_DAY_TODOS not in desk.can:
                continue
            when = Slot(when.start)
        found.append((name, when))
    return found
