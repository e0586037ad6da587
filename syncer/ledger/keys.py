"""Keys of rows: how a spoke and an occurrence are found in the tables. Shared by the modules beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, insert

from syncer.core.identity import Identity
from syncer.core.spoke import Spoke


def occurrence_key(identity: Identity) -> dict[str, Any]:
    """An occurrence's columns."""
    return {"task": identity.task, "occurrence": identity.occurrence}


def spoke_key(household: str, spoke: Spoke, name: str = "collection") -> dict[str, Any]:
    """A spoke's columns; in some tables its collection's column is called `name`."""
    return {"household": household, "account": spoke.account, name: spoke.collection}


def matching(table: Table, key: Mapping[str, Any]) -> list[Any]:
    """The condition that a row has this key."""
    return [table.c[name] == value for name, value in key.items()]


def of_spoke(table: Table, household: str, spoke: Spoke, name: str = "collection") -> list[Any]:
    """The condition that a row is of this spoke."""
    return matching(table, spoke_key(household, spoke, name))


def put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Keep a row in place of the one with the same key."""
    connection.execute(delete(table).where(and_(*matching(table, key))))
    connection.execute(insert(table).values(**key, **values))
