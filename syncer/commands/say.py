"""Words for what happens: calm, short, about bundles and not about people.

On a terminal a line may name a task by its title, because the household reads it. In a log only ids and
field names stand (see `log`).
"""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Callable, Sequence

from syncer.commands.words import count, spell
from syncer.core.entries import Entry, EntryKind
from syncer.core.fold import Memory
from syncer.core.model import Household, Kind
from syncer.core.recurrence import day_in_key
from syncer.core.shapes import when_from_data
from syncer.core.spoke import Spoke
from syncer.core.standing import Step
from syncer.engine.happenings import Happening, What

_FACTS = {
    EntryKind.DONE: "is done",
    EntryKind.REOPENED: "is open again",
    EntryKind.RESCHEDULED: "is moved to {to}",
    EntryKind.NOTED: "has notes now; they stay in the app",
    EntryKind.RETITLED: "has another title now, and keeps it",
    EntryKind.SKIPPED: "is skipped this time",
    EntryKind.LAPSED: "gave way to the next one",
    EntryKind.OVERRULED: "was changed here and there at once; the change in the app stays",
    EntryKind.PROPOSED: "was edited where it is no longer kept; the wish waits for the next check-in",
}
"""What is said of an occurrence; `{to}` is where it was moved."""


class Words:
    """Puts happenings into lines. `rows` is asked anew each time, so that names are those of now."""

    def __init__(
        self, household: Household, rows: Callable[[], Memory], spokes: Sequence[Spoke] = ()
    ) -> None:
        self._household, self._rows, self._spokes = household, rows, tuple(spokes)

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
            case What.MENDED:
                return f"{where}: {count(happening.count, 'item')} set aside before can be read again."
            case What.HELD:
                return f"{where}: {happening.text}, so that waits for a word.\n{answers(happening.spoke)}"
            case What.DISSOLVED:
                return f"{where}: what was waiting has settled."
            case What.PARKED:
                return f"{where}: {count(happening.count, 'item')} kept changing; the next pass tries again."
            case What.REFUSED:
                return f"{where}: one item was not taken ({happening.text}). {happening.cure}"
            case What.TROUBLE:
                return f"{where}: {happening.text}. {happening.cure}".rstrip()
            case What.RESTORED:
                return f"{where}: the ledger came from a backup; what is missing here is put back."
            case What.RECOVERED:
                return f"{where}: reached again, going on."
            case _:
                return None

    def place(self, spoke: Spoke) -> str:
        """A collection's name, as in `Household (Ada)`; with its account where two are called the same."""
        partner = self._household.partners[spoke.partner].name
        same = [s for s in self._spokes if (s.partner, s.collection) == (spoke.partner, spoke.collection)]
        return f"{spoke.collection} ({partner}{f', {spoke.account}' if len(same) > 1 else ''})"

    def step(self, step: Step, zone: dt.tzinfo) -> str:
        """What one operation would do."""
        name = type(step.operation).__name__.lower()
        verb = {"create": "put up", "update": "change", "delete": "take down"}[name]
        item = getattr(step.operation, "item", None)
        title = item.title if item is not None else self._title(step.identity.task)
        when = f", {spell(item.when, zone)}" if item is not None and item.when is not None else ""
        fields = ", ".join(sorted(getattr(step.operation, "fields", ())))
        change = f" ({fields})" if fields else f" ({step.why})" if name == "delete" else ""
        task = self._rows().tasks.get(step.identity.task)
        bundle = self._rows().bundles.get(task.bundle) if task else None
        return f"{verb} “{title}”{when}{change}{f' · {bundle.title}' if bundle else ''}"

    def occurrence(self, task: str, key: str) -> str:
        """An occurrence by its task's title and its day."""
        day = day_in_key(key)
        return f"“{self._title(task)}”{f' of {day:%a %-d %b}' if day else ''}"

    def command(self, entry: Entry) -> str | None:
        """What a command did to a bundle; None for what changes nothing that stands in an app."""
        bundle = self._rows().bundles.get(entry.bundle or "")
        title = bundle.title if bundle else entry.bundle
        match entry.kind:
            case EntryKind.OWNED:
                partner = self._household.partners.get(entry.data["owner"])
                return f"{title} is {partner.name if partner else entry.data['owner']}'s from now on."
            case EntryKind.STATE:
                return f"{title} is {entry.data['state']} from now on."
            case EntryKind.BUNDLE:
                return f"{title}: written down."
            case EntryKind.TASK:
                gone = " goes" if entry.data["removed"] else ": written down"
                return f"{title}: “{entry.data['title']}”{gone}."
            case _:
                return None

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


def answers(spoke: Spoke, *, shown: bool = False) -> str:
    """How a held plan is answered, as commands that can be typed; where it is `shown` already, no more."""
    name = shlex.quote(spoke.name)
    see = "" if shown else "  To see them:        evenhold plan\n"
    return (
        f"{see}"
        f"  If it was meant:    tick “… waiting” in the app, or: evenhold release {name}\n"
        f"  To put them back:   evenhold release {name} --restore"
    )
