"""A task put back as it stood before a write of ours. Pure.

An image holds what Google would take back. What it would not (links, a place among others) stays with the
task, which is changed where it stands, or taken out of Google's bin.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

TAKEN = ("title", "notes", "due", "status", "completed")
_PASSING = frozenset({"kind", "etag", "updated", "position", "selfLink", "webViewLink"})
"""What says nothing about a task that a person would know."""


def taken(task: Mapping[str, Any]) -> str:
    """The image of a task."""
    return json.dumps({name: task[name] for name in TAKEN if task.get(name) is not None}, sort_keys=True)


def body(raw: str) -> dict[str, Any]:
    """The change that makes a task what an image holds, whatever it is now."""
    held = json.loads(raw)
    return {name: held.get(name) for name in TAKEN}


def new(raw: str) -> dict[str, Any]:
    """The task that an image holds, to be created anew."""
    return {name: value for name, value in body(raw).items() if value is not None}


def same(raw: str, task: Mapping[str, Any]) -> bool:
    """Whether a task is what an image holds."""
    return taken(task) == raw


def untouched(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether nobody changed a task: its ETag alone is another one, or its place among the others."""
    return _told(before) == _told(now)


def _told(task: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in task.items() if name not in _PASSING and value not in (False, None)
    }
