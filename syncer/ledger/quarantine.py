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
from syncer.ledger.keys import of_spoke, put, spoke_key


@dataclass(frozen=True, slots=True)
class SetAside:
    """One item: where, at which revision, why, and since when (UTC)."""

    ref: str
    revision: str | None
    reason: str
    since: dt.datetime


def of(connection: Connection, household: str) -> dict[str, list[SetAside]]:
    """All that is set aside, by the spoke's name."""
    table = tables.quarantine
    found: dict[str, list[SetAside]] = {}
    query = select(table).where(table.c.household == household).order_by(table.c.since, table.c.ref)
    for row in connection.execute(query).mappings():
        item = SetAside(row["ref"], row["revision"], row["reason"], row["since"])
        found.setdefault(f"{row['account']}/{row['collection']}", []).append(item)
    return found


def set_aside(
    connection: Connection, household: str, spoke: Spoke, broken: Iterable[Broken], at: dt.datetime
) -> None:
    """Set items aside, in place of what was known of them."""
    for item in broken:
        key = spoke_key(household, spoke) | {"ref": item.ref}
        put(
            connection,
            tables.quarantine,
            key,
            {"revision": item.revision, "reason": item.reason, "since": at},
        )


def take_back(connection: Connection, household: str, spoke: Spoke, refs: Iterable[str]) -> None:
    """Forget items that are well again, or gone."""
    table = tables.quarantine
    for ref in refs:
        connection.execute(delete(table).where(*of_spoke(table, household, spoke), table.c.ref == ref))
