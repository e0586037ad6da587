"""One account's state, in the shapes of the API, with a number for each change: what increments are made of.

Nothing is checked here: `commands` does, for requests and for the person alike.
"""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from tests.emulators.stage import Clock

ALPHABET = "23456789CFGHJMPQRVWXcfghjmpqrvwx"
KINDS = ("projects", "sections", "items")
Record = dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """What a command came to: told again, and nothing else, when its uuid comes again."""

    status: object
    temp_id: str | None = None
    id: str | None = None


@dataclass
class Limits:
    """What the plan allows in one project, how many requests in 15 minutes (None: any), and how far back the
    activity log goes (None: to the first day; zero: not at all).
    """

    items: int = 300
    sections: int = 20
    full: int | None = None
    partial: int | None = None
    log: dt.timedelta | None = None


@dataclass
class Account:
    """A person's account. `zone` is that of their settings; `sync_tokens` maps each to the change it saw."""

    token: str
    email: str
    clock: Clock
    zone: str = "Europe/Berlin"
    limits: Limits = field(default_factory=Limits)
    seed: int = 0

    def __post_init__(self) -> None:
        self.user_id = "2671355"
        self.projects: dict[str, Record] = {}
        self.sections: dict[str, Record] = {}
        self.items: dict[str, Record] = {}
        self.history: list[Record] = []
        self.activities: list[Record] = []
        self.ran: dict[str, Ran] = {}
        self.sync_tokens: dict[str, int] = {}
        self.delayed: tuple[dt.datetime, Account] | None = None
        self.changed: dict[tuple[str, str], int] = {}
        self.changes = 0
        self._chance = random.Random(f"{self.seed}/{self.token}")
        self.inbox = self.add_project("Inbox", inbox=True)["id"]

    def new_id(self, length: int = 16) -> str:
        """An id as Todoist's: opaque, and nobody else's."""
        return "".join(self._chance.choice(ALPHABET) for _ in range(length))

    def now(self) -> str:
        """The moment of a change: to the microsecond, in UTC."""
        return stamp(self.clock.tick())

    def today(self) -> dt.date:
        """The day in the person's zone."""
        return self.clock.now().astimezone(ZoneInfo(self.zone)).date()

    def table(self, kind: str) -> dict[str, Record]:
        """The records of a kind: projects, sections or items."""
        found: dict[str, Record] = getattr(self, kind)
        return found

    def touch(self, kind: str, record: Record, **values: Any) -> Record:
        """Change a record, so that the next increment has it."""
        record.update(values, updated_at=self.now())
        self.table(kind)[record["id"]] = record
        self.changes += 1
        self.changed[kind, record["id"]] = self.changes
        return record

    def since(self, kind: str, change: int) -> list[Record]:
        """The records that changed after a change, in the order in which they did."""
        found = [(number, id) for (of, id), number in self.changed.items() if of == kind and number > change]
        return [self.table(kind)[id] for _, id in sorted(found)]

    def new_sync_token(self) -> str:
        """A sync token for what stands there now."""
        token = self.new_id(60)
        self.sync_tokens[token] = self.changes
        return token

    def add_project(self, name: str, *, inbox: bool = False, color: str = "charcoal") -> Record:
        """A new project."""
        now = self.now()
        record: Record = {
            "id": self.new_id(),
            "name": name,
            "description": "",
            "child_order": len(self.projects),
            "color": color,
            "collapsed": False,
            "shared": False,
            "is_favorite": False,
            "is_archived": False,
            "is_deleted": False,
            "is_frozen": False,
            "can_assign_tasks": False,
            "view_style": "list",
            "created_at": now,
            "parent_id": None,
            "inbox_project": inbox,
        }
        return self.touch("projects", record)

    def add_section(self, project: str, name: str) -> Record:
        """A new section of a project."""
        record: Record = {
            "id": self.new_id(),
            "user_id": self.user_id,
            "project_id": project,
            "name": name,
            "section_order": len(self.sections),
            "collapsed": False,
            "is_archived": False,
            "is_deleted": False,
            "archived_at": None,
            "added_at": self.now(),
        }
        return self.touch("sections", record)

    def add_item(self, values: Mapping[str, Any]) -> Record:
        """A new item; `values` are checked already."""
        record: Record = {
            "id": self.new_id(),
            "user_id": self.user_id,
            "project_id": self.inbox,
            "section_id": None,
            "parent_id": None,
            "content": "",
            "description": "",
            "priority": 1,
            "labels": [],
            "due": None,
            "deadline": None,
            "duration": None,
            "checked": False,
            "is_deleted": False,
            "collapsed": False,
            "child_order": len(self.items),
            "day_order": -1,
            "added_by_uid": self.user_id,
            "assigned_by_uid": None,
            "responsible_uid": None,
            "completed_at": None,
            "completed_by_uid": None,
            "added_at": self.now(),
            **values,
        }
        return self.touch("items", record)

    def delay(self) -> None:
        """From now on full syncs tell what stands there now, whatever changes ("Full sync data delay")."""
        then = copy.copy(self)
        then.projects, then.sections, then.items = copy.deepcopy((self.projects, self.sections, self.items))
        self.delayed = (self.clock.now(), then)

    def log(self, event: str, item: Record, **extra: Any) -> None:
        """An event of the activity log."""
        self.activities.append(
            {
                "id": len(self.activities) + 2.1e36,
                "event_type": event,
                "event_date": self.now(),
                "object_type": "item",
                "object_id": item["id"],
                "parent_project_id": item["project_id"],
                "parent_item_id": item["parent_id"],
                "initiator_id": self.user_id,
                "extra_data": {"content": item["content"], "client": "Todoist/10416", **extra},
                "extra_data_id": None,
                "source": "clickhouse",
            }
        )

    def open_in(self, project: str) -> list[Record]:
        """The open items of a project."""
        return [
            item
            for item in self.items.values()
            if item["project_id"] == project and not item["checked"] and not item["is_deleted"]
        ]


def stamp(moment: dt.datetime) -> str:
    """A moment as the API writes those of changes."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
