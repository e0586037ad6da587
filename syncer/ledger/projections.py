"""What stands in each collection and what both sides last agreed on; and why what ended did.

Every function works inside a transaction of the caller's, so that a fact and what follows from it are
committed together or not at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from syncer.core.fingerprint import Canon
from syncer.core.identity import Identity
from syncer.core.model import Kind
from syncer.core.spoke import Spoke
from syncer.core.standing import Projection
from syncer.ledger import tables
from syncer.ledger.keys import matching, occurrence_key, of_spoke, spoke_key


class Place(NamedTuple):
    """Where an item stands, at which revision, whether no listing has shown it yet, and earlier revisions."""

    ref: str
    revision: str | None
    fresh: bool
    past: tuple[str, ...] = ()


def known(connection: Connection, household: str, spoke: Spoke) -> dict[Identity, Place]:
    """The places of everything that lives in a spoke: all that a quiet pass needs."""
    table = tables.projection
    of = table.c
    query = select(of.task, of.occurrence, of.ref, of.revision, of.fresh, of.past).where(
        *of_spoke(table, household, spoke), of.ended.is_(None), of.ref != ""
    )
    return {
        Identity(task, key): Place(ref, revision, fresh, tuple(past))
        for task, key, ref, revision, fresh, past in connection.execute(query)
    }


def strangers(connection: Connection, household: str, identities: Iterable[Identity]) -> set[Identity]:
    """Those that never stood in any collection as far as this ledger knows, and were never to be sent."""
    unknown = set(identities)
    for table in (tables.projection, tables.intent):
        for identity in list(unknown):
            where = [table.c.household == household, *matching(table, occurrence_key(identity))]
            if connection.execute(select(table.c.task).where(*where).limit(1)).first() is not None:
                unknown.discard(identity)
    return unknown


def listed(connection: Connection, household: str, spoke: Spoke) -> None:
    """Note that a listing has accounted for everything that stands in a spoke."""
    table = tables.projection
    where = [*of_spoke(table, household, spoke), table.c.fresh.is_(True)]
    connection.execute(update(table).where(*where).values(fresh=False))


def standing(connection: Connection, household: str, spoke: Spoke) -> dict[Identity, Projection]:
    """The projections that live in a spoke, by identity of generation 0."""
    table = tables.projection
    query = select(table).where(*of_spoke(table, household, spoke), table.c.ended.is_(None))
    found = (_projection(dict(row)) for row in connection.execute(query).mappings())
    return {projection.identity.plain: projection for projection in found}


def generations(connection: Connection, household: str, spoke: Spoke) -> dict[Identity, int]:
    """The last generation of each occurrence that ever stood in a spoke and has ended there."""
    table = tables.projection
    query = select(table.c.task, table.c.occurrence, table.c.generation).where(
        *of_spoke(table, household, spoke), table.c.ended.is_not(None)
    )
    return {Identity(task, key): number for task, key, number in connection.execute(query)}


def keep(connection: Connection, household: str, spoke: Spoke, projections: Sequence[Projection]) -> None:
    """Keep projections as living, in place of what was there."""
    rows = [
        spoke_key(household, spoke)
        | occurrence_key(projection.identity)
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
    where = [*of_spoke(table, household, spoke), *matching(table, occurrence_key(identity))]
    connection.execute(update(table).where(*where).values(refused=what.to_data()))


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
        where = [*of_spoke(table, household, spoke), *matching(table, occurrence_key(identity))]
        connection.execute(update(table).where(*where).values(ended=cause, ended_at=at))


def end_account(connection: Connection, household: str, account: str, cause: str, at: dt.datetime) -> None:
    """Record that nothing of an account's collections is looked after any more."""
    table = tables.projection
    where = [table.c.household == household, table.c.account == account, table.c.ended.is_(None)]
    connection.execute(update(table).where(*where).values(ended=cause, ended_at=at))


def _projection(row: Mapping[str, Any]) -> Projection:
    canons = {name: Canon.from_data(row[name]) if row[name] else None for name in ("ours", "base", "refused")}
    return Projection(
        Identity(row["task"], row["occurrence"], row["generation"]),
        row["uid"],
        row["ref"],
        row["revision"],
        Kind(row["kind"]),
        ours=canons["ours"],
        base=canons["base"],
        refused=canons["refused"],
        fresh=row["fresh"],
        past=tuple(row["past"]),
        undone=row["undone"],
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
        "past": list(projection.past),
        "undone": projection.undone,
        **{name: canon.to_data() if canon else None for name, canon in canons.items()},
    }
