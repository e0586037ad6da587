"""The edge: what of an answer is kept. Sync answers for the whole account, and whatever stands in another
project than the one that was asked for is dropped here, before it becomes anything. Pure.

Of another project's item the id alone is kept, so that one of ours that a person moved there is known to be
gone from here. (product.md, rule 9: a sealed list stays unread.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a sync answer says of one project.

    `made` is when a full one was put together. `project` is its own record, where the answer has it. `items`
    stand in it; `gone` are ids of deleted items, `elsewhere` of such that stand in other projects.
    `holds_done` is false where Todoist says that nothing in the project was ever completed.
    """

    token: str
    full: bool
    made: str | None
    project: Raw | None
    sections: tuple[Raw, ...] = field(repr=False)
    items: tuple[Raw, ...] = field(repr=False)
    gone: frozenset[str]
    elsewhere: frozenset[str]
    holds_done: bool


def is_whole(data: Mapping[str, Any], types: Sequence[str], *, with_commands: bool) -> bool:
    """Whether a sync answer has all its parts.

    A full one names what it was asked for; in an increment a list that is not there is one without changes.
    `completed_info` is a help, no part.
    """
    full = data.get("full_sync")
    if not isinstance(full, bool) or not isinstance(data.get("sync_token"), str):
        return False
    lists = [data.get(name, None if full else []) for name in types if name != "completed_info"]
    status, ids = data.get("sync_status"), data.get("temp_id_mapping", {})
    answered = not with_commands or (isinstance(status, dict) and isinstance(ids, dict))
    return answered and all(isinstance(one, list) for one in lists)


def kept(data: Mapping[str, Any], project: str) -> Kept:
    """The part of a sync answer that is about a project."""
    items = _records(data, "items")
    return Kept(
        data["sync_token"],
        data.get("full_sync") is True,
        data.get("full_sync_date_utc"),
        next((one for one in _records(data, "projects") if one["id"] == project), None),
        tuple(one for one in _records(data, "sections") if one.get("project_id") == project),
        of_project(items, project),
        frozenset(one["id"] for one in items if one.get("is_deleted") is True),
        frozenset(one["id"] for one in items if one.get("project_id") != project),
        _holds_done(data, project),
    )


def of_project(items: Sequence[Any], project: str) -> tuple[Raw, ...]:
    """The items that stand in a project."""
    return tuple(
        one
        for one in items
        if _has_id(one) and one.get("project_id") == project and one.get("is_deleted") is not True
    )


def _records(data: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """The records of a kind; an increment may leave out a kind of which nothing changed."""
    return [one for one in data.get(kind, ()) if _has_id(one)]


def _has_id(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("id"), str)


def _holds_done(data: Mapping[str, Any], project: str) -> bool:
    """Whether something in the project may have been completed; asked of `completed_info`, true in doubt.

    It counts by project, section and parent item, and leaves out what holds none.
    """
    info = data.get("completed_info")
    if not isinstance(info, list):
        return True
    of = {
        name: {one["id"]: one.get("project_id") for one in _records(data, kind)}
        for name, kind in (("section_id", "sections"), ("item_id", "items"))
    }
    for one in info:
        if not isinstance(one, dict) or one.get("completed_items") == 0:
            continue
        place = next((name for name in of if isinstance(one.get(name), str)), None)
        where = of[place].get(one[place], project) if place is not None else one.get("project_id", project)
        if where == project:
            return True
    return False
