"""The sync endpoint: commands, and what changed since a token; or, for `*`, everything that is open.

Sources: "Sync" of the API documentation. A full sync has neither done nor deleted items; in an increment they
stand as `checked` and `is_deleted`. That commands failed is said inside `sync_status`, under status 200.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.emulators.stage import Asked
from tests.emulators.todoist import commands
from tests.emulators.todoist.account import KINDS, Account, Record
from tests.emulators.todoist.errors import (
    TodoistError,
    bad_sync_token,
    invalid,
    missing,
    too_many_commands,
    unknown,
)
from tests.emulators.todoist.models import check

EMPTY = ("labels", "filters", "notes", "project_notes", "reminders", "live_notifications", "collaborators")
RESOURCES = frozenset({*KINDS, *EMPTY, "user", "completed_info", "all"})
FORM = "application/x-www-form-urlencoded"


def answer(
    account: Account, asked: Asked, failing: Mapping[str, TodoistError], *, patient: bool
) -> dict[str, Any]:
    """The answer to one request. `failing` are commands that come to an error, by type; `patient` says that
    an unknown token gets a full sync and no error.
    """
    form = _form(asked)
    told: dict[str, Any] = {}
    known: int | None = None
    given = form.get("sync_token")
    if given is not None and given != "*":
        known = account.sync_tokens.get(given)
        if known is None and not patient:
            raise bad_sync_token()
    types = _types(form.get("resource_types"))
    if "commands" in form:
        asked_for = _json(form["commands"], "commands")
        if len(asked_for) > commands.MOST:
            raise too_many_commands()
        told["sync_status"], told["temp_id_mapping"] = commands.run_all(account, asked_for, failing)
    elif given is None:
        raise missing("sync_token")
    made = account.clock.now()
    if known is None:
        made, account = account.delayed or (made, account)
        told["full_sync_date_utc"] = f"{made:%Y-%m-%dT%H:%M:%SZ}"
    for kind in KINDS:
        if kind in types:
            told[kind] = everything(account, kind) if known is None else account.since(kind, known)
            check(kind, told[kind])
    for kind in types.intersection(EMPTY):
        told[kind] = []
    if "user" in types:
        told["user"] = _user(account)
    if "completed_info" in types:
        told["completed_info"] = completed_info(account)
    return {**told, "full_sync": known is None, "sync_token": account.new_sync_token()}


def _form(asked: Asked) -> dict[str, str]:
    if not asked.headers.get("content-type", "").startswith(FORM):
        raise invalid("content-type")
    form = asked.form()
    for name in form.keys() - {"sync_token", "resource_types", "commands"}:
        raise unknown(name)
    return form


def _types(text: str | None) -> set[str]:
    found = set(_json(text, "resource_types")) if text is not None else set()
    for name in found - RESOURCES:
        raise invalid(f"resource_types: {name}")
    return set(RESOURCES) - {"all"} if "all" in found else found


def _json(text: str, argument: str) -> list[Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise invalid(argument) from None
    if not isinstance(found, list):
        raise invalid(argument)
    return found


def everything(account: Account, kind: str) -> list[Record]:
    """What a full sync lists of a kind."""
    live = {p["id"] for p in account.projects.values() if not p["is_deleted"] and not p["is_archived"]}
    if kind == "projects":
        return [record for id, record in account.projects.items() if id in live]
    return [
        record
        for record in account.table(kind).values()
        if record["project_id"] in live
        and not record["is_deleted"]
        and not record.get("checked")
        and not record.get("is_archived")
    ]


def completed_info(account: Account) -> list[dict[str, Any]]:
    """How many done items each project, section and item holds; those that hold none are left out."""
    counts: Counter[tuple[str, str]] = Counter()
    for item in account.items.values():
        if item["checked"] and not item["is_deleted"]:
            place = "item_id" if item["parent_id"] else "section_id" if item["section_id"] else "project_id"
            counts[place, item["parent_id"] or item["section_id"] or item["project_id"]] += 1
    return [
        {place: id, "completed_items": count, **({"archived_sections": 0} if place == "project_id" else {})}
        for (place, id), count in counts.items()
    ]


def _user(account: Account) -> dict[str, Any]:
    return {
        "id": account.user_id,
        "email": account.email,
        "full_name": account.email.partition("@")[0],
        "inbox_project_id": account.inbox,
        "tz_info": {"timezone": account.zone},
        "lang": "en",
    }
