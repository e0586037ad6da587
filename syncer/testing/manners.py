"""How a provider behaves: what it can hold, how it lists, and what it makes of what it is given.

Each kind of provider that Evenhold meets is one value, so that the same tests run against all of them.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from syncer.core.capabilities import Capability
from syncer.core.model import Day, Item, Kind, Slot, Status

EVERYTHING = frozenset(Capability)
SHORT = 18
"""Characters of notes that a miserly server keeps."""


def as_given(item: Item) -> Item:
    """A server that rewrites nothing."""
    return item


def tidied(item: Item) -> Item:
    """A server that writes the same in its own way: none of this is a change."""
    when = item.when
    if isinstance(when, Slot):
        when = replace(when, start=when.start.astimezone(dt.UTC))
    title = unicodedata.normalize("NFD", item.title)
    percent = 0 if item.kind is Kind.TODO and item.status is Status.OPEN else item.percent
    return replace(item, title=title, notes=f"{item.notes.rstrip()}\r\n", when=when, percent=percent)


def curtailed(item: Item) -> Item:
    """A server that silently keeps only the beginning of a text."""
    return replace(item, notes=item.notes[:SHORT])


def dated(item: Item) -> Item:
    """A server that knows days only, and no reminders."""
    when = item.when
    return replace(item, when=Day(when.start.date()) if isinstance(when, Slot) else when, alarms=())


@dataclass(frozen=True, slots=True)
class Manner:
    """One kind of provider.

    `cursors` says that it lists changes with tombstones, `hides_done` that a full listing names open items,
    `knows_commands` that an operation whose token ran before is not run again, `restless` that a revision is
    another with every answer. `rewrite` is what it makes of an item that it is given.
    """

    name: str
    capabilities: frozenset[Capability] = EVERYTHING
    cursors: bool = True
    hides_done: bool = False
    knows_commands: bool = False
    restless: bool = False
    rewrite: Callable[[Item], Item] = as_given

    def can(self, capability: Capability) -> bool:
        """Whether it can."""
        return capability in self.capabilities


CALDAV = Manner("caldav")
TIDY = Manner("caldav that rewrites", rewrite=tidied)
MISERLY = Manner("caldav that keeps half", rewrite=curtailed)
RESTLESS = Manner("caldav with unstable revisions", cursors=False, restless=True)
GOOGLE_CALENDAR = Manner(
    "google calendar",
    EVERYTHING - {Capability.TODOS, Capability.TIME_OF_DAY_TODOS, Capability.REUSED_IDS},
)
GOOGLE_TASKS = Manner(
    "google tasks",
    frozenset({Capability.TODOS, Capability.NOTES, Capability.CONDITIONAL_WRITES}),
    cursors=False,
    rewrite=dated,
)
TODOIST = Manner(
    "todoist",
    frozenset({Capability.TODOS, Capability.TIME_OF_DAY_TODOS, Capability.NOTES}),
    hides_done=True,
    knows_commands=True,
)
