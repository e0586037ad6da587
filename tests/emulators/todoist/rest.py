"""The endpoints beside sync: single tasks, lists by cursor, the history of what was completed, and the log.

Sources: "Tasks", "Projects", "Sections" and "Activity" of the API documentation; the history reaches three
months at once by completion date, six weeks by due date, the log as far back as the plan allows.
"""

from __future__ import annotations

import base64
import calendar
import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.emulators.stage import Asked
from tests.emulators.todoist.account import Account, Record
from tests.emulators.todoist.errors import TodoistError, invalid, missing, not_found, premium_only, unknown
from tests.emulators.todoist.models import check
from tests.emulators.todoist.sync import everything

PAGE, MOST = 50, 200
_LISTS = {"cursor", "limit"}
_FILTERS = {"project_id", "section_id", "parent_id"}
_COMPLETED = {"since", "until", "workspace_id", "filter_query", "filter_lang"} | _LISTS | _FILTERS
Route = tuple[re.Pattern[str], Callable[[Account, Asked, str], Any]]


def answer(account: Account, asked: Asked) -> Any:
    """The answer to a GET below `/api/v1/`."""
    for pattern, give in _ROUTES:
        if (found := pattern.fullmatch(asked.path)) is not None:
            return give(account, asked, found[1] if pattern.groups else "")
    raise TodoistError(404, "NOT_FOUND", 404, "Not found")


def _task(account: Account, asked: Asked, id: str) -> Record:
    """One task, done ones too; one that is deleted is not found."""
    _known(asked, set())
    item = account.items.get(id)
    if item is None or item["is_deleted"]:
        raise not_found("item")
    check("tasks", [item])
    ours = [one["event_type"] for one in account.activities if one["object_id"] == id]
    return {**item, "completed_count": ours.count("completed") - ours.count("uncompleted")}


def _tasks(account: Account, asked: Asked, _: str) -> dict[str, Any]:
    _known(asked, _LISTS | _FILTERS | {"label", "ids"})
    found = _filtered(everything(account, "items"), asked)
    if (ids := asked.one("ids")) is not None:
        found = [one for one in found if one["id"] in ids.split(",")]
    if (label := asked.one("label")) is not None:
        found = [one for one in found if label in one["labels"]]
    return _paged("tasks", found, asked, "results")


def _places(kind: str) -> Callable[[Account, Asked, str], dict[str, Any]]:
    def give(account: Account, asked: Asked, _: str) -> dict[str, Any]:
        _known(asked, _LISTS | ({"project_id"} if kind == "sections" else set()))
        return _paged(kind, _filtered(everything(account, kind), asked), asked, "results")

    return give


def _by_completion_date(account: Account, asked: Asked, _: str) -> dict[str, Any]:
    since, until = _span(asked, lambda day: _months(day, 3))
    found = [one for one in _history(account) if since <= _moment(one["completed_at"]) <= until]
    return _completed(account, asked, sorted(found, key=lambda one: one["completed_at"], reverse=True))


def _by_due_date(account: Account, asked: Asked, _: str) -> dict[str, Any]:
    since, until = _span(asked, lambda day: day + dt.timedelta(weeks=6))
    found = [one for one in _history(account) if one["due"] is not None]
    days = (since.date().isoformat(), until.date().isoformat())
    within = [one for one in found if days[0] <= one["due"]["date"][:10] <= days[1]]
    return _completed(account, asked, sorted(within, key=lambda one: one["due"]["date"]))


def _history(account: Account) -> list[Record]:
    """What was completed: an item that is done as it stands now, a recurring one as it was then."""
    found = []
    for past in account.history:
        now = account.items[past["id"]]
        found.append(now if now["completed_at"] == past["completed_at"] else past)
    return found


def _activities(account: Account, asked: Asked, _: str) -> dict[str, Any]:
    """What happened to an item, last first."""
    _known(asked, {"object_type", "object_id", "event_type"} | _LISTS)
    if account.limits.log == dt.timedelta(0):
        raise premium_only()
    found = account.activities
    if account.limits.log is not None:
        oldest = account.clock.now() - account.limits.log
        found = [one for one in found if _moment(one["event_date"]) >= oldest]
    for name in ("object_type", "object_id", "event_type"):
        if (wanted := asked.one(name)) is not None:
            found = [one for one in found if one[name] == wanted]
    return _paged("activities", found[::-1], asked, "results")


def _completed(account: Account, asked: Asked, found: list[Record]) -> dict[str, Any]:
    _known(asked, _COMPLETED)
    return _paged("items", _filtered(found, asked), asked, "items")


def _span(asked: Asked, longest: Callable[[dt.datetime], dt.datetime]) -> tuple[dt.datetime, dt.datetime]:
    ends = []
    for name in ("since", "until"):
        text = asked.one(name)
        if text is None:
            raise missing(name)
        ends.append(_moment(text, name))
    if ends[1] < ends[0] or ends[1] > longest(ends[0]):
        raise invalid("until")
    return ends[0], ends[1]


def _moment(text: str, name: str = "since") -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise invalid(name) from None
    return found.astimezone(dt.UTC) if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


def _months(day: dt.datetime, count: int) -> dt.datetime:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def _filtered(records: list[Record], asked: Asked) -> list[Record]:
    for name in _FILTERS:
        if (wanted := asked.one(name)) is not None:
            records = [one for one in records if one[name] == wanted]
    return records


def _known(asked: Asked, names: set[str]) -> None:
    for name in asked.query.keys() - names:
        raise unknown(name)


def _paged(kind: str, records: list[Record], asked: Asked, name: str) -> dict[str, Any]:
    """One page, and the cursor of the next; it is good for the same question only."""
    limit, most = asked.one("limit") or str(PAGE), MOST if kind != "activities" else 100
    if not limit.isdecimal() or not 1 <= int(limit) <= most:
        raise invalid("limit")
    question = {key: value for key, value in sorted(asked.query.items()) if key != "cursor"}
    start = _start(asked.one("cursor"), question)
    page = records[start : start + int(limit)]
    if kind != "activities":
        check(kind, list[Mapping[str, Any]](page))
    end = start + int(limit)
    return {name: page, "next_cursor": _cursor(end, question) if end < len(records) else None}


def _cursor(start: int, question: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([start, question]).encode()).decode()


def _start(cursor: str | None, question: Mapping[str, Any]) -> int:
    if cursor is None:
        return 0
    try:
        start, same = json.loads(base64.urlsafe_b64decode(cursor))
    except ValueError:
        raise invalid("cursor") from None
    if same != dict(question):
        raise invalid("cursor")
    return int(start)


_ROUTES: tuple[Route, ...] = (
    (re.compile(r"/api/v1/tasks"), _tasks),
    (re.compile(r"/api/v1/tasks/completed/by_completion_date"), _by_completion_date),
    (re.compile(r"/api/v1/tasks/completed/by_due_date"), _by_due_date),
    (re.compile(r"/api/v1/tasks/([^/]+)"), _task),
    (re.compile(r"/api/v1/activities"), _activities),
    (re.compile(r"/api/v1/projects"), _places("projects")),
    (re.compile(r"/api/v1/sections"), _places("sections")),
)
