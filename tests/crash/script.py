"""The canonical run: five acts with about thirty outward operations, the same every time.

In each act people and commands first do something, then a pass is run: that pass is what is cut.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.crash.apps import Edit
from tests.crash.stage import Stage


@dataclass(frozen=True, slots=True)
class Act:
    """What happens before a pass, and what happens while it runs."""

    name: str
    play: Callable[[Stage], None]


def first_push(stage: Stage) -> None:
    """Twelve items are put up, and the collections made for them."""


def ticks_and_edits(stage: Stage) -> None:
    """A to-do and two events are ticked, and words and a day changed."""
    stage.people.put_foreign()
    stage.people.tick("List", "bins.bags", "2026-11-25")
    stage.people.tick("Diary", "bins.out", "2026-11-24")
    stage.people.tick("Planner", "food.shop", "2026-11-28")
    stage.people.edit("List", "bins.wash", "n000001", Edit(notes="Under the sink", day="2026-11-27"))
    if stage.in_list("Diary"):  # where the next one does not stand yet
        stage.people.edit("Diary", "bins.garden", "2026-11-28", Edit(title="Leaves and the old chair"))
    else:
        stage.people.edit("Diary", "bins.out", "2026-12-01", Edit(title="Bins and the old chair"))


def another_outcome(stage: Stage) -> None:
    """Every item of a bundle gets new notes while its owner edits two of them."""
    stage.reword("food", "Something warm to eat")

    def edits() -> None:
        stage.people.edit("Planner", "food.shop", "2026-12-05", Edit(notes="And cheese"))
        stage.people.tick("Planner", "food.meals", "2026-11-29")

    stage.people.before_push("Planner", edits)


def a_deletion(stage: Stage) -> None:
    """Two items are deleted; what follows one of them is ticked before its writing is acknowledged."""
    stage.people.delete("List", "bins.bags", "2026-12-02")
    in_list = stage.in_list("Planner")  # where only the next one stands
    stage.people.delete("Planner", "food.shop", "2026-12-05" if in_list else "2026-12-12")
    stage.people.tick_before_ack("List", "bins.bags", "2026-12-09")


def a_handover(stage: Stage) -> None:
    """A bundle moves whole, and its giver ticks one of its items at that moment."""
    stage.give("bins", "ben")
    stage.people.before_push("List", lambda: stage.people.tick("List", "bins.wash", "n000001"))


ACTS = (
    Act("first push", first_push),
    Act("ticks and edits", ticks_and_edits),
    Act("another outcome", another_outcome),
    Act("a deletion", a_deletion),
    Act("a handover", a_handover),
)
"""In order; none takes longer than the first."""
