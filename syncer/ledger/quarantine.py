"""Items of ours that can't be understood: set aside until they are mended, so that the rest goes on.

Every function works inside a transaction of the caller's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select, update

from syncer.connector import Broken
from syncer.core.spoke import Spoke
from syncer.ledger import tables
from syncer.ledger.keys import household_key, of_household, of_spoke, put, spoke_columns, spoke_key

TRIES = 5
"""How often an item is read again with the next looks: its answer may have been cut short. After that it is
read when its revision changes, and when all is compared."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """One item: where, at which revision, why, since when (UTC), how often it was read again in vain."""

    ref: str
    revision: str | None
    reason: str
    since: dt.datetime
    tries: int = 0


_table = tables.quarantine
_TRIED = (
    update(_table).where(*of_spoke(_table), _table.c.ref == bindparam("at")).values(tries=_table.c.tries + 1)
)
_ALL = select(_table).where(of_household(_table)).order_by(_table.c.since, _table.c.ref)


def of(connection: Connection, household: str) -> dict[str, list[SetAside]]:
    """All that is set aside, by the spoke's name."""
    found: dict[str, list[SetAside]] = {}
    for row in connection.execute(_ALL, household_key(household)).mappings():
        item = SetAside(row["ref"], row["revision"], row["reason"], row["since"], row["tries"])
        found.setdefault(f"{row['account']}/{row['collection']}", []).append(item)
    return found


def set_aside(
    connection: Connection, household: str, spoke: Spoke, broken: Iterable[Broken], at: dt.datetime
) -> None:
    """Set items aside, in place of what was known of them."""
    for item in broken:
        key = spoke_columns(household, spoke) | {"ref": item.ref}
        put(
            connection,
            _table,
            key,
            {"revision": item.revision, "reason": item.reason, "since": at, "tries": 0},
        )


def tried(connection: Connection, household: str, spoke: Spoke, refs: Iterable[str]) -> None:
    """Count that items were read again and are as they were."""
    for ref in refs:
        connection.execute(_TRIED, spoke_key(household, spoke) | {"at": ref})


def take_back(connection: Connection, household: str, spoke: Spoke, refs: Iterable[str]) -> None:
    """Forget items that are well again, or gone."""
    for ref in refs:
        where = [*of_spoke(_table), _table.c.ref == ref]
        connection.execute(delete(_table).where(*where), spoke_key(household, spoke))
