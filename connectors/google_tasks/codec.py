"""Tasks as the API has them, and items: read and written. Pure.

A task knows a day and no time, no reminder and no recurrence; whose it is stands in its notes (`markers`).
Source: the schema `Task` of the discovery document.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Set
from typing import Any

from connectors import markers
from connectors.google.limits import LARGEST_ITEM
from syncer.connector import Refused
from syncer.core.model import Day, Item, Kind, Status, When, day_of

LONGEST_TITLE = 1024
LONGEST_NOTES = 8192
"""Characters (the schema's descriptions of `title` and `notes`)."""

WRITTEN = frozenset({"title", "notes", "when", "status"})
"""The fields of an item that a task has a place for."""

_DUE = re.compile(r"(\d{4}-\d{2}-\d{2})(T.*)?")
_STATES = {"needsAction": Status.OPEN, "completed": Status.DONE}


class Unreadable(Exception):
    """A task of ours that makes no sense; the text says in a few words why."""


def uid_of(task: Mapping[str, Any], claims: Callable[[str], bool], known: str | None = None) -> str | None:
    """The UID of a task of ours, None where it is a stranger's.

    `known` is the UID that we hold for its id: Google gives no id out twice, so it counts whatever a person
    made of the notes.
    """
    if known is not None and claims(known):
        return known
    notes = task.get("notes")
    if not isinstance(notes, str) or len(notes) > LARGEST_ITEM:
        return None
    found = markers.find(notes, claims)
    return found.uid if found is not None else None


def decode(task: Mapping[str, Any], uid: str) -> Item:
    """The item in a task of ours. Raises Unreadable."""
    title, notes = task.get("title", ""), task.get("notes", "")
    if not isinstance(title, str) or not isinstance(notes, str):
        raise Unreadable("its title or notes are no text")
    if len(title) + len(notes) > LARGEST_ITEM:
        raise Unreadable("it is larger than we read")
    marked = markers.find(notes, lambda one: one == uid)
    said = task.get("status", "needsAction")
    status = _STATES.get(said) if isinstance(said, str) else None
    if status is None:
        raise Unreadable("it is neither open nor completed")
    done = status is Status.DONE
    return Item(
        uid,
        Kind.TODO,
        title,
        _day(task.get("due")),
        marked.notes if marked is not None else notes,
        status,
        completed=_moment(task.get("completed")) if done else None,
    )


def encode(item: Item, zone: dt.tzinfo) -> dict[str, Any]:
    """The body that creates a task. Raises Refused."""
    return {name: value for name, value in patch(item, WRITTEN, zone).items() if value is not None}


def patch(item: Item, fields: Set[str], zone: dt.tzinfo) -> dict[str, Any]:
    """The body that changes these fields of an item and no others; a null clears. Raises Refused."""
    found: dict[str, Any] = {}
    if "title" in fields:
        found["title"] = _text(item.title, LONGEST_TITLE, item.uid, "title")
    if "notes" in fields:
        whole = markers.marked(item.notes, item.uid)
        found["notes"] = _text(whole, LONGEST_NOTES, item.uid, "notes")
    if "when" in fields:
        found["due"] = _due(item.when, zone)
    if "status" in fields:
        found |= _state(item)
    return found


def _state(item: Item) -> dict[str, Any]:
    """A task is completed or not: "cancelled" has no place. Without a moment Google takes its own."""
    if item.status is not Status.DONE:
        return {"status": "needsAction", "completed": None}
    if item.completed is None:
        return {"status": "completed"}
    moment = item.completed.astimezone(dt.UTC).isoformat(timespec="milliseconds")
    return {"status": "completed", "completed": moment.replace("+00:00", "Z")}


def _due(when: When | None, zone: dt.tzinfo) -> str | None:
    """A day as an RFC 3339 timestamp; "the time portion of the timestamp is discarded"."""
    return f"{day_of(when, zone).isoformat()}T00:00:00.000Z" if when is not None else None


def _text(text: str, longest: int, uid: str, name: str) -> str:
    if len(text) > longest:
        raise Refused(
            f"the {name} is longer than Google Tasks takes", subject=uid, cure=f"Shorten its {name}"
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused(
            f"the {name} holds half a character", subject=uid, cure=f"Write its {name} anew"
        ) from None
    return text


def _day(due: Any) -> Day | None:
    """The day of `due`; its time and zone mean nothing."""
    if due is None:
        return None
    found = _DUE.fullmatch(due) if isinstance(due, str) else None
    try:
        return Day(dt.date.fromisoformat(found[1])) if found is not None else _no_date()
    except ValueError:
        return _no_date()


def _no_date() -> Day:
    raise Unreadable("its date is none")


def _moment(text: Any) -> dt.datetime | None:
    """When it was completed, in UTC; only a claim, so that an odd one is none."""
    try:
        found = dt.datetime.fromisoformat(text)
        return found.replace(tzinfo=found.tzinfo or dt.UTC).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError):
        return None
