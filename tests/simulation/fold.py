"""I18: the record is append-only, and the current state is what it comes to."""

from __future__ import annotations

import datetime as dt
from typing import Any

from syncer.core.entries import Entry, EntryKind
from syncer.core.fold import Memory, Tenure
from syncer.ledger.record import bundle_of, occurrence_of, task_of
from tests.simulation.shelter import from_json
from tests.simulation.world import World

Row = dict[str, Any]


def folds(world: World) -> None:
    """Fold the record anew and compare."""
    rows = world.ledger.rows
    told = Memory().apply(_entry(row) for row in rows("SELECT * FROM entry ORDER BY seq"))
    kept = Memory()
    for row in rows("SELECT * FROM bundle"):
        kept.put(bundle_of(row))
    for row in rows("SELECT * FROM task"):
        kept.put(task_of(row | {name: from_json(row[name]) for name in ("effort", "repeat")}))
    for row in rows("SELECT * FROM occurrence"):
        kept.put(occurrence_of(_occurrence(row)))
    for row in rows("SELECT * FROM tenure"):
        since = _moment(row["since"])
        assert since is not None
        kept.put(Tenure(row["bundle"], row["owner"], since, _moment(row["until"])))
    for name in ("bundles", "tasks", "occurrences", "tenures"):
        if getattr(told, name) != getattr(kept, name):
            world.oracle.accuse("I18 fold", f"{name} are not what the record comes to")
    for bundle in kept.bundles.values():
        held = [t for t in kept.tenures.values() if t.bundle == bundle.id and t.until is None]
        if [tenure.owner for tenure in held] != [bundle.owner]:
            world.oracle.accuse("I21 owner", f"{bundle.id} is {bundle.owner}'s, its tenures are {held}")


def _entry(row: Row) -> Entry:
    at = _moment(row["at"])
    assert at is not None
    return Entry(
        EntryKind(row["kind"]),
        at,
        row["key"],
        row["actor"],
        row["source"],
        row["evidence"],
        row["bundle"],
        row["task"],
        row["occurrence"],
        from_json(row["data"]),
    )


def _occurrence(row: Row) -> Row:
    day, on = row["day"], row["resolved_on"]
    return row | {
        "day": dt.date.fromisoformat(day),
        "moved": from_json(row["moved"]),
        "noted": bool(row["noted"]),
        "retitled": bool(row["retitled"]),
        "resolved_on": dt.date.fromisoformat(on) if on else None,
        "resolved_at": _moment(row["resolved_at"]),
    }


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) if text else None
