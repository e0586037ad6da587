"""The append-only record: adding entries, once each, and folding them into the current state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, func, insert, or_, select

from syncer.core.entries import Entry, EntryKind
from syncer.core.evidence import DELETED, INFERRED
from syncer.core.fold import OccurrenceState, Progress, Row, Tenure, fold
from syncer.core.model import Bundle, Task
from syncer.core.shapes import bundle_from_data, bundle_to_data, task_from_data, task_to_data
from syncer.ledger import tables
from syncer.ledger.keys import PREFIX, household_key, of_household, put


class Rows:
    """The current state's rows of one household in a transaction: what the fold reads and writes."""

    def __init__(self, connection: Connection, household: str) -> None:
        self._connection, self._household = connection, household

    def bundle(self, id: str) -> Bundle | None:
        """A bundle by id."""
        row = self._one(tables.bundle, id=id)
        return bundle_of(row) if row else None

    def task(self, id: str) -> Task | None:
        """A task by id."""
        row = self._one(tables.task, id=id)
        return task_of(row) if row else None

    def occurrence(self, task: str, key: str) -> OccurrenceState | None:
        """An occurrence that has a state."""
        row = self._one(tables.occurrence, task=task, key=key)
        return occurrence_of(row) if row else None

    def tenure(self, bundle: str) -> Tenure | None:
        """The tenure that has not ended."""
        key = household_key(self._household) | {"of": bundle}
        row = self._connection.execute(_TENURE, key).mappings().first()
        return Tenure(row["bundle"], row["owner"], row["since"], row["until"]) if row else None

    def put(self, row: Row) -> None:
        """Keep a row in place of the one before."""
        table, key, values = _as_values(row)
        put(self._connection, table, {"household": self._household, **key}, values)

    def _one(self, table: Table, **key: str) -> Mapping[Any, Any] | None:
        parameters = household_key(self._household) | {
            f"{PREFIX}{name}": value for name, value in key.items()
        }
        return self._connection.execute(_by_key(table, tuple(key)), parameters).mappings().first()


_TENURE = select(tables.tenure).where(
    of_household(tables.tenure), tables.tenure.c.bundle == bindparam("of"), tables.tenure.c.until.is_(None)
)
_HOUSEHOLD = select(tables.household.c.id).where(tables.household.c.id == bindparam("id"))
_THERE = select(tables.entry.c.seq).where(
    of_household(tables.entry), tables.entry.c.key == bindparam(f"{PREFIX}entry")
)
_INSERT = insert(tables.entry)


@lru_cache(maxsize=16)
def _by_key(table: Table, names: tuple[str, ...]) -> Select[Any]:
    where = [table.c[name] == bindparam(f"{PREFIX}{name}") for name in names]
    return select(table).where(of_household(table), *where)


def enrolled(connection: Connection, household: str) -> bool:
    """Whether the household has its own row."""
    return connection.execute(_HOUSEHOLD, {"id": household}).first() is not None


def enrol(connection: Connection, household: str) -> None:
    """Make the household's own row, to which all others belong, unless it is there."""
    if not enrolled(connection, household):
        connection.execute(insert(tables.household).values(id=household))


def append(connection: Connection, household: str, entries: Iterable[Entry]) -> list[Entry]:
    """Add entries that are not there yet, in order, and fold each; returns those that were new."""
    waiting = list(entries)
    if not waiting:
        return []
    enrol(connection, household)
    rows = Rows(connection, household)
    added: list[Entry] = []
    for entry in waiting:
        if (
            connection.execute(_THERE, household_key(household) | {f"{PREFIX}entry": entry.key}).first()
            is not None
        ):
            continue
        connection.execute(_INSERT, {"household": household, **_entry_values(entry)})
        for row in fold(entry, rows):
            rows.put(row)
        added.append(entry)
    return added


def entries(connection: Connection, household: str, after: int = 0) -> Iterator[Entry]:
    """The record, oldest first, as a stream; or what came after an entry's number."""
    table = tables.entry
    query = select(table).where(table.c.household == household, table.c.seq > after).order_by(table.c.seq)
    for row in connection.execution_options(yield_per=1000).execute(query).mappings():
        values = {name: row[name] for name in _ENTRY_FIELDS}
        yield Entry(kind=EntryKind(row["kind"]), **values)


def count_inferred(connection: Connection, household: str, source: str, since: dt.datetime) -> int:
    """How many occurrences of a collection were taken as skipped or done without a person's word for it."""
    return (
        connection.execute(_INFERRED, household_key(household) | {"of": source, "since": since}).scalar() or 0
    )


_INFERRED = select(func.count()).where(
    of_household(tables.entry),
    or_(tables.entry.c.kind == str(EntryKind.SKIPPED), tables.entry.c.kind == str(EntryKind.DONE)),
    or_(tables.entry.c.evidence == DELETED, tables.entry.c.evidence == INFERRED),
    tables.entry.c.source == bindparam("of"),
    tables.entry.c.at >= bindparam("since", type_=tables.entry.c.at.type),
)


_ENTRY_FIELDS = ("at", "key", "actor", "source", "evidence", "bundle", "task", "occurrence", "data")


def _entry_values(entry: Entry) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in _ENTRY_FIELDS}
    return values | {"kind": str(entry.kind), "data": dict(entry.data)}


def bundle_of(row: Mapping[Any, Any]) -> Bundle:
    """A bundle from its table's row."""
    data = {name: value for name, value in row.items() if name not in ("household", "id")}
    return bundle_from_data(row["id"], data)


def task_of(row: Mapping[Any, Any]) -> Task:
    """A task from its table's row."""
    return task_from_data(row["id"], row)


def occurrence_of(row: Mapping[Any, Any]) -> OccurrenceState:
    """An occurrence's state from its table's row."""
    values = {name: value for name, value in row.items() if name not in ("household", "progress")}
    return OccurrenceState(progress=Progress(row["progress"]), **values)


def _as_values(row: Row) -> tuple[Table, dict[str, Any], dict[str, Any]]:
    match row:
        case Bundle():
            return tables.bundle, {"id": row.id}, bundle_to_data(row)
        case Task():
            return tables.task, {"id": row.id}, task_to_data(row)
        case OccurrenceState():
            values = {name: getattr(row, name) for name in OccurrenceState.__slots__}
            key = {name: values.pop(name) for name in ("task", "key")}
            return tables.occurrence, key, values | {"progress": str(row.progress)}
        case Tenure():
            values = {"owner": row.owner, "until": row.until}
            return tables.tenure, {"bundle": row.bundle, "since": row.since}, values
