"""Projects and sections: the commands `project_…` and `section_…`, each as a function on the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.emulators.todoist import items
from tests.emulators.todoist.account import Account, Record
from tests.emulators.todoist.errors import invalid, not_found, too_many


def add_section(account: Account, args: Mapping[str, Any]) -> Record:
    """`section_add`."""
    project = _standing(account, "projects", args["project_id"])
    there = [
        one
        for one in account.sections.values()
        if one["project_id"] == project["id"] and not one["is_deleted"] and not one["is_archived"]
    ]
    if len(there) >= account.limits.sections:
        raise too_many("sections")
    return account.add_section(project["id"], _name(args["name"]))


def update_section(account: Account, args: Mapping[str, Any]) -> Record:
    """`section_update`."""
    section = _standing(account, "sections", args["id"])
    return account.touch("sections", section, name=_name(args.get("name", section["name"])))


def delete_section(account: Account, args: Mapping[str, Any]) -> Record:
    """`section_delete`: with the items in it."""
    section = _standing(account, "sections", args["id"])
    for item in list(account.items.values()):
        if item["section_id"] == section["id"] and not item["is_deleted"]:
            items.delete(account, {"id": item["id"]})
    return account.touch("sections", section, is_deleted=True)


def add_project(account: Account, args: Mapping[str, Any]) -> Record:
    """`project_add`. Names need not differ."""
    return account.add_project(_name(args["name"]), color=str(args.get("color") or "charcoal"))


def update_project(account: Account, args: Mapping[str, Any]) -> Record:
    """`project_update`."""
    project = _standing(account, "projects", args["id"])
    return account.touch("projects", project, name=_name(args.get("name", project["name"])))


def archive_project(account: Account, args: Mapping[str, Any]) -> Record:
    """`project_archive`: it is listed no more, and neither is what stands in it."""
    return account.touch("projects", _standing(account, "projects", args["id"]), is_archived=True)


def delete_project(account: Account, args: Mapping[str, Any]) -> Record:
    """`project_delete`: with all that is in it."""
    project = _standing(account, "projects", args["id"])
    for item in list(account.items.values()):
        if item["project_id"] == project["id"] and not item["is_deleted"]:
            items.delete(account, {"id": item["id"]})
    for section in account.sections.values():
        if section["project_id"] == project["id"] and not section["is_deleted"]:
            account.touch("sections", section, is_deleted=True)
    return account.touch("projects", project, is_deleted=True)


def _standing(account: Account, kind: str, id: object) -> Record:
    found = account.table(kind).get(id) if isinstance(id, str) else None
    if found is None or found["is_deleted"] or found["is_archived"]:
        raise not_found(kind.removesuffix("s"))
    return found


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name.strip() or len(name) > 120:
        raise invalid("name")
    return name.strip()
