"""Listing the tasks of a list: which of them a call asks for, and page by page."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from tests.emulators.google_api import Made, invalid
from tests.emulators.google_tasks.store import Task, TaskList
from tests.emulators.google_tasks.writing import moment

T = TypeVar("T")


def wanted(held: TaskList, made: Made) -> list[Task]:
    """The tasks that the parameters of `tasks.list` leave over, in their order."""
    say = {name: made.params[name] == "true" for name in made.params if name.startswith("show")}
    bounds = {name: moment(made.params[name], name) for name in made.params if name.endswith(("Min", "Max"))}

    def fits(task: Task) -> bool:
        if task.deleted and not say.get("showDeleted", False):
            return False
        if task.hidden and not say.get("showHidden", False):
            return False
        if task.completed and not say.get("showCompleted", True):
            return False
        if "updatedMin" in bounds and task.updated < bounds["updatedMin"]:
            return False
        for name, bound in bounds.items():
            if name.startswith("updated"):
                continue
            time = task.completed if name.startswith("completed") else _due(task)
            if time is None or (time < bound if name.endswith("Min") else time > bound):
                return False
        return True

    return [task for task in held.tasks if fits(task)]


def _due(task: Task) -> dt.datetime | None:
    return dt.datetime.fromisoformat(f"{task.due}T00:00:00+00:00") if task.due else None


def page(found: Sequence[T], made: Made, usual: int, most: int) -> tuple[Sequence[T], dict[str, Any]]:
    """One page, and the token of the next if there is one. A token counts only for the call it came from."""
    size = made.number("maxResults", usual)
    if not 1 <= size <= most:
        raise invalid("Invalid value", "maxResults")
    asked = {name: text for name, text in made.params.items() if name not in ("pageToken", "maxResults")}
    start = 0
    if "pageToken" in made.params:
        start = _read(made.params["pageToken"], asked)
    end = start + size
    return found[start:end], {"nextPageToken": _token(end, asked)} if end < len(found) else {}


def _token(start: int, asked: dict[str, str]) -> str:
    text = json.dumps([start, sorted(asked.items())])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read(token: str, asked: dict[str, str]) -> int:
    try:
        start, of = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error, TypeError):
        raise invalid("Invalid page token", "pageToken") from None
    if of != [list(one) for one in sorted(asked.items())]:
        raise invalid("Invalid page token", "pageToken")
    return int(start)
