"""What is known of the apps: bindings of collections, projections, intents and held plans.

Every function works inside a transaction of the caller's, so that a fact and what follows from it are
committed together or not at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, and_, bindparam, delete, func, insert, select, update

from syncer.connector import Create, Update
from syncer.core.fingerprint import Canon
from syncer.core.identity import Identity, read_uid
from syncer.core.model import Kind
from syncer.core.reconcile import Projection, Step
from syncer.core.spoke import Spoke
from syncer.ledger import tables


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
class Intent:
    """An operation that was committed to be sent and whose outcome is not known."""

    id: int
    identity: Identity
    operation: str
    uid: str
    ref: str | None
    ours: Canon | None
    fields: frozenset[str]


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
    row = connection.execute(select(table).where(*_spoke(table, household, spoke, "name"))).mappings().first()
    return Binding(**{name: row[name] for name in Binding.__slots__}) if row else Binding()


def bind(connection: Connection, household: str, spoke: Spoke, to: Binding) -> None:
    """Keep a spoke's binding."""
    values = {name: getattr(to, name) for name in Binding.__slots__}
    _put(connection, tables.collection, _key(household, spoke, "name"), values)


def standing(connection: Connection, household: str, spoke: Spoke) -> dict[Identity, Projection]:
    """The projections that live in a spoke, by identity of generation 0."""
    table = tables.projection
    query = select(table).where(*_spoke(table, household, spoke), table.c.ended.is_(None))
    found = (_projection(dict(row)) for row in connection.execute(query).mappings())
    return {projection.identity.plain: projection for projection in found}


def generations(connection: Connection, household: str, spoke: Spoke) -> dict[Identity, int]:
    """The last generation of each occurrence that ever stood in a spoke and has ended there."""
    table = tables.projection
    query = select(table.c.task, table.c.occurrence, table.c.generation).where(
        *_spoke(table, household, spoke), table.c.ended.is_not(None)
    )
    return {Identity(task, key): number for task, key, number in connection.execute(query)}


def keep(connection: Connection, household: str, spoke: Spoke, projections: Sequence[Projection]) -> None:
    """Keep projections as living, in place of what was there."""
    rows = [
        _key(household, spoke)
        | _occurrence(projection.identity)
        | _values(projection)
        | {"ended": None, "ended_at": None}
        for projection in projections
    ]
    if rows:
        table = tables.projection
        where = [column == bindparam(f"old_{column.name}") for column in table.primary_key]
        keys = [{f"old_{c.name}": row[c.name] for c in table.primary_key} for row in rows]
        connection.execute(delete(table).where(*where), keys)
        connection.execute(insert(table), rows)


def refuse(connection: Connection, household: str, spoke: Spoke, identity: Identity, what: Canon) -> None:
    """Remember what a provider would not take of an item that stands there."""
    table = tables.projection
    where = [*_spoke(table, household, spoke), *_where(table, _occurrence(identity))]
    connection.execute(update(table).where(*where).values(refused=what.to_data()))


class Place(NamedTuple):
    """Where an item stands, at which revision, and whether no listing has shown it yet."""

    ref: str
    revision: str | None
    fresh: bool


def known(connection: Connection, household: str, spoke: Spoke) -> dict[Identity, Place]:
    """The places of everything that lives in a spoke: all that a quiet pass needs."""
    table = tables.projection
    query = select(table.c.task, table.c.occurrence, table.c.ref, table.c.revision, table.c.fresh).where(
        *_spoke(table, household, spoke), table.c.ended.is_(None), table.c.ref != ""
    )
    return {Identity(task, key): Place(*place) for task, key, *place in connection.execute(query)}


def listed(connection: Connection, household: str, spoke: Spoke) -> None:
    """Note that a listing has accounted for everything that stands in a spoke."""
    table = tables.projection
    where = [*_spoke(table, household, spoke), table.c.fresh.is_(True)]
    connection.execute(update(table).where(*where).values(fresh=False))


def end(
    connection: Connection,
    household: str,
    spoke: Spoke,
    ended: Iterable[tuple[Identity, str]],
    at: dt.datetime,
) -> None:
    """Record why projections ended (reliability.md, I4)."""
    table = tables.projection
    for identity, cause in ended:
        where = [*_spoke(table, household, spoke), *_where(table, _occurrence(identity))]
        connection.execute(update(table).where(*where).values(ended=cause, ended_at=at))


def intend(
    connection: Connection, household: str, spoke: Spoke, run: str, steps: Sequence[Step], at: dt.datetime
) -> list[int]:
    """Write down what is about to be sent; returns the intents' numbers, in the steps' order."""
    rows = [
        {
            **_key(household, spoke),
            **_occurrence(step.identity),
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
    query = select(table).where(*_spoke(table, household, spoke), table.c.outcome.is_(None))
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
    query = select(func.count()).where(*_spoke(table, household, spoke), table.c.outcome.is_(None))
    return connection.execute(query).scalar() or 0


def acknowledged(connection: Connection, household: str, run: str) -> int:
    """How many operations of a run took effect."""
    table = tables.intent
    query = select(func.count()).where(
        table.c.household == household, table.c.run == run, table.c.outcome == "acknowledged"
    )
    return connection.execute(query).scalar() or 0


def hold(connection: Connection, household: str, spoke: Spoke) -> Hold | None:
    """The held plan of a spoke, if there is one."""
    table = tables.hold
    row = connection.execute(select(table).where(*_spoke(table, household, spoke))).mappings().first()
    return Hold(row["since"], row["reason"], tuple(row["items"]), row["answer"]) if row else None


def put_hold(connection: Connection, household: str, spoke: Spoke, held: Hold | None) -> None:
    """Keep a held plan, or dissolve it."""
    if held is None:
        connection.execute(delete(tables.hold).where(*_spoke(tables.hold, household, spoke)))
        return
    values = {
        "since": held.since,
        "reason": held.reason,
        "items": list(held.items),
        "answer": held.answer,
    }
    _put(connection, tables.hold, _key(household, spoke), values)


def _projection(row: Mapping[str, Any]) -> Projection:
    canons = {name: Canon.from_data(row[name]) if row[name] else None for name in ("ours", "base", "refused")}
    return Projection(
        Identity(row["task"], row["occurrence"], row["generation"]),
        row["uid"],
        row["ref"],
        row["revision"],
        Kind(row["kind"]),
        **canons,
        fresh=row["fresh"],
    )


def _values(projection: Projection) -> dict[str, Any]:
    canons = {name: getattr(projection, name) for name in ("ours", "base", "refused")}
    return {
        "generation": projection.identity.generation,
        "uid": projection.uid,
        "ref": projection.ref,
        "revision": projection.revision,
        "kind": str(projection.kind),
        "fresh": projection.fresh,
        **{name: canon.to_data() if canon else None for name, canon in canons.items()},
    }


def _occurrence(identity: Identity) -> dict[str, Any]:
    return {"task": identity.task, "occurrence": identity.occurrence}


def _key(household: str, spoke: Spoke, name: str = "collection") -> dict[str, Any]:
    return {"household": household, "account": spoke.account, name: spoke.collection}


def _where(table: Table, key: Mapping[str, Any]) -> list[Any]:
    return [table.c[name] == value for name, value in key.items()]


def _spoke(table: Table, household: str, spoke: Spoke, name: str = "collection") -> list[Any]:
    return _where(table, _key(household, spoke, name))


def _put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    connection.execute(delete(table).where(and_(*_where(table, key))))
    connection.execute(insert(table).values(**key, **values))
