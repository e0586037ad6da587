"""Fields that come in, and tasks as they go out: what the API takes, drops and refuses."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from tests.emulators.google_api import ApiError, invalid
from tests.emulators.google_tasks.store import Task, TaskList, etag, stamp

LONGEST_TITLE = 1024
LONGEST_NOTES = 8192
"""Characters (the schema's descriptions)."""

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")


def moment(text: str, name: str) -> dt.datetime:
    """An RFC 3339 timestamp. A 400 where it is none."""
    if _MOMENT.fullmatch(text):
        try:
            return dt.datetime.fromisoformat(text)
        except ValueError:
            pass
    raise invalid("Invalid value", name)


def text(value: str, name: str, longest: int) -> str:
    """A text within its length; half a character (a lone surrogate) is no text in protocol buffers."""
    if len(value) > longest or any("\ud800" <= one <= "\udfff" for one in value):
        raise invalid("Invalid value", name)
    return value


def take(task: Task, body: Mapping[str, Any], now: dt.datetime, *, undeletes: bool) -> None:
    """Put the fields of a body into a task; what is read-only is passed over in silence.

    A null, or a PUT that leaves it out, clears a field. Nothing is changed where any field is refused.
    """
    fresh: dict[str, Any] = {}
    if "title" in body:
        fresh["title"] = text(body["title"] or "", "title", LONGEST_TITLE)
    if "notes" in body:
        fresh["notes"] = text(body["notes"] or "", "notes", LONGEST_NOTES)
    if "due" in body:
        # "Only date information is recorded; the time portion of the timestamp is discarded."
        fresh["due"] = moment(body["due"], "due").date().isoformat() if body["due"] else None
    status = body.get("status", "completed" if task.completed else "needsAction") or "needsAction"
    if status not in ("needsAction", "completed"):
        raise invalid("Invalid value", "status")
    given = moment(body["completed"], "completed") if body.get("completed") else None
    if status == "needsAction":
        fresh |= {"completed": None, "hidden": False}  # what is reopened stands among the open ones again
    elif "status" in body or "completed" in body:
        fresh["completed"] = given or task.completed or now
    if body.get("deleted") is True:
        fresh["deleted"] = True
    elif "deleted" in body and undeletes:
        fresh["deleted"] = False
    for name, value in fresh.items():
        setattr(task, name, value)


def whole(body: Mapping[str, Any], task: Task) -> dict[str, Any]:
    """A PUT's body with everything that it leaves out. It must name its task."""
    if body.get("id") != task.id:
        raise ApiError(400, "required", "Missing task ID")
    return {"title": None, "notes": None, "due": None, "status": None, **body}


def shown(held: TaskList, task: Task, root: str, *, by_position: bool = False) -> dict[str, Any]:
    """A task as the API shows it: empty fields are left out.

    `by_position` says that the ETag is another one where the task's neighbours have moved it.
    """
    position = held.position(task)
    found: dict[str, Any] = {
        "kind": "tasks#task",
        "id": task.id,
        "etag": etag(task.id, task.version, position if by_position else ""),
        "title": task.title,
        "updated": stamp(task.updated),
        "selfLink": f"{root}tasks/v1/lists/{held.id}/tasks/{task.id}",
        "webViewLink": f"https://tasks.google.com/task/{task.id}",
        "position": position,
        "status": "completed" if task.completed else "needsAction",
        "links": [dict(link) for link in task.links],
    }
    if task.parent is not None:
        found["parent"] = task.parent
    if task.notes:
        found["notes"] = task.notes
    if task.due is not None:
        found["due"] = f"{task.due}T00:00:00.000Z"
    if task.completed is not None:
        found["completed"] = stamp(task.completed)
    found |= {name: True for name in ("deleted", "hidden") if getattr(task, name)}
    return found
