"""Whether what the emulator answers can be read by Todoist's own SDK, model by model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from todoist_api_python.models import Project, Section, Task

MODELS = {"items": Task, "tasks": Task, "sections": Section, "projects": Project}


class Unfit(AssertionError):
    """The emulator has answered what no client of Todoist's could read."""


def check(kind: str, records: list[Mapping[str, Any]]) -> None:
    """Raise Unfit for records that the SDK's `from_dict` does not take, or that come out otherwise."""
    model: Any = MODELS[kind]
    for record in records:
        try:
            read = model.from_dict(dict(record))
        except Exception as error:  # the SDK's own errors have no common base but this
            raise Unfit(f"{kind}: {type(error).__name__}: {str(error)[:200]}") from None
        if isinstance(read, Task):
            _check_task(read, record)


def _check_task(read: Task, record: Mapping[str, Any]) -> None:
    """What the SDK would let pass although it means something else."""
    if read.is_completed != record.get("checked"):
        raise Unfit("items: checked and completed_at disagree")
    if not isinstance(record["priority"], int) or not 1 <= record["priority"] <= 4:
        raise Unfit("items: a priority is 1 to 4")
    due = record["due"]
    if due is not None and due["date"].endswith("Z") != (due["timezone"] is not None):
        raise Unfit("items: a moment in UTC has its zone, and nothing else has one")
    if not isinstance(record["id"], str) or not isinstance(record["project_id"], str):
        raise Unfit("items: ids are texts")
