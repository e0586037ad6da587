"""What was completed, walked back in windows: the only place where an item that is done can be listed.

The endpoint answers three months at most, by date of completion. Of a recurring item that moved on it lists
nothing: see `activity`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.todoist import edge
from connectors.todoist.edge import Raw
from connectors.todoist.transport import Transport

PATH = "tasks/completed/by_completion_date"
PAGE = "200"
WINDOW = dt.timedelta(days=89)
"""The shortest three months, a day less than which is always allowed (1 February to 1 May)."""
MOST_WINDOWS = 42
"""Some ten years."""
MARGIN = dt.timedelta(days=1)
"""By how much clocks may differ."""


@dataclass(frozen=True, slots=True)
class Window:
    """What was completed in a project since a moment and until the window before, latest window first."""

    since: dt.datetime
    records: tuple[Raw, ...]


def walk(transport: Transport, project: str, floor: dt.datetime | None) -> Iterator[Window]:
    """Window by window, from now back to `floor`, each asked for when it is needed."""
    now = transport.server_time() or dt.datetime.now(dt.UTC)
    until = now + MARGIN
    for _ in range(MOST_WINDOWS):
        since = until - WINDOW
        query = {"since": _stamp(since), "until": _stamp(until), "project_id": project, "limit": PAGE}
        found = transport.pages(PATH, query, project)
        yield Window(since, edge.of_project(found, project))
        if floor is not None and since < floor - MARGIN:
            return
        until = since


def _stamp(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
