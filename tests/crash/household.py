"""The household of the canonical run: Ada with a calendar and a list, Ben with a calendar alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from syncer.core.fold import Memory
from syncer.core.identity import Identity
from syncer.core.model import Effort, Kind, Rule, Stage, Task
from syncer.core.ownership import define
from syncer.core.spoke import Spoke
from syncer.ledger import record
from syncer.ledger.store import Ledger
from tests.home import BAGS, BINS, FOOD, HOUSE, MONDAY, OUT, SHOP, WASH

MEALS = Task(
    "food.meals",
    "food",
    "Plan the meals",
    Stage.PLAN,
    Effort(plan=20),
    Rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"),
    MONDAY.date(),
    dt.time(18),
    30,
)
TASKS = {"bins": (OUT, BAGS, WASH), "food": (SHOP, MEALS)}


def _more(bundle: str, name: str, title: str, day: str, at: dt.time | None = None) -> Task:
    return Task(
        f"{bundle}.{name}",
        bundle,
        title,
        Stage.DO,
        Effort(do=10),
        Rule(f"FREQ=WEEKLY;BYDAY={day}"),
        MONDAY.date(),
        at,
    )


MORE = {
    "bins": (
        _more("bins", "paper", "Fold the boxes", "TH"),
        _more("bins", "glass", "Take the glass away", "FR"),
        _more("bins", "garden", "Rake the leaves", "SA", dt.time(10)),
    ),
    "food": (
        _more("food", "bread", "Bake bread", "FR"),
        _more("food", "fridge", "Empty the fridge", "SU"),
    ),
}
"""Further tasks of a household that has nothing but lists, where of each task one item stands at a time."""


@dataclass(frozen=True, slots=True)
class Names:
    """The collections' names in one run; `suffix` keeps the runs on one server apart."""

    suffix: str = ""

    def spokes(self) -> tuple[Spoke, ...]:
        """Each partner's collections, in the order in which a pass works on them."""
        return (
            Spoke("ada", self("Diary"), "ada", Kind.EVENT, timed=True, due=False),
            Spoke("ada", self("List"), "ada", Kind.TODO, timed=False, due=True),
            Spoke("ben", self("Planner"), "ben", Kind.EVENT, timed=True, due=True),
        )

    def __call__(self, name: str) -> str:
        """A collection's name in this run."""
        return f"{name}{self.suffix}"


def uid(task: str, occurrence: str) -> str:
    """The UID of an occurrence in its first generation."""
    return Identity(task, occurrence).uid(HOUSE.id)


def move_in(ledger: Ledger, tasks: Mapping[str, Sequence[Task]]) -> None:
    """Define both bundles, with their tasks by bundle."""
    with ledger.write() as connection:
        for bundle in (BINS, FOOD):
            record.append(connection, HOUSE.id, define(bundle, tasks[bundle.id], Memory(), MONDAY, "test"))
