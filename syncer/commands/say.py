"""Words for what happens: calm, short, about bundles and not about people.

On a terminal a line may name a task by its title, because the household reads it. In a log only ids and
field names stand (see `log`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from syncer.core.entries import EntryKind
from syncer.core.fold import Memory
from syncer.core.model import Household, Kind, Slot, When
from syncer.core.reconcile import Step
from syncer.core.shapes import when_from_data
from syncer.core.spoke import Spoke
from syncer.engine.happenings import Happening, What

_FACTS = {
    EntryKind.DONE: "is done",
    EntryKind.REOPENED: "is open again",
    EntryKind.RESCHEDULED: "is moved to {to}",
    EntryKind.NOTED: "has notes of its owner's, which stay in the app",
    EntryKind.RETITLED: "has a title of its owner's, which stays",
    EntryKind.SKIPPED: "is skipped this time",
    EntryKind.LAPSED: "gave way to the next one",
    EntryKind.PROPOSED: "was edited by who doesn't own it; the wish is kept for the next check-in",
}
"""What is said of an occurrence; `{to}` is where it was moved."""


class Words:
    """Puts happenings into lines. `rows` is asked anew each time, so that names are those of now."""

    def __init__(self, household: Household, rows: Callable[[], Memory]) -> None:
        self._household, self._rows = household, rows

    def line(self, happening: Happening) -> str | None:
        """One line, or None where there is nothing that a person would want to read."""
        where = self.place(happening.spoke)
        match happening.what:
            case What.FACT:
                return self._fact(happening)
            case What.COLLECTION_MADE:
                return f"{where}: made it, it wasn't there yet."
            case What.SENT_ALL if happening.count:
                return f"{where}: {happening.text}."
            case What.SET_ASIDE:
                return (
                    f"{where}: one item can't be read and is set aside ({happening.text}): {happening.cure}"
                )
            case What.HELD:
                return (
                    f"{where}: {happening.text}, so that waits for a word. `evenhold plan` shows them;"
                    f" `evenhold release {happening.spoke.name}` takes it as meant,"
                    f" `--restore` puts them back."
                )
            case What.DISSOLVED:
                return f"{where}: what was waiting has settled."
            case What.PARKED:
                return f"{where}: {_count(happening.count, 'item')} kept changing; the next pass tries again."
            case What.REFUSED:
                return f"{where}: one item was not taken ({happening.text}). {happening.cure}"
            case What.TROUBLE:
                return f"{where}: {happening.text}. {happening.cure}".rstrip()
            case What.RECOVERED:
                return f"{where}: reached again, going on."
            case _:
                return None

    def place(self, spoke: Spoke) -> str:
        """A collection's name, as in `Household (Ada)`."""
        return f"{spoke.collection} ({self._household.partners[spoke.partner].name})"

    def step(self, step: Step, zone: dt.tzinfo) -> str:
        """What one operation would do."""
        name = type(step.operation).__name__.lower()
        verb = {"create": "put up", "update": "change", "delete": "take down"}[name]
        item = getattr(step.operation, "item", None)
        title = item.title if item is not None else self._title(step.identity.task)
        when = f", {spell(item.when, zone)}" if item is not None and item.when is not None else ""
        fields = ", ".join(sorted(getattr(step.operation, "fields", ())))
        change = f" ({fields})" if fields else f" ({step.why})" if name == "delete" else ""
        return f"{verb} “{title}”{when}{change}"

    def kind(self, spoke: Spoke) -> str:
        """What a collection is called by what it holds."""
        return "calendar" if spoke.kind is Kind.EVENT else "to-do list"

    def _fact(self, happening: Happening) -> str | None:
        entry = happening.entry
        if entry is None or entry.task is None or entry.kind not in _FACTS:
            return None
        bundle = self._rows().bundles.get(entry.bundle or "")
        said = _FACTS[entry.kind]
        if entry.kind is EntryKind.RESCHEDULED:
            zone = self._household.partners[happening.spoke.partner].zone
            said = said.format(to=spell(when_from_data(entry.data["when"], zone), zone))
        day = f"{dt.date.fromisoformat(entry.data['day']):%a %-d %b}"
        title = bundle.title if bundle else entry.bundle
        return f"{title}: “{self._title(entry.task)}” of {day} {said}."

    def _title(self, task: str) -> str:
        found = self._rows().tasks.get(task)
        return found.title if found else task


def spell(when: When | None, zone: dt.tzinfo) -> str:
    """A day or a moment, as a person says it."""
    if when is None:
        return "no date"
    if isinstance(when, Slot):
        local = when.start.astimezone(zone)
        return f"{local:%a %-d %b %H:%M}"
    return f"{when.date:%a %-d %b}"


def age(then: dt.datetime | None, now: dt.datetime) -> str:
    """How long ago, in one unit."""
    if then is None:
        return "never"
    seconds = max(int((now - then).total_seconds()), 0)
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            return f"{_count(seconds // size, unit)} ago"
    return "just now" if seconds < 5 else f"{seconds} seconds ago"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
