"""Intents: what is about to be sent, written down first, and what became of it.

Every function works inside a transaction of the caller's, so that a fact and what follows from it are
committed together or not at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from syncer.connector import Create, Update
from syncer.core.fingerprint import Canon
from syncer.core.identity import Identity, read_uid
from syncer.core.reconcile import Step
from syncer.core.spoke import Spoke
from syncer.ledger import tables
from syncer.ledger.keys import occurrence_key, of_spoke, spoke_key


@dataclass(frozen=True, slots=True)
class Intent:
    """An operation that was committed to be sent and whose outcome is not known."""

    id: int
    identity: Identity
    operation: str
    uid: str
    ref: str | None
    ours: Canon | None
    fields: frozenset[str]


def intend(
    connection: Connection, household: str, spoke: Spoke, run: str, steps: Sequence[Step], at: dt.datetime
) -> list[int]:
    """Write down what is about to be sent; returns the intents' numbers, in the steps' order."""
    rows = [
        {
            **spoke_key(household, spoke),
            **occurrence_key(step.identity),
            "run": run,
            "operation": type(step.operation).__name__.lower(),
            "uid": step.operation.uid,
            "ref": None if isinstance(step.operation, Create) else step.operation.ref,
            "revision": None if isinstance(step.operation, Create) else step.operation.revision,
            "fields": sorted(step.operation.fields) if isinstance(step.operation, Update) else [],
            "ours": step.ours.to_data() if step.ours else None,
            "why": step.why,
            "made_at": at,
        }
        for step in steps
    ]
    if not rows:
        return []
    made = insert(tables.intent).returning(tables.intent.c.id, sort_by_parameter_order=True)
    return list(connection.execute(made, rows).scalars())


def settle(connection: Connection, intents: Iterable[int], outcome: str, at: dt.datetime) -> None:
    """Close intents: acknowledged, refused, conflict, withdrawn or looked up."""
    numbers = list(intents)
    if numbers:
        table = tables.intent
        query = update(table).where(table.c.id.in_(numbers), table.c.outcome.is_(None))
        connection.execute(query.values(outcome=outcome, settled_at=at))


def open_intents(connection: Connection, household: str, spoke: Spoke) -> list[Intent]:
    """Intents whose outcome is not known, oldest first."""
    table = tables.intent
    query = select(table).where(*of_spoke(table, household, spoke), table.c.outcome.is_(None))
    return [
        Intent(
            row["id"],
            read_uid(row["uid"], household) or Identity(row["task"], row["occurrence"]),
            row["operation"],
            row["uid"],
            row["ref"],
            Canon.from_data(row["ours"]) if row["ours"] else None,
            frozenset(row["fields"]),
        )
        for row in connection.execute(query.order_by(table.c.id)).mappings()
    ]


def count_open_intents(connection: Connection, household: str, spoke: Spoke) -> int:
    """How many operations of a spoke have no known outcome."""
    table = tables.intent
    query = select(func.count()).where(*of_spoke(table, household, spoke), table.c.outcome.is_(None))
    return connection.execute(query).scalar() or 0


def acknowledged(connection: Connection, household: str, run: str) -> int:
    """How many operations of a run took effect."""
    table = tables.intent
    query = select(func.count()).where(
        table.c.household == household, table.c.run == run, table.c.outcome == "acknowledged"
    )
    return connection.execute(query).scalar() or 0
