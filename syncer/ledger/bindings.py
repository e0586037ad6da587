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
from syncer.ledger.keys import household_key, of_household, of_spoke, put, spoke_columns, spoke_key


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


_collection, _hold = tables.collection, tables.hold
_BINDING = select(_collection).where(*of_spoke(_collection, "name"))
_BINDINGS = select(_collection).where(of_household(_collection))
_ADVANCE = update(_collection).where(*of_spoke(_collection, "name")).values(turn=_collection.c.turn + 1)
_HOLD = select(_hold).where(*of_spoke(_hold))
_HOLDS = select(_hold).where(of_household(_hold))
_DISSOLVE = delete(_hold).where(*of_spoke(_hold))


def binding(connection: Connection, household: str, spoke: Spoke) -> Binding:
    """A spoke's binding; an empty one before its first pass."""
    row = connection.execute(_BINDING, spoke_key(household, spoke)).mappings().first()
    return _binding(row) if row else Binding()


def bindings(connection: Connection, household: str) -> dict[str, Binding]:
    """All bindings, by the spoke's name."""
    rows = connection.execute(_BINDINGS, household_key(household)).mappings()
    return {f"{row['account']}/{row['name']}": _binding(row) for row in rows}


def bind(connection: Connection, household: str, spoke: Spoke, to: Binding) -> None:
    """Keep a spoke's binding."""
    values = {name: getattr(to, name) for name in Binding.__slots__}
    put(connection, _collection, spoke_columns(household, spoke, "name"), values)


def unbind(connection: Connection, household: str, account: str) -> None:
    """Forget how far an account's collections were read, what is held there and what is set aside."""
    for table in (tables.hold, tables.quarantine):
        where = [table.c.household == household, table.c.account == account]
        connection.execute(delete(table).where(*where))
    table = tables.collection
    where = [table.c.household == household, table.c.account == account]
    unread = {"cursor": None, "compared_at": None, "turn": table.c.turn + 1}
    connection.execute(update(table).where(*where).values(**unread))


def advance(connection: Connection, household: str, spoke: Spoke) -> None:
    """Count a turn: something was written about the spoke."""
    connection.execute(_ADVANCE, spoke_key(household, spoke))


def holds(connection: Connection, household: str) -> dict[str, Hold]:
    """All held plans, by the spoke's name."""
    rows = connection.execute(_HOLDS, household_key(household)).mappings()
    return {f"{row['account']}/{row['collection']}": _held(row) for row in rows}


def hold(connection: Connection, household: str, spoke: Spoke) -> Hold | None:
    """The held plan of a spoke, if there is one."""
    row = connection.execute(_HOLD, spoke_key(household, spoke)).mappings().first()
    return _held(row) if row else None


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
        connection.execute(_DISSOLVE, spoke_key(household, spoke))
        return
    values = {name: getattr(held, name) for name in Hold.__slots__}
    lists = {"items": list(held.items), "completed": list(held.completed)}
    put(connection, _hold, spoke_columns(household, spoke), values | lists)


def _binding(row: Mapping[Any, Any]) -> Binding:
    return Binding(**{name: row[name] for name in Binding.__slots__})


def _held(row: Mapping[Any, Any]) -> Hold:
    lists = {name: tuple(row[name]) for name in ("items", "completed")}
    return Hold(row["since"], row["reason"], answer=row["answer"], number=row["number"], **lists)
