"""Items of ours that can't be understood: set aside until they are mended, so that the rest goes on.

Every function works inside a transaction of the caller's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from syncer.connector import Broken
from syncer.core.spoke import Spoke
from syncer.ledger import tables
from syncer.ledger.keys import household_key, of_household, of_spoke, put, spoke_columns, spoke_key


@dataclass(frozen=True, slots=True)
class SetAside:
    """One item: where, at which revision, why, and since when (UTC)."""

    ref: str
    revision: str | None
    reason: str
    since: dt.datetime


_table = tables.quarantine
_ALL = select(_table).where(of_household(_table)).order_by(_table.c.since, _table.c.ref)


def of(connection: Connection, household: str) -> dict[str, list[SetAside]]:
    """All that is set aside, by the spoke's name."""
    found: dict[str, list[SetAside]] = {}
    for row in connection.execute(_ALL, household_key(household)).mappings():
        item = SetAside(row["ref"], row["revision"], row["reason"], row["since"])
        found.setdefault(f"{row['account']}/{row['collection']}", []).append(item)
    return found


def set_aside(
    connection: Connection, household: str, spoke: Spoke, broken: Iterable[Broken], at: dt.datetime
) -> None:
    """Set items aside, in place of what was known of them."""
    for item in broken:
        key = spoke_columns(household, spoke) | {"ref": item.ref}
        put(connection, _table, key, {"revision": item.revision, "reason": item.reason, "since": at})


def take_back(connection: Connection, household: str, spoke: Spoke, refs: Iterable[str]) -> None:
    """Forget items that are well again, or gone."""
    for ref in refs:
        where = [*of_spoke(_table), _table.c.ref == ref]
        connection.execute(delete(_table).where(*where), spoke_key(household, spoke))
