"""What can be done to an item: the commands `item_…`, each as a function on the account.

Arguments are checked by `commands` for their names; here their values are.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from tests.emulators.todoist import dues
from tests.emulators.todoist.account import Account, Record
from tests.emulators.todoist.errors import invalid, missing, not_found, too_many

LONGEST = {"content": 500, "description": 16383}
"""Characters (the SDK's own limits)."""
_LABEL = re.compile(r"(?:^|(?<=\s))@(\S+)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_VALUES = ("content", "description", "priority", "labels", "deadline", "duration", "responsible_uid")


def standing(account: Account, id: object) -> Record:
    """The item with an id, done ones too."""
    item = account.items.get(id) if isinstance(id, str) else None
    if item is None or item["is_deleted"]:
        raise not_found("item")
    return item


def add(account: Account, args: Mapping[str, Any]) -> Record:
    """`item_add`."""
    project = args.get("project_id") or account.inbox
    section, parent = args.get("section_id"), args.get("parent_id")
    if section is not None:
        project = _section(account, section)["project_id"]
    if parent is not None:
        project, section = (standing(account, parent)[name] for name in ("project_id", "section_id"))
    _project(account, project)
    if len(account.open_in(project)) >= account.limits.items:
        raise too_many("items")
    values = _values(args)
    if "content" not in values:
        raise missing("content")
    if args.get("auto_parse_labels", True):  # what a person types with @ becomes a label, and leaves the text
        found = _LABEL.findall(values["content"])
        values["content"] = " ".join(_LABEL.sub("", values["content"]).split())
        values["labels"] = [*values.get("labels", []), *found]
    due = dues.taken(args.get("due"), account.zone, account.today())
    place = {"project_id": project, "section_id": section, "parent_id": parent}
    return account.add_item({**values, **place, "due": due})


def update(account: Account, args: Mapping[str, Any]) -> Record:
    """`item_update`: what is named changes; a due without its `string` ends a recurrence."""
    item = standing(account, args["id"])
    values = _values(args)
    if "due" in args:
        values["due"] = dues.taken(args["due"], account.zone, account.today())
        if values["due"] is None or len(values["due"]["date"]) == 10:
            values.setdefault("duration", None)  # a duration needs a time of day
    return account.touch("items", item, **values)


def move(account: Account, args: Mapping[str, Any]) -> Record:
    """`item_move`, to a project, a section or a parent: one of them."""
    item = standing(account, args["id"])
    if len(args) != 2:
        raise invalid("project_id")
    if "project_id" in args:
        place = {"project_id": _project(account, args["project_id"])["id"], "section_id": None}
    elif "section_id" in args:
        section = _section(account, args["section_id"])
        place = {"project_id": section["project_id"], "section_id": section["id"]}
    else:
        parent = standing(account, args["parent_id"])
        place = {name: parent[name] for name in ("project_id", "section_id")}
    if place["project_id"] != item["project_id"] and (
        len(account.open_in(place["project_id"])) >= account.limits.items
    ):
        raise too_many("items")
    for child in _children(account, item):
        account.touch("items", child, **place)
    return account.touch("items", item, **place, parent_id=args.get("parent_id"))


def delete(account: Account, args: Mapping[str, Any]) -> Record:
    """`item_delete`: with what stands below it, and out of the history."""
    item = standing(account, args["id"])
    for one in [item, *_children(account, item)]:
        account.touch("items", one, is_deleted=True)
        account.history[:] = [past for past in account.history if past["id"] != one["id"]]
    return item


def close(account: Account, args: Mapping[str, Any]) -> Record:
    """`item_close`: what an app does on a tick. A recurring item moves on, and the activity log alone has its
    past: the history lists none of it (Doist/todoist-api-python issue 206).
    """
    item = standing(account, args["id"])
    if item["checked"] or item["due"] is None or not item["due"]["is_recurring"]:
        return complete(account, args)
    after = dues.moved_on(item["due"], account.today())
    was, local = item["due"]["date"], dues.local(item["due"])
    account.log(
        "completed",
        item,
        is_recurring=True,
        has_time=len(was) > 10,
        completed_due_date=was if was.endswith("Z") else f"{local}Z",
        completed_due_date_local=local,
        due_date=after["date"],
        was_overdue=False,
    )
    return account.touch("items", item, due=after)


def complete(account: Account, args: Mapping[str, Any]) -> Record:
    """`item_complete`: done for good, whether it recurs or not, and all below it."""
    item = standing(account, args["id"])
    if item["checked"]:
        return item
    for one in [item, *_children(account, item)]:
        if not one["checked"]:
            moment = args.get("date_completed") or account.now()
            account.touch("items", one, checked=True, completed_at=moment, completed_by_uid=account.user_id)
            account.history.append(dict(one))
            account.log("completed", one)
    return item


def uncomplete(account: Account, args: Mapping[str, Any]) -> Record:
    """`item_uncomplete`: open again, and out of the history."""
    item = standing(account, args["id"])
    if not item["checked"]:
        return item
    account.history[:] = [
        past
        for past in account.history
        if (past["id"], past["completed_at"]) != (item["id"], item["completed_at"])
    ]
    account.log("uncompleted", item)
    return account.touch("items", item, checked=False, completed_at=None, completed_by_uid=None)


def _children(account: Account, item: Record) -> list[Record]:
    found = [
        one for one in account.items.values() if one["parent_id"] == item["id"] and not one["is_deleted"]
    ]
    return [one for child in found for one in (child, *_children(account, child))]


def _project(account: Account, id: object) -> Record:
    found = account.projects.get(id) if isinstance(id, str) else None
    if found is None or found["is_deleted"] or found["is_archived"]:
        raise not_found("project")
    return found


def _section(account: Account, id: object) -> Record:
    found = account.sections.get(id) if isinstance(id, str) else None
    if found is None or found["is_deleted"] or found["is_archived"]:
        raise not_found("section")
    return found


def _values(args: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values among the arguments, checked."""
    found = {name: args[name] for name in _VALUES if name in args}
    for name, most in LONGEST.items():
        if name in found:
            text = found[name]
            if not isinstance(text, str) or len(text) > most or _CONTROL.search(text):
                raise invalid(name)
            found[name] = text.strip()
    if "content" in found:
        found["content"] = " ".join(found["content"].split("\n"))
        if not found["content"]:
            raise invalid("content")
    if found.get("priority", 1) not in (1, 2, 3, 4):
        raise invalid("priority")
    labels = found.get("labels", [])
    if not isinstance(labels, list) or not all(isinstance(one, str) and one for one in labels):
        raise invalid("labels")
    _check_duration(found.get("duration"))
    deadline = found.get("deadline")
    if deadline is not None:
        try:
            found["deadline"] = {"date": dt.date.fromisoformat(deadline["date"]).isoformat(), "lang": "en"}
        except (TypeError, KeyError, ValueError):
            raise invalid("deadline") from None
    return found


def _check_duration(duration: Any) -> None:
    if duration is None:
        return
    if not isinstance(duration, dict) or duration.keys() != {"amount", "unit"}:
        raise invalid("duration")
    amount = duration["amount"]
    if not isinstance(amount, int) or amount < 1 or duration["unit"] not in ("minute", "day"):
        raise invalid("duration")
