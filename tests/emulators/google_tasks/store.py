"""What accounts hold: lists of tasks in a person's order, with revisions, tombstones and positions.

No call and no field of the API is judged here; see `writing` and `listing`.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MOST_LISTS = 2000
MOST_TASKS = 20_000
"""Not hidden, in one list (the documentation of `insert`)."""

_FIRST_TIME = 10**19 - 1
"""Completed and hidden tasks stand after all others, the latest first: their position counts down from here
by milliseconds (seen by taskfolio, issue 125)."""


def new_id() -> str:
    """An id as Google's are: 22 characters of base64url. None is given out twice."""
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")


def stamp(moment: dt.datetime) -> str:
    """A moment as the API writes it, in UTC to the millisecond."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Task:
    """One task. `due` is a day, whatever was sent; `repeats` is how often the app repeats it, in days, which
    the API does not show.
    """

    id: str
    updated: dt.datetime
    title: str = ""
    notes: str = ""
    due: str | None = None
    completed: dt.datetime | None = None
    hidden: bool = False
    deleted: bool = False
    parent: str | None = None
    links: list[dict[str, str]] = field(default_factory=list)
    version: int = 1
    repeats: int = 0

    @property
    def aside(self) -> bool:
        """Whether it stands among the completed ones in Google's app."""
        return self.completed is not None and self.hidden


@dataclass
class TaskList:
    """One list. `tasks` are in the order in which they stand, subtasks among their siblings."""

    id: str
    title: str
    updated: dt.datetime
    tasks: list[Task] = field(default_factory=list)

    def find(self, ident: str | None) -> Task | None:
        """A task, deleted ones too."""
        return next((task for task in self.tasks if task.id == ident), None)

    def siblings(self, parent: str | None) -> list[Task]:
        """The tasks that stand beside each other, in order."""
        return [task for task in self.tasks if task.parent == parent and not (task.deleted or task.aside)]

    def below(self, task: Task) -> Iterator[Task]:
        """A task's subtasks, and theirs; deleted ones too."""
        for one in self.tasks:
            if one.parent == task.id:
                yield one
                yield from self.below(one)

    def put(self, task: Task, previous: Task | None) -> None:
        """Let a task stand after another, or first."""
        if task in self.tasks:
            self.tasks.remove(task)
        self.tasks.insert(self.tasks.index(previous) + 1 if previous is not None else 0, task)

    def position(self, task: Task) -> str:
        """Where it stands among its siblings: 20 digits, as Google's are."""
        if task.aside and task.completed is not None:
            return f"{_FIRST_TIME - int(task.completed.timestamp() * 1000):020}"
        beside = self.siblings(task.parent)
        return f"{beside.index(task) if task in beside else 0:020}"


@dataclass
class Account:
    """One person's lists, by id, the default list first."""

    mail: str
    lists: dict[str, TaskList] = field(default_factory=dict)

    def find(self, ident: str) -> TaskList | None:
        """A list; `@default` is the first."""
        if ident == "@default":
            return next(iter(self.lists.values()))
        return self.lists.get(ident)

    def is_default(self, held: TaskList) -> bool:
        """Whether it is the list that every account has."""
        return held is next(iter(self.lists.values()))


def etag(*parts: object) -> str:
    """An ETag: another one for other parts."""
    digest = hashlib.sha256(repr(parts).encode()).digest()[:9]
    return f'"{base64.urlsafe_b64encode(digest).decode()}"'


def list_shown(held: TaskList, root: str) -> dict[str, Any]:
    """A list as the API shows it."""
    return {
        "kind": "tasks#taskList",
        "id": held.id,
        "etag": etag(held.id, held.title, held.updated),
        "title": held.title,
        "updated": stamp(held.updated),
        "selfLink": f"{root}tasks/v1/users/@me/lists/{held.id}",
    }
