"""Which collection a spoke is and how far it has been read, and the plans that are held there.

Every function works inside a transaction of the caller's, so that a fact and what follows from it are
committed together or not at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, delete, select, update

from syncer.core.spoke import Spoke
from syncer.ledger import tables
from syncer.ledger.keys import of_spoke, put, spoke_key


@dataclass(frozen=True, slots=True)
class Binding:
    """Which of the provider's collections a spoke is, and how far it has been read.

    `turn` counts what was written about the spoke: who decided at one turn and finds another has been
    overtaken, by a second daemon, and decides anew.
    """

    ref: str | None = None
    title: str | None = None
    identity: str | None = None
    cursor: str | None = None
    compared_at: dt.datetime | None = None
    missing_since: dt.datetime | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """What waits for a person's word: `items` that vanished, `completed` ones that look done.

    `answer` is accept, restore or None. `number` tells this hold from earlier ones of the spoke.
    """

    since: dt.datetime
    reason: str
    items: tuple[str, ...]
    answer: str | None = None
    completed: tuple[str, ...] = ()
    number: int = 0

    @property
    def waiting(self) -> frozenset[str]:
        """Everything that waits, by name."""
        return frozenset(self.items) | frozenset(self.completed)


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


def unbind(connection: Connection, household: str, account: str) -> None:
    """Forget how far an account's collections were read, what is held there and what is set aside."""
    for table in (tables.hold, tables.quarantine):
        where = [table.c.household == household, table.c.account == account]
        connection.execute(delete(table).where(*where))
    table = tables.collection
    where = [table.c.household == household, table.c.account == account]
    connection.execute(
        update(table).where(*where).values(cursor=None, compared_at=None, turn=table.c.turn + 1)
    )


def advance(connection: Connection, household: str, spoke: Spoke) -> None:
    """Count a turn: something was written about the spoke."""
    table = tables.collection
    where = of_spoke(table, household, spoke, "name")
    connection.execute(update(table).where(*where).values(turn=table.c.turn + 1))


def holds(connection: Connection, household: str) -> dict[str, Hold]:
    """All held plans, by the spoke's name."""
    table = tables.hold
    rows = connection.execute(select(table).where(table.c.household == household)).mappings()
    return {f"{row['account']}/{row['collection']}": _hold(dict(row)) for row in rows}


def hold(connection: Connection, household: str, spoke: Spoke) -> Hold | None:
    """The held plan of a spoke, if there is one."""
    table = tables.hold
    row = connection.execute(select(table).where(*of_spoke(table, household, spoke))).mappings().first()
    return _hold(dict(row)) if row else None


def _hold(row: Mapping[str, Any]) -> Hold:
    lists = {name: tuple(row[name]) for name in ("items", "completed")}
    return Hold(row["since"], row["reason"], answer=row["answer"], number=row["number"], **lists)


def answer(connection: Connection, household: str, spoke: Spoke, said: str) -> int:
    """Note a person's answer (accept or restore) to a spoke's held plan; returns how much waited."""
    held = hold(connection, household, spoke)
    if held is None:
        return 0
    put_hold(connection, household, spoke, replace(held, answer=said))
    return len(held.waiting)


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
        "completed": list(held.completed),
        "number": held.number,
    }
    put(connection, tables.hold, spoke_key(household, spoke), values)
