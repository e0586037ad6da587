"""An item of Todoist's and ours, there and back, and what of it counts as a change. Pure.

`raw` is an item as the API writes it. Everything that is not named here is its owner's: priority, labels,
duration, deadline, subtasks, comments, and the section where it stands.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from connectors import markers
from connectors.todoist import dues, limits
from syncer.core.model import Item, Kind, Status

COUNTED = (
    "content",
    "description",
    "checked",
    "priority",
    "labels",
    "deadline",
    "duration",
    "project_id",
    "section_id",
    "parent_id",
    "responsible_uid",
)
"""What makes another revision, beside the due; not what apps rewrite by themselves (order, `collapsed`)."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Unreadable(ValueError):
    """An item that can't be understood. The reason names what is wrong and quotes nothing."""


def uid_of(raw: Mapping[str, Any], claims: Callable[[str], bool], known: str | None) -> str | None:
    """Whose item it is: by the marker below its notes, or, where a person wiped that off, by its address."""
    text = raw.get("description")
    found = markers.find(text, claims, known) if isinstance(text, str) else None
    if found is not None:
        return found.uid
    return known if known is not None and claims(known) else None


def decode(
    raw: Mapping[str, Any],
    uid: str,
    claims: Callable[[str], bool],
    zone: dt.tzinfo,
    past: Mapping[str, Any] | None,
) -> Item:
    """The item; `past` is a completion of it, where it recurs and has moved on since. Raises Unreadable."""
    if limits.is_too_large(raw):
        raise Unreadable("larger than 1 MiB")
    title, notes = raw.get("content"), raw.get("description")
    if not isinstance(title, str) or not isinstance(notes, str):
        raise Unreadable("without its texts")
    due = raw.get("due")
    done = raw.get("checked") is True
    record = raw if done else past
    if past is not None and not done and dues.plain(past.get("due")) is not None:
        due = past["due"]  # the occurrence is the one that was done, not the one to which it moved
    try:
        when = dues.decode(due, zone)
    except dues.Odd:
        raise Unreadable("a due date that can't be read") from None
    marked = markers.find(notes, claims, uid)
    return Item(
        uid,
        Kind.TODO,
        title,
        when,
        marked.notes if marked is not None else notes,
        Status.OPEN if record is None else Status.DONE,
        completed=moment(record.get("completed_at")) if record is not None else None,
        rule="" if done else dues.rule(raw.get("due")),
    )


def is_recurring(raw: Mapping[str, Any]) -> bool:
    """Whether an item will move on when it is ticked."""
    return raw.get("checked") is not True and dues.is_recurring(raw.get("due"))


def values(raw: Mapping[str, Any]) -> dict[str, object]:
    """What counts of an item, by name, so that two answers about the same are equal."""
    found: dict[str, object] = {name: raw.get(name) for name in COUNTED}
    labels = raw.get("labels")
    found["labels"] = sorted(map(str, labels)) if isinstance(labels, list) else []
    deadline = raw.get("deadline")
    found["deadline"] = deadline.get("date") if isinstance(deadline, Mapping) else None
    found["due"] = dues.plain(raw.get("due"))
    return found


def revision(raw: Mapping[str, Any], uid: str, past: Mapping[str, Any] | None) -> str:
    """A name for what an item says. It ends in the UID: that is how an item is known whose marker is gone."""
    told = json.dumps([values(raw), past is not None], sort_keys=True, default=str)
    return f"{hashlib.sha256(told.encode(errors='replace')).hexdigest()[:16]}.{uid}"


def uid_in(revision: str | None) -> str | None:
    """The UID in a revision of ours."""
    return (revision or "").partition(".")[2] or None


def title(text: str) -> str:
    """A title as Todoist takes it: one line."""
    return " ".join(clean(text).split("\n")).strip()


def clean(text: str) -> str:
    """A text without what JSON readers stumble over: control characters, and halves of characters."""
    whole = text.encode("utf-8", "replace").decode()
    return _CONTROLS.sub("", whole.replace("\r\n", "\n").replace("\r", "\n"))


def moment(text: Any) -> dt.datetime | None:
    """A moment as Todoist writes it, in UTC; None where it is none."""
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError):
        return None
