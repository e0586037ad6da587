"""A person with Google's own app: what they see there and what they do. Ids are the API's."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.emulators.google_tasks.store import Account, Task, TaskList, new_id, stamp

if TYPE_CHECKING:
    from tests.emulators.google_tasks.app import GoogleTasks


class Person:
    """One person's app. Nothing that they do meets a request half-way: each waits for the other."""

    def __init__(self, tasks: GoogleTasks, account: Account) -> None:
        self._tasks, self.account = tasks, account

    @property
    def mail(self) -> str:
        """The account's address."""
        return self.account.mail

    # --- what they see ---

    def lists(self) -> dict[str, str]:
        """Their lists, title by id."""
        with self._tasks.stage.lock:
            return {held.id: held.title for held in self.account.lists.values()}

    def list_called(self, title: str) -> str:
        """The id of their list of that title."""
        return next(ident for ident, name in self.lists().items() if name == title)

    def sees(self, held: str) -> dict[str, str]:
        """The open tasks in a list, title by id, in order. A deleted task takes its subtasks out of sight."""
        with self._of(held) as tasks:
            return {
                task.id: task.title for task in tasks.tasks if _in_sight(tasks, task) and not task.completed
            }

    def sees_completed(self, held: str) -> dict[str, str]:
        """What is folded away below them as completed."""
        with self._of(held) as tasks:
            return {task.id: task.title for task in tasks.tasks if _in_sight(tasks, task) and task.completed}

    def task(self, held: str, ident: str) -> Task:
        """One task with all that it holds."""
        with self._one(held, ident) as (_, task):
            return task

    def content(self, held: str) -> dict[str, str]:
        """All that stands in a list, by id, without revisions, times of change and places."""
        with self._of(held) as tasks:
            return {task.id: _content(task) for task in tasks.tasks if not task.deleted}

    # --- lists ---

    def add_list(self, title: str) -> str:
        """A new list; its id."""
        with self._tasks.stage.lock:
            made = TaskList(new_id(), title, self._tasks.stage.clock.tick())
            self.account.lists[made.id] = made
            return made.id

    def rename_list(self, held: str, title: str) -> None:
        """Another title for a list."""
        with self._of(held) as tasks:
            tasks.title, tasks.updated = title, self._tasks.stage.clock.tick()

    def delete_list(self, held: str) -> None:
        """A list goes, and all its tasks with it."""
        with self._tasks.stage.lock:
            del self.account.lists[held]

    # --- tasks ---

    def add(
        self, held: str, title: str, notes: str = "", due: dt.date | None = None, under: str | None = None
    ) -> str:
        """A task of their own, on top of the list or of the subtasks of another; its id."""
        with self._of(held) as tasks:
            made = Task(new_id(), self._tasks.stage.clock.tick(), title, notes, _day(due), parent=under)
            tasks.put(made, None)
            return made.id

    def tick(self, held: str, ident: str) -> None:
        """Done. In Google's app that hides it too. One that repeats is there again with its next day."""
        with self._one(held, ident) as (tasks, task):
            task.completed, task.hidden = self._tasks.stage.clock.now(), True
            self._tasks.touch(tasks, task)
            if task.repeats:
                self._repeat_on(tasks, task)

    def untick(self, held: str, ident: str) -> None:
        """Not done after all."""
        with self._one(held, ident) as (tasks, task):
            task.completed, task.hidden = None, False
            self._tasks.touch(tasks, task)

    def edit(self, held: str, ident: str, *, title: str | None = None, notes: str | None = None) -> None:
        """Other words."""
        with self._one(held, ident) as (tasks, task):
            task.title = task.title if title is None else title
            task.notes = task.notes if notes is None else notes
            self._tasks.touch(tasks, task)

    def drag(self, held: str, ident: str, due: dt.date | None) -> None:
        """To another day, or to none."""
        with self._one(held, ident) as (tasks, task):
            task.due = _day(due)
            self._tasks.touch(tasks, task)

    def nest(self, held: str, ident: str, under: str | None) -> None:
        """Make it a subtask of another, or a task of its own again."""
        with self._one(held, ident) as (tasks, task):
            self._tasks.move_task(self.account, tasks, task, tasks, tasks.find(under), None)

    def reorder(self, held: str, ident: str, after: str | None) -> None:
        """Drag it to another place among its siblings."""
        with self._one(held, ident) as (tasks, task):
            parent = tasks.find(task.parent)
            self._tasks.move_task(self.account, tasks, task, tasks, parent, tasks.find(after))

    def move(self, held: str, ident: str, to: str) -> None:
        """Into another list; where it stood, nothing is left of it."""
        with self._one(held, ident) as (tasks, task):
            self._tasks.move_task(self.account, tasks, task, self.account.lists[to], None, None)

    def delete(self, held: str, ident: str) -> None:
        """Gone; what stands below it goes out of sight."""
        with self._one(held, ident) as (tasks, task):
            task.deleted = True
            self._tasks.touch(tasks, task)

    def undo_delete(self, held: str, ident: str) -> None:
        """The app's "Undo", pressed in time."""
        with self._one(held, ident) as (tasks, task):
            task.deleted = False
            self._tasks.touch(tasks, task)

    def repeat(self, held: str, ident: str, days: int) -> None:
        """Let the app repeat it every so many days. The API tells nothing of it."""
        with self._one(held, ident) as (tasks, task):
            task.repeats = days
            self._tasks.touch(tasks, task)

    def link(self, held: str, ident: str, link: str) -> None:
        """An app of Google's ties something to the task, such as the mail that it came from."""
        with self._one(held, ident) as (tasks, task):
            task.links.append({"type": "email", "description": "A mail", "link": link})
            self._tasks.touch(tasks, task)

    # --- within ---

    def _repeat_on(self, tasks: TaskList, task: Task) -> None:
        """The next instance is another plain task with the same words, notes and all."""
        day = dt.date.fromisoformat(task.due) if task.due else self._tasks.stage.clock.now().date()
        due = _day(day + dt.timedelta(days=task.repeats))
        now = self._tasks.stage.clock.tick()
        following = Task(new_id(), now, task.title, task.notes, due, repeats=task.repeats)
        task.repeats = 0
        tasks.put(following, None)

    @contextmanager
    def _of(self, held: str) -> Iterator[TaskList]:
        with self._tasks.stage.lock:
            yield self.account.lists[held]

    @contextmanager
    def _one(self, held: str, ident: str) -> Iterator[tuple[TaskList, Task]]:
        with self._of(held) as tasks:
            task = tasks.find(ident)
            assert task is not None, f"no task {ident} in list {held}"
            yield tasks, task


def _in_sight(tasks: TaskList, task: Task | None) -> bool:
    while task is not None:
        if task.deleted:
            return False
        if task.parent is None:
            return True
        task = tasks.find(task.parent)
    return False


def _day(due: dt.date | None) -> str | None:
    return due.isoformat() if due is not None else None


def _content(task: Task) -> str:
    held: dict[str, Any] = {
        "title": task.title,
        "notes": task.notes,
        "due": task.due,
        "completed": stamp(task.completed) if task.completed else None,
        "hidden": task.hidden,
        "parent": task.parent,
        "links": task.links,
        "repeats": task.repeats,
    }
    return json.dumps(held, ensure_ascii=False)
