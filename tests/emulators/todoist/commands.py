"""The commands of the sync endpoint: their names and arguments, and that each runs once.

A command whose uuid ran before is told again what came of it and has no second effect ("Command UUID" of the
API documentation). What failed is not remembered. A temporary id serves later commands of the same request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.emulators.todoist import items, places
from tests.emulators.todoist.account import Account, Ran, Record
from tests.emulators.todoist.errors import TodoistError, bad_temp_id, invalid, missing, unknown

MOST = 100


@dataclass(frozen=True)
class Command:
    """One kind: its arguments, what it does, and whether it makes something for a `temp_id` to stand for."""

    needs: frozenset[str]
    takes: frozenset[str]
    run: Callable[[Account, Mapping[str, Any]], Record]
    makes: bool = False


def _command(
    run: Callable[[Account, Mapping[str, Any]], Record], needs: str, takes: str = "", *, makes: bool = False
) -> Command:
    return Command(frozenset(needs.split()), frozenset(takes.split()), run, makes)


_PLAIN = "description due deadline duration priority collapsed labels assigned_by_uid responsible_uid"
COMMANDS: Mapping[str, Command] = {
    "item_add": _command(
        items.add,
        "content",
        f"{_PLAIN} project_id parent_id child_order section_id day_order auto_reminder auto_parse_labels",
        makes=True,
    ),
    "item_update": _command(items.update, "id", f"content {_PLAIN} day_order"),
    "item_move": _command(items.move, "id", "parent_id section_id project_id"),
    "item_delete": _command(items.delete, "id"),
    "item_close": _command(items.close, "id"),
    "item_complete": _command(items.complete, "id", "date_completed force_history from_undo"),
    "item_uncomplete": _command(items.uncomplete, "id"),
    "section_add": _command(places.add_section, "name project_id", "section_order", makes=True),
    "section_update": _command(places.update_section, "id", "name collapsed"),
    "section_delete": _command(places.delete_section, "id"),
    "project_add": _command(
        places.add_project, "name", "color parent_id child_order is_favorite view_style", makes=True
    ),
    "project_update": _command(places.update_project, "id", "name color is_favorite view_style"),
    "project_archive": _command(places.archive_project, "id"),
    "project_delete": _command(places.delete_project, "id"),
}


def run_all(
    account: Account, commands: list[Any], failing: Mapping[str, TodoistError]
) -> tuple[dict[str, object], dict[str, str]]:
    """The `sync_status` and `temp_id_mapping` of a request; `failing` are types that come to an error."""
    statuses: dict[str, object] = {}
    mapping: dict[str, str] = {}
    for command in commands:
        uuid = _uuid(command)
        ran = account.ran.get(uuid)
        if ran is None:
            try:
                if command.get("type") in failing:
                    raise failing[command["type"]]
                ran = run(account, command, mapping)
                account.ran[uuid] = ran
            except TodoistError as error:
                ran = Ran(error.data())
        statuses[uuid] = ran.status
        if ran.temp_id is not None and ran.id is not None:
            mapping[ran.temp_id] = ran.id
    return statuses, mapping


def run(account: Account, command: Mapping[str, Any], mapping: Mapping[str, str]) -> Ran:
    """One command; raises TodoistError where it is not taken."""
    for name in command.keys() - {"type", "uuid", "temp_id", "args"}:
        raise unknown(name)
    kind = COMMANDS.get(str(command.get("type")))
    args = command.get("args")
    if kind is None or not isinstance(args, dict):
        raise invalid("type" if kind is None else "args")
    for name in args.keys() - kind.needs - kind.takes:
        raise unknown(name)
    for name in kind.needs - args.keys():
        raise missing(name)
    temp_id = command.get("temp_id")
    if temp_id is not None and (not kind.makes or not isinstance(temp_id, str) or not temp_id):
        raise invalid("temp_id")
    record = kind.run(account, {name: _resolved(name, value, mapping) for name, value in args.items()})
    return Ran("ok", temp_id, record["id"]) if temp_id is not None else Ran("ok")


def _resolved(name: str, value: Any, mapping: Mapping[str, str]) -> Any:
    """An id in the place of a temporary one, which is a uuid: ids of Todoist's never are."""
    if not isinstance(value, str) or not (name == "id" or name.endswith("_id")):
        return value
    if value in mapping:
        return mapping[value]
    try:
        UUID(value)
    except ValueError:
        return value
    raise bad_temp_id()


def _uuid(command: Any) -> str:
    """The command's uuid; without one, the whole request is refused."""
    found = command.get("uuid") if isinstance(command, dict) else None
    if not isinstance(found, str) or not found:
        raise invalid("commands")
    return found
