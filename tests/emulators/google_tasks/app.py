"""The calls of the Tasks API, each under its method's id; knobs for what Google does of its own accord."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.google_api import ApiError, Function, GoogleApi, Made, invalid
from tests.emulators.google_tasks import listing, writing
from tests.emulators.google_tasks.person import Person
from tests.emulators.google_tasks.store import (
    MOST_LISTS,
    MOST_TASKS,
    Account,
    Task,
    TaskList,
    etag,
    list_shown,
    new_id,
)

SCOPE = "https://www.googleapis.com/auth/tasks"


@dataclass
class GoogleTasks(GoogleApi):
    """The API on a stage.

    `conditional` says that If-Match counts: the documentation is silent, Thunderbird's provider relies on it.
    `undeletes` says that a deleted task comes back by `deleted: false`. `etags_by_position` makes a task's
    ETag another one when its neighbours move it, though its `updated` stays.
    """

    api = ("tasks", "v1")
    conditional: bool = True
    undeletes: bool = True
    etags_by_position: bool = False
    accounts: dict[str, Account] = field(default_factory=dict)
    _stale: dict[str, Account] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.prefixes = ("/tasks/v1/", self.document.batch)

    def supply(self) -> Mapping[str, Function]:
        """See the base."""
        return {
            "tasks.tasklists.list": self._lists,
            "tasks.tasklists.get": lambda made: self._show_list(self._list(made)),
            "tasks.tasklists.insert": self._insert_list,
            "tasks.tasklists.patch": self._change_list,
            "tasks.tasklists.update": self._change_list,
            "tasks.tasklists.delete": self._delete_list,
            "tasks.tasks.list": self._tasks,
            "tasks.tasks.get": lambda made: self._show(*self._task(made)),
            "tasks.tasks.insert": self._insert,
            "tasks.tasks.patch": self._patch,
            "tasks.tasks.update": self._patch,
            "tasks.tasks.delete": self._delete,
            "tasks.tasks.move": self._move,
            "tasks.tasks.clear": self._clear,
        }

    # --- what tests and the person ask ---

    def person(self, mail: str) -> Person:
        """A person with an account; a new one has an empty default list."""
        with self.stage.lock:
            return Person(self, self.account(mail))

    def account(self, mail: str) -> Account:
        """The account of a mail address."""
        if mail not in self.accounts:
            first = TaskList(new_id(), "My Tasks", self.stage.clock.tick())
            self.accounts[mail] = Account(mail, {first.id: first})
        return self.accounts[mail]

    def fall_behind(self) -> None:
        """From now on listings show what stood there at this moment, as from a replica that is late."""
        with self.stage.lock:
            self._stale = copy.deepcopy(self.accounts)

    def catch_up(self) -> None:
        """Listings show again what stands there."""
        with self.stage.lock:
            self._stale = {}

    def touch(self, held: TaskList, task: Task) -> None:
        """A task has changed."""
        task.updated, task.version = self.stage.clock.tick(), task.version + 1
        held.updated = task.updated

    def move_task(
        self,
        account: Account,
        held: TaskList,
        task: Task,
        to: TaskList,
        parent: Task | None,
        after: Task | None,
    ) -> None:
        """Let a task stand elsewhere, with its subtasks. Its id stays, also in another list."""
        if to is not held:
            for one in [task, *held.below(task)]:
                held.tasks.remove(one)
                to.tasks.append(one)
                self.touch(to, one)
        task.parent = parent.id if parent is not None else None
        to.put(task, after)
        self.touch(to, task)

    # --- lists ---

    def _lists(self, made: Made) -> dict[str, Any]:
        held = list(self.account(made.access.account).lists.values())
        shown, more = listing.page(held, made, 1000, 1000)
        items = [self._show_list(one) for one in shown]
        return {"kind": "tasks#taskLists", "etag": etag(items), "items": items, **more}

    def _insert_list(self, made: Made) -> dict[str, Any]:
        account = self.account(made.access.account)
        if len(account.lists) >= MOST_LISTS:
            raise ApiError(403, "quotaExceeded", "Quota exceeded", domain="usageLimits")
        held = TaskList(new_id(), _title(made), self.stage.clock.tick())
        account.lists[held.id] = held
        return self._show_list(held)

    def _change_list(self, made: Made) -> dict[str, Any]:
        held = self._list(made)
        if "title" in made.body or made.of.http == "PUT":
            held.title, held.updated = _title(made), self.stage.clock.tick()
        return self._show_list(held)

    def _delete_list(self, made: Made) -> None:
        account, held = self.account(made.access.account), self._list(made)
        if account.is_default(held):
            raise invalid("Invalid value", "tasklist")
        del account.lists[held.id]

    def _show_list(self, held: TaskList) -> dict[str, Any]:
        return list_shown(held, self.document.root)

    # --- tasks ---

    def _tasks(self, made: Made) -> dict[str, Any]:
        held = self._list(made)
        behind = self._stale.get(made.access.account)
        if behind is not None:
            held = behind.find(held.id) or TaskList(held.id, held.title, held.updated)
        found, more = listing.page(listing.wanted(held, made), made, 20, 100)
        items = [self._show(held, task) for task in found]
        return {"kind": "tasks#tasks", "etag": etag(items), "items": items, **more}

    def _insert(self, made: Made) -> dict[str, Any]:
        held = self._list(made)
        if sum(1 for task in held.tasks if not (task.hidden or task.deleted)) >= MOST_TASKS:
            raise ApiError(403, "quotaExceeded", "Quota exceeded", domain="usageLimits")
        parent, previous = self._places(made, held)
        task = Task(new_id(), self.stage.clock.tick(), parent=parent.id if parent is not None else None)
        writing.take(task, made.body, task.updated, undeletes=False)
        held.put(task, previous)
        held.updated = task.updated
        return self._show(held, task)

    def _patch(self, made: Made) -> dict[str, Any]:
        held, task = self._task(made)
        self._check(made, held, task)
        body = writing.whole(made.body, task) if made.of.http == "PUT" else made.body
        writing.take(task, body, self.stage.clock.now(), undeletes=self.undeletes)
        self.touch(held, task)
        return self._show(held, task)

    def _delete(self, made: Made) -> None:
        """What is deleted stays as a tombstone (for some three months, says tasks-backup, issue 28).

        Its subtasks stay where they are; Google's app no longer shows them (gdata-provider, issue 409).
        """
        held, task = self._task(made)
        self._check(made, held, task)
        if not task.deleted:
            task.deleted = True
            self.touch(held, task)

    def _move(self, made: Made) -> dict[str, Any]:
        held, task = self._task(made)
        account = self.account(made.access.account)
        to = held
        if "destinationTasklist" in made.params:
            to = account.find(made.params["destinationTasklist"]) or _no_list()
            if task.repeats and to is not held:
                raise invalid("Recurrent tasks cannot be moved between lists")
        parent, previous = self._places(made, to)
        if (task.aside and (parent or previous)) or (parent and (task.repeats or parent.repeats)):
            raise invalid("Invalid value", "parent")
        if task.deleted or parent is task or (parent is not None and parent in held.below(task)):
            raise invalid("Invalid value", "task")
        self.move_task(account, held, task, to, parent, previous)
        return self._show(to, task)

    def _clear(self, made: Made) -> None:
        held = self._list(made)
        for task in held.tasks:
            if task.completed and not task.hidden and not task.deleted:
                task.hidden = True
                self.touch(held, task)

    # --- what a call is about ---

    def _list(self, made: Made) -> TaskList:
        return self.account(made.access.account).find(made.params["tasklist"]) or _no_list()

    def _task(self, made: Made) -> tuple[TaskList, Task]:
        held = self._list(made)
        task = held.find(made.params["task"])
        if task is None:
            raise ApiError(404, "notFound", "Task not found.")
        return held, task

    def _places(self, made: Made, held: TaskList) -> tuple[Task | None, Task | None]:
        """The parent and the task before; both must stand there and be seen."""
        found: list[Task | None] = []
        for name in ("parent", "previous"):
            ident = made.params.get(name)
            task = held.find(ident) if ident else None
            if ident and (task is None or task.deleted or task.hidden):
                raise invalid("Invalid value", name)
            found.append(task)
        parent, previous = found
        if previous is not None and previous.parent != (parent.id if parent is not None else None):
            raise invalid("Invalid value", "previous")
        return parent, previous

    def _check(self, made: Made, held: TaskList, task: Task) -> None:
        """The condition of a write (RFC 9110 section 13.1.1)."""
        said = made.headers.get("if-match")
        if said is None or said.strip() == "*" or not self.conditional:
            return
        if self._show(held, task)["etag"] not in (one.strip() for one in said.split(",")):
            where = ("header", "If-Match")
            raise ApiError(412, "conditionNotMet", "Precondition Failed", location=where)

    def _show(self, held: TaskList, task: Task) -> dict[str, Any]:
        return writing.shown(held, task, self.document.root, by_position=self.etags_by_position)


def _title(made: Made) -> str:
    return writing.text(made.body.get("title") or "", "title", writing.LONGEST_TITLE)


def _no_list() -> TaskList:
    raise ApiError(404, "notFound", "Task list not found.")
