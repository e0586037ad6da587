"""A household's years: so many facts about daily tasks, told occurrence by occurrence.

Lives here: what happened on each day, always the same for the same figures. How it is written down in bulk
stands in `bulk`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from syncer.core.entries import Entry, EntryKind
from syncer.core.model import Bundle, Category, Day, Effort, Rule, Stage, Task
from syncer.core.shapes import when_to_data

BUNDLES, TASKS = 40, 6
"""Bundles of the household, and tasks that each has unless told otherwise, all of them daily."""
HANDOVER = 30
"""Days between two handovers."""
DAY = dt.timedelta(days=1)
FOUR_WEEKS = 27.9 * DAY
"""Just less than the audit's window, so that what is recorded in it stays there while the audit runs."""

Story = tuple[EntryKind, ...]
"""What happens to one occurrence, in order."""
DONE: Story = (EntryKind.DONE,)
USUAL: Sequence[Story] = (
    *[DONE] * 36,
    *[(EntryKind.LAPSED,)] * 5,
    *[(EntryKind.SKIPPED,)] * 4,
    *[(EntryKind.RESCHEDULED, EntryKind.DONE)] * 2,
    (EntryKind.NOTED, EntryKind.DONE),
    (EntryKind.DONE, EntryKind.REOPENED, EntryKind.DONE),
    (EntryKind.LAPSED, EntryKind.DONE),
)
"""The stories of fifty occurrences; which one an occurrence has depends on its task and day."""
OTHER = {"ada": "ben", "ben": "ada"}


@dataclass(frozen=True)
class Years:
    """So many facts about occurrences; the last day of them ends at `end` (UTC).

    `tasks` is how many each bundle has.
    `recorded_in` is the time in which all of it is recorded: with four weeks, every completion of however
    many years falls into the window of one audit. None: what is of a day is recorded on that day.
    """

    facts: int
    end: dt.datetime
    stories: Sequence[Story] = USUAL
    tasks: int = TASKS
    recorded_in: dt.timedelta | None = None

    @cached_property
    def days(self) -> int:
        """How many days it takes."""
        a_day = BUNDLES * self.tasks * sum(map(len, self.stories)) / len(self.stories)
        return math.ceil(self.facts / a_day)

    @cached_property
    def first(self) -> dt.date:
        """The first day."""
        return self.end.date() - self.days * DAY

    @cached_property
    def bundles(self) -> Sequence[tuple[Bundle, Sequence[Task]]]:
        """The household's bundles and their tasks; at first half of the bundles are each partner's."""
        return [(bundle, self._tasks(bundle, number)) for number, bundle in enumerate(_bundles())]

    def moment(self, day: int) -> dt.datetime:
        """When the day of that number is recorded."""
        return self.end - (self.days - day) * (self.recorded_in / self.days if self.recorded_in else DAY)

    def given(self, day: int) -> str | None:
        """The bundle that is handed over on a day, if one is."""
        return f"bundle-{day // HANDOVER % BUNDLES:02}" if day % HANDOVER == HANDOVER - 1 else None

    def story(self, number: int, day: int) -> Story:
        """What happens on a day to the occurrence of the task of that number."""
        return self.stories[(number * 7 + day * 13) % len(self.stories)]

    def told(self, story: Story, task: Task, owner: str, day: int) -> Iterator[Entry]:
        """A story's entries. On every seventh day it is the one who does not own the task that acts."""
        nominal, at = (self.first + day * DAY).isoformat(), self.moment(day)
        actor = owner if day % 7 else OTHER[owner]
        for turn, kind in enumerate(story):
            data: dict[str, object] = {"day": nominal, "on": at.date().isoformat()}
            if kind is EntryKind.RESCHEDULED:
                data["when"] = when_to_data(Day(self.first + (day + 1) * DAY))
            yield Entry(
                kind,
                at + turn * dt.timedelta(minutes=1),
                f"{kind}/{task.id}/{nominal}/{turn}",
                None if kind is EntryKind.LAPSED else actor,
                f"{actor}/{actor}-bench",
                "status",
                task.bundle,
                task.id,
                nominal,
                data,
            )

    def _tasks(self, bundle: Bundle, number: int) -> Sequence[Task]:
        return [
            Task(
                f"{bundle.id}.task-{n}",
                bundle.id,
                f"Task {n} of {bundle.title.lower()}",
                list(Stage)[n % 4],
                Effort(n, number % 7, 5 + n, n % 2),
                Rule("FREQ=DAILY"),
                self.first,
            )
            for n in range(self.tasks)
        ]


def _bundles() -> Iterator[Bundle]:
    categories = list(Category)
    for number in range(BUNDLES):
        category, owner = categories[number % len(categories)], ("ada", "ben")[number % 2]
        burden = 1 + number % 5, number % 3, number // 3 % 3
        yield Bundle(f"bundle-{number:02}", f"Bundle {number}", category, "It is done", owner, *burden)
