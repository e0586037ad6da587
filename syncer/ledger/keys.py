"""Keys of rows: how a household, a spoke and an occurrence are found in the tables.

Lives here: conditions on named parameters, so that the modules beside it can build each statement once, and
the values for those parameters. Building a statement costs more than running it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Table,
    Update,
    bindparam,
    delete,
    insert,
    update,
)

from syncer.core.identity import Identity
from syncer.core.spoke import Spoke

PREFIX = "key_"
"""Begins the parameters of a key, which may not be called like the columns that are written."""


def of_household(table: Table) -> ColumnElement[bool]:
    """The condition that a row is of one household."""
    return table.c.household == bindparam(f"{PREFIX}household")


def of_spoke(table: Table, name: str = "collection") -> list[ColumnElement[bool]]:
    """The condition that a row is of one spoke; in some tables its collection's column is called `name`."""
    account = table.c.account == bindparam(f"{PREFIX}account")
    return [of_household(table), account, table.c[name] == bindparam(f"{PREFIX}collection")]


def of_occurrence(table: Table) -> list[ColumnElement[bool]]:
    """The condition that a row is of one occurrence."""
    return [table.c[name] == bindparam(f"{PREFIX}{name}") for name in ("task", "occurrence")]


def household_key(household: str) -> dict[str, Any]:
    """The parameter of `of_household`."""
    return {f"{PREFIX}household": household}


def spoke_key(household: str, spoke: Spoke) -> dict[str, Any]:
    """The parameters of `of_spoke`."""
    return {
        f"{PREFIX}household": household,
        f"{PREFIX}account": spoke.account,
        f"{PREFIX}collection": spoke.collection,
    }


def occurrence_key(identity: Identity) -> dict[str, Any]:
    """The parameters of `of_occurrence`."""
    return {f"{PREFIX}task": identity.task, f"{PREFIX}occurrence": identity.occurrence}


def spoke_columns(household: str, spoke: Spoke, name: str = "collection") -> dict[str, Any]:
    """A spoke's columns in a new row."""
    return {"household": household, "account": spoke.account, name: spoke.collection}


def put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Keep a row in place of the one with the same key."""
    change, add, _ = _statements(table, tuple(key))
    parameters = {f"{PREFIX}{name}": value for name, value in key.items()}
    if not connection.execute(change, {**parameters, **values}).rowcount:
        connection.execute(add, {**key, **values})


def put_all(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep rows in place of those with the same primary keys."""
    if rows:
        names = tuple(column.name for column in table.primary_key)
        _, add, remove = _statements(table, names)
        connection.execute(remove, [{f"{PREFIX}{name}": row[name] for name in names} for row in rows])
        connection.execute(add, list(rows))


@lru_cache(maxsize=64)
def _statements(table: Table, key: tuple[str, ...]) -> tuple[Update, Insert, Delete]:
    where = [table.c[name] == bindparam(f"{PREFIX}{name}") for name in key]
    kept = {c.name: bindparam(c.name, type_=c.type) for c in table.c if c.name not in key}
    return update(table).where(*where).values(kept), insert(table), delete(table).where(*where)
