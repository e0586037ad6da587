"""What is remembered of one list between calls. Losing it, as a restart does, costs requests and no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from connectors.google_tasks.revisions import uid_in

Task = Mapping[str, Any]
MOST = 5000
"""Tasks of one list that are kept; any others are read again."""


@dataclass(slots=True)
class Shelf:
    """`uids` are those of our tasks by id, and `tasks` the tasks themselves as they were seen last; `fresh`
    says that the list was read a moment ago, so that they stand there like that. Of strangers' tasks nothing
    is kept but, in `parents`, below which task a subtask stands.

    `whole` says that every task was seen since the start. `made` are the ids of what was created since the
    list was last read, by UID, and `doubted` the UIDs of creates that may have gone through unheard; `since`
    is a moment of Google's clock before the first of them (None: not known).
    """

    uids: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    whole: bool = False
    made: dict[str, str] = field(default_factory=dict)
    doubted: set[str] = field(default_factory=set)
    since: dt.datetime | None = None
    tasks: dict[str, Task] = field(default_factory=dict, repr=False)
    fresh: bool = False

    def know(self, known: Mapping[str, str | None]) -> None:
        """Take over what the ledger holds."""
        for ref, revision in known.items():
            if (uid := uid_in(revision)) is not None:
                self.uids[ref] = uid

    def keep(self, task: Task, uid: str) -> None:
        """A task of ours was seen, or we wrote it."""
        ref = task["id"]
        self.uids[ref] = uid
        if len(self.tasks) < MOST or ref in self.tasks:
            self.tasks[ref] = task

    def ref_of(self, uid: str) -> str | None:
        """Where an item is believed to stand."""
        return next((ref for ref, one in self.uids.items() if one == uid), None)

    def note(self, tasks: Iterable[Task], *, whole: bool) -> None:
        """Take note of which task stands below which; what is folded away as completed stands nowhere."""
        if whole:
            self.parents.clear()
            self.whole = True
        for task in tasks:
            aside = task.get("deleted") or (task.get("hidden") and task.get("status") == "completed")
            parent = task.get("parent")
            if isinstance(parent, str) and not aside:
                self.parents[task["id"]] = parent
            else:
                self.parents.pop(task["id"], None)

    def listed(self) -> None:
        """The list was read: whoever read it saw what was created twice."""
        self.made.clear()
        if not self.doubted:
            self.since = None

    def creating(self, now: dt.datetime | None) -> None:
        """Something is about to be created, at a moment of Google's clock or later."""
        if not self.made and not self.doubted:
            self.since = now

    def below(self, refs: Set[str]) -> dict[str, str]:
        """The subtasks of tasks that are about to go, and do not go themselves, with their parents."""
        return {ref: parent for ref, parent in self.parents.items() if parent in refs and ref not in refs}

    def gone(self, refs: Collection[str]) -> None:
        """What no longer stands there."""
        for ref in refs:
            self.uids.pop(ref, None)
            self.tasks.pop(ref, None)
            self.parents.pop(ref, None)
