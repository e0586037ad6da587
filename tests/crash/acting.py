"""The people of the canonical run: what they do in their apps, and when in a pass they do it.

What they did is remembered, for the oracle to hold against what came of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from syncer.core.capabilities import Capability
from tests.crash.apps import KEPT, Apps, Edit, foreign_in
from tests.crash.household import uid

NAMES = ("Diary", "List", "Planner")
"""The collections, by their names without the run's suffix."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick that somebody made: it must be counted once."""

    task: str
    occurrence: str
    partner: str


@dataclass
class People:
    """Ada and Ben. `kept` is what they wrote, `waiting` what they will do at some moment of a pass."""

    apps: Apps
    ticks: list[Tick] = field(default_factory=list)
    kept: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, Callable[[], None]] = field(default_factory=dict)

    def tick(self, name: str, task: str, occurrence: str) -> None:
        """Tick an item in an app."""
        partner = "ben" if name == "Planner" else "ada"
        self.ticks.append(Tick(task, occurrence, partner))
        self.edit(name, task, occurrence, Edit(tick=True))

    def edit(self, name: str, task: str, occurrence: str, change: Edit) -> None:
        """Edit an item; what is written must survive for as long as it stands there."""
        self.apps.edit(name, uid(task, occurrence), change)
        words = {"SUMMARY": change.title, "DESCRIPTION": change.notes}
        said = {key: value for key, value in words.items() if value is not None}
        said["X-KEPT"] = KEPT
        if change.day is not None:
            said["DUE"] = change.day.replace("-", "")
        self.kept.setdefault((name, uid(task, occurrence)), {}).update(said)

    def delete(self, name: str, task: str, occurrence: str) -> None:
        """Delete an item in an app."""
        self.apps.delete(name, uid(task, occurrence))
        self.kept.pop((name, uid(task, occurrence)), None)

    def before_push(self, name: str, act: Callable[[], None]) -> None:
        """Have a person act right before the next push to a collection, once.

        A provider without conditional writes can't hold that against the push: there it is right before the
        last look that precedes it.
        """
        blind = Capability.CONDITIONAL_WRITES in self.apps.spoke(name).lacks
        self.waiting[f"{'looking at' if blind else 'before'} {name}"] = act

    def tick_before_ack(self, name: str, task: str, occurrence: str) -> None:
        """Have what the next push puts up ticked before the ledger hears that it stands there."""

        def tick() -> None:
            if any(thing.uid == uid(task, occurrence) for thing in self.apps.things(name)):
                self.tick(name, task, occurrence)
            else:
                self.waiting[f"after {name}"] = tick

        self.waiting[f"after {name}"] = tick

    def put_foreign(self) -> None:
        """An item of somebody else's in every collection."""
        for name in NAMES:
            self.apps.put_foreign(name)
            self.foreign[name] = foreign_in(self.apps.things(name))

    def act(self, moment: str) -> None:
        """It is that moment: whoever waits for it acts."""
        act = self.waiting.pop(moment, None)
        if act is not None:
            act()

    def find_it_gone(self) -> None:
        """The process is dead; what it put up last stands there to be ticked."""
        for moment in [moment for moment in self.waiting if moment.startswith("after")]:
            self.act(moment)
