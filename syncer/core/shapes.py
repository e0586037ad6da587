"""The JSON shapes in which values rest in entries and rows, each with its inverse.

Lives here: how bundles, tasks and moments are written down. What they mean is in `model`, what follows
from them in `fold`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from syncer.core.model import (
    AfterDone,
    Bundle,
    BundleState,
    Category,
    Day,
    Effort,
    Missed,
    Once,
    Repeat,
    Rule,
    Slot,
    Stage,
    Task,
    When,
)


def when_to_data(when: When | None) -> dict[str, Any]:
    """JSON for a moment, a day or none; slots keep their zone's name where they have one."""
    if when is None:
        return {"none": True}
    if isinstance(when, Day):
        return {"day": when.date.isoformat()}
    zone = getattr(when.start.tzinfo, "key", None)
    data: dict[str, Any] = {"start": when.start.astimezone(dt.UTC).isoformat(), "minutes": when.minutes}
    return data | ({"zone": zone} if zone else {})


def when_from_data(data: Mapping[str, Any], zone: dt.tzinfo) -> When | None:
    """The inverse of `when_to_data`; a slot is shown in `zone`."""
    if "none" in data:
        return None
    if "day" in data:
        return Day(dt.date.fromisoformat(data["day"]))
    start = dt.datetime.fromisoformat(data["start"])
    try:
        return Slot(start.astimezone(zone), int(data["minutes"]))
    except OverflowError:  # the last day of the year 9999: it is a moment in UTC all the same
        return Slot(start, int(data["minutes"]))


def bundle_to_data(bundle: Bundle) -> dict[str, Any]:
    """A BUNDLE entry's data."""
    return {
        "title": bundle.title,
        "category": str(bundle.category),
        "outcome": bundle.outcome,
        "owner": bundle.owner,
        "weight": bundle.weight,
        "unpredictability": bundle.unpredictability,
        "deadline": bundle.deadline,
        "state": str(bundle.state),
    }


def bundle_from_data(id: str, data: Mapping[str, Any]) -> Bundle:
    """The inverse of `bundle_to_data`."""
    enums = {"category": Category(data["category"]), "state": BundleState(data["state"])}
    return Bundle(id=id, **{**data, **enums})


def repeat_to_data(repeat: Repeat) -> dict[str, Any]:
    """JSON for a recurrence: exactly one of rule, after_done, once."""
    match repeat:
        case Rule(text):
            return {"rule": text}
        case AfterDone(days):
            return {"after_done": days}
        case Once():
            return {"once": True}


def repeat_from_data(data: Mapping[str, Any]) -> Repeat:
    """The inverse of `repeat_to_data`."""
    if "rule" in data:
        return Rule(data["rule"])
    return AfterDone(data["after_done"]) if "after_done" in data else Once()


def effort_to_data(effort: Effort) -> dict[str, int]:
    """Minutes by stage."""
    return {"notice": effort.notice, "plan": effort.plan, "do": effort.do, "watch": effort.watch}


def task_to_data(task: Task) -> dict[str, Any]:
    """A TASK entry's data."""
    return {
        "bundle": task.bundle,
        "title": task.title,
        "stage": str(task.stage),
        "effort": effort_to_data(task.effort),
        "repeat": repeat_to_data(task.repeat),
        "start": task.start.isoformat(),
        "at": task.at.isoformat() if task.at else None,
        "duration": task.duration,
        "missed": str(task.missed),
        "removed": task.removed,
    }


def task_from_data(id: str, data: Mapping[str, Any]) -> Task:
    """The inverse of `task_to_data`."""
    return Task(
        id=id,
        bundle=data["bundle"],
        title=data["title"],
        stage=Stage(data["stage"]),
        effort=Effort(**data["effort"]),
        repeat=repeat_from_data(data["repeat"]),
        start=dt.date.fromisoformat(data["start"]),
        at=dt.time.fromisoformat(data["at"]) if data["at"] else None,
        duration=data["duration"],
        missed=Missed(data["missed"]),
        removed=data["removed"],
    )
