"""From an operation to commands of the sync endpoint. Pure.

Each command's uuid follows from the operation's token, which was written down before: sent again, after a
crash too, it runs once ("Command UUID" of the API documentation), and what it made is made once. The API has
no condition that a command could carry; whether an item is still as it was known is looked at before
(`writing`).
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors import markers
from connectors.todoist import codec, dues
from connectors.todoist.board import Entry
from connectors.todoist.limits import LONGEST_NOTES, LONGEST_TITLE
from syncer.connector import Create, Operation, Refused, Restore, Update
from syncer.core.model import Item, Status

NAMESPACE = uuid.UUID("6ef1f6f6-2f4d-5a3c-9a4f-0d9a5d8f1c11")
IMAGE_FIELDS = ("content", "description", "priority", "labels", "deadline", "duration", "responsible_uid")
Args = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `aside` says that the operation does not depend on it."""

    type: str
    uuid: str
    args: Args = field(repr=False)
    temp_id: str | None = None
    aside: bool = False

    def data(self) -> dict[str, Any]:
        """As it is sent."""
        temp = {"temp_id": self.temp_id} if self.temp_id is not None else {}
        return {"type": self.type, "uuid": self.uuid, **temp, "args": self.args}


class Namer:
    """Names the commands of one operation; the same operation names them alike, whenever it is sent."""

    def __init__(self, operation: Operation) -> None:
        self._base = operation.token or str(uuid.uuid4())

    def uuid(self, what: str) -> str:
        """The uuid of what an operation does by this name."""
        return str(uuid.uuid5(NAMESPACE, f"{self._base}/{what}"))


def add_section(name: str, project: str, namer: Namer) -> Command:
    """A section for a bundle; its temporary id is used in the same request."""
    return Command(
        "section_add", namer.uuid("section"), {"name": name, "project_id": project}, namer.uuid("section id")
    )


def create(
    operation: Create, project: str, section: str | None, zone: dt.tzinfo, namer: Namer, *, again: bool
) -> list[Command]:
    """A new item. `again` says that it failed because of its section, and goes without."""
    item = operation.item
    refuse(item, frozenset({"title", "notes", "status"}))
    temp = namer.uuid("item id")
    args: Args = {
        "content": codec.title(item.title),
        "description": markers.marked(codec.clean(item.notes), item.uid),
        "project_id": project,
        "auto_parse_labels": False,  # a title with an @ in it stays as it is
    }
    if section is not None:
        args["section_id"] = section
    if (due := _due(item, None, zone)) is not None:
        args["due"] = due
    found = [Command("item_add", namer.uuid("add, no section" if again else "add"), args, temp)]
    if item.status is Status.DONE:
        found.append(Command("item_complete", namer.uuid("complete"), {"id": temp}))
    return found


def update(operation: Update, entry: Entry, zone: dt.tzinfo, namer: Namer) -> tuple[list[Command], set[str]]:
    """What changes the named fields, and which of Todoist's it writes. A marker that is gone comes back."""
    item, fields, raw = operation.item, operation.fields, entry.raw
    refuse(item, fields)
    args: Args = {}
    if "title" in fields:
        args["content"] = codec.title(item.title)
    if "notes" in fields:
        args["description"] = markers.marked(codec.clean(item.notes), item.uid)
    elif markers.find(str(raw.get("description")), lambda uid: uid == item.uid) is None:
        args["description"] = markers.marked(str(raw.get("description")), item.uid)
    ends = "rule" in fields or ("status" in fields and item.status is Status.OPEN and entry.past is not None)
    if "when" in fields:
        due = _due(item, raw.get("due"), zone)
        args["due"] = due if ends else dues.again(due, raw.get("due"))
    elif ends and dues.is_recurring(raw.get("due")):
        args["due"] = dues.bare(raw["due"])
    found = [Command("item_update", namer.uuid("update"), {"id": operation.ref, **args})] if args else []
    written = {*args, *({"duration"} if "due" in args else ())}
    if "status" in fields and (kind := _tick(item, entry, ends=ends)) is not None:
        found.append(Command(kind, namer.uuid(kind), {"id": operation.ref}))
        written |= {"checked", "due"} if kind == "item_close" else {"checked"}
    return found, written


def _tick(item: Item, entry: Entry, *, ends: bool) -> str | None:
    """The command that makes the item done or open; none where it is so already."""
    if (item.status is Status.DONE) == entry.done:
        return None
    if item.status is Status.OPEN:
        return "item_uncomplete"
    # `item_complete` would end a recurrence for good: only where it is to go.
    return "item_complete" if ends or not codec.is_recurring(entry.raw) else "item_close"


def delete(ref: str, project: str, below: Sequence[str], namer: Namer) -> list[Command]:
    """An item. What its owner put below it is theirs, and would be deleted with it: it is moved up before."""
    moved = [
        Command("item_move", namer.uuid(f"keep {id}"), {"id": id, "project_id": project}, aside=True)
        for id in below
    ]
    return [*moved, Command("item_delete", namer.uuid("delete"), {"id": ref})]


def restore(
    operation: Restore,
    raw: Mapping[str, Any],
    entry: Entry | None,
    sections: Collection[str],
    namer: Namer,
) -> list[Command]:
    """What stood there, over what stands there, or anew; in its section, if that is one of `sections`."""
    section = raw.get("section_id") if raw.get("section_id") in sections else None
    args: Args = {name: raw[name] for name in IMAGE_FIELDS if raw.get(name) is not None}
    if raw.get("due") is not None:
        due = raw["due"]
        args["due"] = {**(dues.bare(due) or {}), **(dues.again({}, due) or {})}
    done = raw.get("checked") is True
    if entry is None:
        temp = namer.uuid("item id")
        place = {"project_id": raw["project_id"], **({"section_id": section} if section else {})}
        found = [Command("item_add", namer.uuid("add"), {**args, **place, "auto_parse_labels": False}, temp)]
        return [*found, Command("item_complete", namer.uuid("complete"), {"id": temp})] if done else found
    for name in ("due", "deadline", "duration", "responsible_uid"):
        if raw.get(name) is None and entry.raw.get(name) is not None:
            args[name] = None
    found = [Command("item_update", namer.uuid("update"), {"id": operation.ref, **args})]
    if section != entry.raw.get("section_id"):
        place = {"section_id": section} if section is not None else {"project_id": raw["project_id"]}
        found.append(Command("item_move", namer.uuid("move"), {"id": operation.ref, **place}))
    if done != entry.done:
        kind = "item_complete" if done else "item_uncomplete"
        # Open first: what is done can't be trusted to take a change.
        found.insert(len(found) if done else 0, Command(kind, namer.uuid(kind), {"id": operation.ref}))
    return found


def image(text: str) -> Mapping[str, Any]:
    """The item in an `Image.raw`. Raises Refused where there is none."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict) or not all(isinstance(raw.get(n), str) for n in ("content", "project_id")):
        raise Refused("what stood there before can't be read")
    return raw


def refuse(item: Item, fields: frozenset[str]) -> None:
    """Raise Refused for what Todoist never takes; it would say so less plainly."""
    if "title" in fields and not codec.title(item.title):
        raise Refused("Todoist takes no item without a title", subject=item.uid, cure="Give it a title")
    if "title" in fields and len(codec.title(item.title)) > LONGEST_TITLE:
        cure = f"Shorten it to {LONGEST_TITLE} characters"
        raise Refused("the title is longer than Todoist takes", subject=item.uid, cure=cure)
    if "notes" in fields and len(item.notes) + markers.length(item.uid) > LONGEST_NOTES:
        cure = f"Shorten them to some {LONGEST_NOTES - markers.length(item.uid)} characters"
        raise Refused("the notes are longer than Todoist takes", subject=item.uid, cure=cure)
    if "status" in fields and item.status is Status.CANCELLED:
        raise Refused("Todoist knows no cancelled items", subject=item.uid, cure="Complete or delete it")


def _due(item: Item, standing: Any, zone: dt.tzinfo) -> dict[str, Any] | None:
    try:
        return dues.encode(item.when, standing, zone)
    except dues.Odd:
        raise Refused("the date can't be written", subject=item.uid, cure="Choose another date") from None
