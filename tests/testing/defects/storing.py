"""Wrong in what it stores of an item, or around it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from syncer.connector import (
    Operation,
    Outcome,
    Update,
)
from syncer.core.model import Day, Item, Slot
from syncer.testing.memory import Shelf
from tests.testing.defects.bases import Stores, Written, red


@red(
    "a_created_item_comes_back_as_it_was_sent",
    "an_update_changes_the_named_field_alone",
    "several_fields_can_be_changed_at_once",
)
class DropsNotes(Stores):
    def stored(self, item: Item) -> Item:
        return replace(item, notes="")


@red("a_todo_without_a_day_comes_back_without")
class NeedsADay(Stores):
    def stored(self, item: Item) -> Item:
        return replace(item, when=item.when or Day(dt.date(2026, 1, 1)))


@red("an_event_is_marked_done_in_its_title")
class StripsMarks(Stores):
    def stored(self, item: Item) -> Item:
        return replace(item, title=item.title.lstrip("✓ "))


@red("times_come_back_as_they_were_sent", "times_can_be_moved_to_any_other")
class ForgetsFolds(Stores):
    def stored(self, item: Item) -> Item:
        if not isinstance(item.when, Slot):
            return item
        return replace(item, when=replace(item.when, start=item.when.start.replace(fold=0)))


@red("texts_come_back_as_they_were_sent", "texts_survive_an_update_of_something_else")
class EscapesAgain(Stores):
    def stored(self, item: Item) -> Item:
        title, notes = (text.replace("\\", "\\\\") for text in (item.title, item.notes))
        return replace(item, title=title, notes=notes)


@red("notes_can_be_cleared")
class NeverClears(Stores):
    def stored(self, item: Item) -> Item:
        return replace(item, notes=item.notes or "The brown one")


@red("an_odd_text_is_written_or_refused")
class Encodes(Stores):
    def stored(self, item: Item) -> Item:
        return replace(item, title=item.title.encode().decode())


@red("an_odd_time_is_written_or_refused", "an_event_without_a_time_is_written_or_refused")
class Reckons(Stores):
    def stored(self, item: Item) -> Item:
        assert item.when is not None
        if isinstance(item.when, Day):
            return replace(item, when=Day(item.when.date + dt.timedelta(days=1) - dt.timedelta(days=1)))
        return item


@red("an_update_leaves_what_it_does_not_know", "reminders_are_left_as_they_stand")
class WritesWholeItems(Written):
    def instead(self, shelf: Shelf, operation: Operation) -> Outcome:
        if isinstance(operation, Update):
            names = frozenset({"title", "notes", "when", "status", "alarms", "rule"})
            return replace(self.really(shelf, replace(operation, fields=names)), operation=operation)
        return self.really(shelf, operation)


@red("strangers_are_the_same_before_and_after")
class TidiesUp(Written):
    def instead(self, shelf: Shelf, operation: Operation) -> Outcome:
        for ref, (revision, item) in shelf.items.items():
            shelf.items[ref] = revision, replace(item, title=item.title.replace("Nobody's", "Some"))
        return self.really(shelf, operation)
