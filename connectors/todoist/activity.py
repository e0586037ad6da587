"""What the activity log says of an item that recurs: whether it was completed, and which occurrence.

A tick moves a recurring item on, and the history of completed tasks lists nothing of it (issue 206 of
Doist/todoist-api-python, issue 21379 of PipedreamHQ/pipedream). The log does, as far back as the plan allows;
beyond that, the item itself says how often it was completed, but not when.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.todoist.edge import Raw
from connectors.todoist.transport import Transport
from syncer.connector import Refused

PATH = "activities"
PAGE = "100"


def first_completion(transport: Transport, project: str, raw: Raw) -> Raw | None:
    """A recurring item as it was when it was first completed, and not opened again; None where it never was.

    Where nobody can tell which occurrence that was, it has no due, and `completed_at` may be None.
    """
    ref = raw["id"]
    events = _events(transport, project, ref)
    left: list[Mapping[str, Any]] = []
    for event in events:
        if event["event_type"] == "completed":
            left.append(event)
        elif left:
            left.pop()
    if events:
        return _past(raw, left[0]) if left else None
    now = transport.task(ref, project)
    times = now.get("completed_count") if now is not None else None
    done = isinstance(times, int) and times > 0
    return {**raw, "checked": True, "completed_at": None, "due": None} if done else None


def _events(transport: Transport, project: str, ref: str) -> list[Mapping[str, Any]]:
    """The completions of an item and those taken back, first ones first; none where the plan has no log."""
    query = {"object_type": "item", "object_id": ref, "limit": PAGE}
    try:
        told = transport.pages(PATH, query, project, under="results")
    except Refused:
        return []
    kinds = ("completed", "uncompleted")
    found = [one for one in told if one.get("object_id") == ref and one.get("event_type") in kinds]
    return sorted(found, key=lambda one: str(one.get("event_date")))


def _past(raw: Raw, event: Mapping[str, Any]) -> Raw:
    said = event.get("extra_data")
    due = _due(raw["due"], said) if isinstance(said, Mapping) else None
    return {**raw, "checked": True, "completed_at": event.get("event_date"), "due": due}


def _due(standing: Mapping[str, Any], said: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The occurrence that was done, in the shape of the one that stands there: a day is told by its end."""
    local, moment = said.get("completed_due_date_local"), said.get("completed_due_date")
    timed = said.get("has_time", len(str(standing.get("date"))) > 10)
    date = moment if timed and standing.get("timezone") else local
    if not isinstance(date, str) or len(date) < 10:
        return None
    return {**standing, "date": date if timed else date[:10]}
