"""Writing a household's years into a ledger in bulk, many times faster than `record.append` can.

Lives here: the rows of the record, of the state that it comes to, and of the items that stood for it. The
state is made by the fold itself; a test folds such a record anew and compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, insert

from syncer.core.entries import Entry
from syncer.core.fingerprint import canonical
from syncer.core.fold import Memory, OccurrenceState
from syncer.core.identity import Identity
from syncer.core.model import Item, Kind
from syncer.core.ownership import define, give
from syncer.ledger import record, tables
from syncer.ledger.store import Ledger
from tests.bench.years import DAY, OTHER, Years

BATCH = 5000
"""Entries that are sent to the database at once."""


def make_ledger(path: Path, household: str, years: Years) -> None:
    """Make a ledger in a file that holds a household's years.

    Nothing of it need survive a crash: no journal, no sync, and a cache that holds the indices.
    """
    Ledger.open(path).close()
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _hurry(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000"):
            connection.execute(f"PRAGMA {pragma}")

    try:
        with engine.begin() as connection:
            write_years(connection, household, years)
    finally:
        engine.dispose()


def write_years(connection: Connection, household: str, years: Years) -> None:
    """Write the record, the state that it comes to, and the items that stood for it and have ended."""
    state = Memory()
    for bundle, tasks in years.bundles:
        made = define(bundle, tasks, Memory(), years.moment(0), "bench")
        state.apply(record.append(connection, household, made))
    bulk = _Bulk(connection, household, state)
    left = years.facts
    for day in range(years.days):
        if (given := years.given(day)) is not None:
            bulk.flush()
            bundle = state.bundles[given]
            handover = give(bundle, OTHER[bundle.owner], years.moment(day), "bench")
            state.apply(record.append(connection, household, handover))
        for number, task in enumerate(state.tasks.values()):
            if story := years.story(number, day)[:left]:
                left -= len(story)
                bulk.add(list(years.told(story, task, state.bundles[task.bundle].owner, day)))
    bulk.flush()


class _Bulk:
    """Rows on their way to the database. An occurrence's entries come together: its row is final."""

    def __init__(self, connection: Connection, household: str, state: Memory) -> None:
        self._connection, self._household, self._state = connection, household, state
        self._rows: dict[str, list[dict[str, object]]] = {"entry": [], "occurrence": [], "projection": []}
        self._canons = {
            task.id: canonical(Item("", Kind.TODO, task.title)).to_data() for task in state.tasks.values()
        }

    def add(self, told: Sequence[Entry]) -> None:
        """Fold the entries of one occurrence, and keep what they come to."""
        [state] = self._state.apply(told).occurrences.values()
        self._state.occurrences.clear()
        self._rows["occurrence"].append(self._values(state) | {"progress": str(state.progress)})
        self._rows["projection"].append(self._projection(state, told[-1]))
        self._rows["entry"] += [self._values(entry) | {"kind": str(entry.kind)} for entry in told]
        if len(self._rows["entry"]) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Send what waits."""
        for table, rows in self._rows.items():
            if rows:
                self._connection.execute(insert(tables.metadata.tables[table]), rows)
                rows.clear()

    def _values(self, of: Entry | OccurrenceState) -> dict[str, object]:
        names: Iterable[str] = type(of).__slots__
        return {"household": self._household, **{name: getattr(of, name) for name in names}}

    def _projection(self, state: OccurrenceState, last: Entry) -> dict[str, object]:
        """The item that stood for an occurrence in the list of the one who acted, and was taken down."""
        identity = Identity(state.task, state.key)
        uid = identity.uid(self._household)
        account, _, collection = last.source.partition("/")
        canon = self._canons[state.task] | {"when": state.day.isoformat()}
        return {
            "household": self._household,
            "account": account,
            "collection": collection,
            "task": state.task,
            "occurrence": state.key,
            "generation": 0,
            "uid": uid,
            "ref": f"/{account}/{collection}/{uid}.ics",
            "revision": f'"{uid[:10]}{state.key}"',
            "kind": str(Kind.TODO),
            "ours": canon,
            "base": canon,
            "fresh": False,
            "ended": "done",
            "ended_at": last.at + DAY,
            "past": [],
            "undone": "",
        }
