"""Work, counted instead of timed: the same on every machine, however busy.

Lives here: a household whose lists and ledger are in memory, and what one of its passes does: requests to the
accounts, statements and steps of the database's machine, and calls of functions, those that the accounts in
memory make left out.
"""

from __future__ import annotations

import datetime as dt
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import event

from syncer.connector import Context, Settings
from syncer.core.fold import Memory
from syncer.core.identity import read_uid
from syncer.core.model import Bundle, Household, Item, Kind, Partner, Status, Task
from syncer.core.ownership import define
from syncer.core.spoke import Spoke
from syncer.engine.cycle import Cycle, Line
from syncer.engine.report import PassReport
from syncer.ledger import record
from syncer.ledger.store import Ledger
from syncer.testing.memory import MemoryConnector, Provider

STEPS = 100
"""Steps of the database's machine between two counts (sqlite3_progress_handler)."""
PROVIDER = inspect.getfile(MemoryConnector)
UTC = ZoneInfo("UTC")
HOUSE = Household("bench", {"ada": Partner("ada", "Ada", UTC), "ben": Partner("ben", "Ben", UTC)})


@dataclass(frozen=True, slots=True)
class Work:
    """What was done."""

    requests: int
    statements: int
    steps: int
    calls: int


class Counted:
    """A household at work in memory. Accounts take turns, so that each pass is the same every time."""

    def __init__(self, now: dt.datetime, bundles: Sequence[tuple[Bundle, Sequence[Task]]] = ()) -> None:
        self.now = now
        self.ledger = Ledger.empty()
        self.providers = {name: Provider() for name in HOUSE.partners}
        with self.ledger.write() as connection:
            for bundle, tasks in bundles:
                record.append(connection, HOUSE.id, define(bundle, tasks, Memory(), now, "bench"))
        self.start()

    def start(self) -> None:
        """As after a start of the daemon."""
        lines = [self._line(name, provider) for name, provider in self.providers.items()]
        self._cycle = Cycle(
            self.ledger, HOUSE, lines, clock=lambda: self.now, tell=lambda _: None, parallel=False
        )

    def run(self) -> PassReport:
        """A pass, a minute later."""
        self.now += dt.timedelta(minutes=1)
        return self._cycle.run()

    def work(self) -> Work:
        """The work of a pass."""
        for provider in self.providers.values():
            provider.requests.clear()
        with _statements(self.ledger) as statements, _steps(self.ledger) as steps, _calls() as calls:
            report = self.run()
        assert report.ok
        requests = sum(len(provider.requests) for provider in self.providers.values())
        return Work(requests, len(statements), len(steps) * STEPS, len(calls))

    def tick(self) -> None:
        """Ada ticks her first open item off."""
        [shelf] = self.providers["ada"].shelves.values()
        ours = (item for _, item in shelf.items.values() if read_uid(item.uid, HOUSE.id) is not None)
        item = next(item for item in ours if item.status is Status.OPEN)
        self.providers["ada"].edit(shelf.collection.name, item.uid, status=Status.DONE, percent=100)

    def add_strangers(self, number: int) -> None:
        """So many items that are nobody's of ours stand in Ada's list."""
        shelf = self.providers["ada"].add("ada-bench", Kind.TODO)
        for one in range(number):
            shelf.put(f"{shelf.collection.ref}strange-{one}", Item(f"strange-{one}", Kind.TODO, "Something"))

    def touch(self) -> None:
        """Ada's server gives each item another revision, without a change."""
        [shelf] = self.providers["ada"].shelves.values()
        for ref, (_, item) in list(shelf.items.items()):
            shelf.put(ref, replace(item))

    def _line(self, name: str, provider: Provider) -> Line:
        context = Context(
            zone=UTC,
            secret=str,
            claims=lambda uid: read_uid(uid, HOUSE.id) is not None,
            stopping=lambda: False,
        )
        spoke = Spoke(name, f"{name}-bench", name, Kind.TODO, timed=True, due=True)
        return Line(spoke, MemoryConnector(Settings(), context, provider))


@contextmanager
def _statements(ledger: Ledger) -> Iterator[list[None]]:
    found: list[None] = []

    def count(*_: Any) -> None:
        found.append(None)

    event.listen(ledger.engine, "before_cursor_execute", count)
    try:
        yield found
    finally:
        event.remove(ledger.engine, "before_cursor_execute", count)


@contextmanager
def _steps(ledger: Ledger) -> Iterator[list[None]]:
    found: list[None] = []
    raw: Any = ledger.engine.raw_connection().driver_connection  # there is one connection: it is in memory
    raw.set_progress_handler(lambda: found.append(None), STEPS)
    try:
        yield found
    finally:
        raw.set_progress_handler(None, STEPS)


@contextmanager
def _calls() -> Iterator[list[None]]:
    found: list[None] = []

    def count(frame: FrameType, what: str, _argument: object) -> None:
        caller = frame.f_back if what == "call" else frame if what == "c_call" else None
        if caller is not None and caller.f_code.co_filename != PROVIDER:
            found.append(None)

    before: Callable[..., Any] | None = sys.getprofile()
    sys.setprofile(count)
    try:
        yield found
    finally:
        sys.setprofile(before)
