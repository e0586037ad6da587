"""Which collection a spoke is and how far it has been read, and the plans that are held there.

Every function works inside a transaction of the caller's, so that a fact and what follows from it are
committed together or not at all.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from syncer.core.spoke import Spoke
from syncer.ledger import tables
from syncer.ledger.keys import of_spoke, put, spoke_key


@dataclass(frozen=True, slots=True)
class Binding:
    """Which of the provider's collections a spoke is, and how far it has been read."""

    ref: str | None = None
    title: str | None = None
    identity: str | None = None
    cursor: str | None = None
    compared_at: dt.datetime | None = None
    missing_since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Deletions that wait for a person's word. `answer` is accept, restore or None."""

    since: dt.datetime
    reason: str
    items: tuple[str, ...]
    answer: str | None = None


def binding(connection: Connection, household: str, spoke: Spoke) -> Binding:
    """A spoke's binding; an empty one before its first pass."""
    table = tables.collection
    row = (
        connection.execute(select(table).where(*of_spoke(table, household, spoke, "name"))).mappings().first()
    )
    return Binding(**{name: row[name] for name in Binding.__slots__}) if row else Binding()


def bind(connection: Connection, household: str, spoke: Spoke, to: Binding) -> None:
    """Keep a spoke's binding."""
    values = {name: getattr(to, name) for name in Binding.__slots__}
    put(connection, tables.collection, spoke_key(household, spoke, "name"), values)


def hold(connection: Connection, household: str, spoke: Spoke) -> Hold | None:
    """The held plan of a spoke, if there is one."""
    table = tables.hold
    row = connection.execute(select(table).where(*of_spoke(table, household, spoke))).mappings().first()
    return Hold(row["since"], row["reason"], tuple(row["items"]), row["answer"]) if row else None


def put_hold(connection: Connection, household: str, spoke: Spoke, held: Hold | None) -> None:
    """Keep a held plan, or dissolve it."""
    if held is None:
        connection.execute(delete(tables.hold).where(*of_spoke(tables.hold, household, spoke)))
        return
    values = {
        "since": held.since,
        "reason": held.reason,
        "items": list(held.items),
        "answer": held.answer,
    }
    put(connection, tables.hold, spoke_key(household, spoke), values)
