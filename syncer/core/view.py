"""The view: as much of the ledger's current state as one pass needs to decide.

The ledger's read views fill it; nothing here queries. `with_entries` folds facts in that are not
committed yet, so that what follows from them can be decided in the same breath.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from syncer.core.entries import Entry
from syncer.core.fold import Memory, OccurrenceState, Progress
from syncer.core.identity import Identity
from syncer.core.model import Household
from syncer.core.recurrence import is_occurrence


@dataclass(frozen=True)
class View:
    """A household, and its rows by id: all bundles and tasks, and the occurrences that matter now.

    Of occurrences it holds those with an open state, those inside the window, those that a live
    projection stands for, and each task's last one that was resolved.
    """

    household: Household
    rows: Memory

    def with_entries(self, entries: Iterable[Entry]) -> View:
        """The view after these facts; this one stays as it is."""
        rows = self.rows
        copy = Memory(dict(rows.bundles), dict(rows.tasks), dict(rows.occurrences), dict(rows.tenures))
        return View(self.household, copy.apply(entries))

    def progress(self, task: str, key: str) -> Progress:
        """Where an occurrence stands; open where nothing happened to it."""
        state = self.rows.occurrence(task, key)
        return state.progress if state else Progress.OPEN

    def has(self, identity: Identity) -> bool:
        """Whether the ledger knows this occurrence, or its task has one of that key."""
        task = self.rows.tasks.get(identity.task)
        if task is None:
            return False
        if self.rows.occurrence(identity.task, identity.occurrence) is not None:
            return True
        last = self.last_resolved(task.id)
        key, on = (last.key, last.resolved_on) if last else (None, None)
        return is_occurrence(task, identity.occurrence, key, on)

    def last_resolved(self, task: str) -> OccurrenceState | None:
        """A task's youngest occurrence that was done, skipped or lapsed."""
        return next((s for s in reversed(self.states(task)) if s.progress is not Progress.OPEN), None)

    @cached_property
    def _by_task(self) -> dict[str, list[OccurrenceState]]:
        found: dict[str, list[OccurrenceState]] = {}
        for state in sorted(self.rows.occurrences.values(), key=lambda s: s.key):
            found.setdefault(state.task, []).append(state)
        return found

    def states(self, task: str) -> list[OccurrenceState]:
        """A task's known occurrences, oldest first."""
        return self._by_task.get(task, [])
