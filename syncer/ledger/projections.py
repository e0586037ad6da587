"""What stands in each collection and what both sides last agreed on; and why what ended did.

Every function works inside a transaction of the caller's, so that a fact and what follows from it are
committed together or not at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from syncer.core.fingerprint import Canon
from syncer.core.identity import Identity
from syncer.core.model import Kind
from syncer.core.spoke import Spoke
from syncer.core.standing import Projection
from syncer.ledger import tables
from syncer.ledger.keys import (
    household_key,
    occurrence_key,
    of_household,
    of_occurrence,
    of_spoke,
    put_all,
    spoke_columns,
    spoke_key,
)


class Place(NamedTuple):
    """Where an item stands, at which revision, whether no listing has shown it yet, and earlier revisions."""

    ref: str
    revision: str | None
    fresh: bool
    past: tuple[str, ...] = ()
    uid: str = ""


_table = tables.projection
_LIVE = _table.c.ended.is_(None)
_PLACE = tuple(_table.c[name] for name in ("task", "occurrence", "ref", "revision", "fresh", "past", "uid"))
_KNOWN = select(*_PLACE).where(*of_spoke(_table), _LIVE, _table.c.ref != "")
_ALL_KNOWN = select(_table.c.account, _table.c.collection, *_PLACE).where(
    of_household(_table), _LIVE, _table.c.ref != ""
)
_LISTED = update(_table).where(*of_spoke(_table), _LIVE, _table.c.fresh.is_(True)).values(fresh=False)
_STANDING = select(_table).where(*of_spoke(_table), _LIVE)
_ALL_STANDING = select(_table).where(of_household(_table), _LIVE)
_ONE = [*of_spoke(_table), *of_occurrence(_table)]
_ENDED = select(_table).where(*_ONE, _table.c.ended.is_not(None))
_REFUSE = update(_table).where(*_ONE).values(refused=bindparam("refused", type_=_table.c.refused.type))
_SPENT = select(_table.c.generation).where(*_ONE, _table.c.ended.is_not(None))
_END = (
    update(_table)
    .where(*_ONE)
    .values(ended=bindparam("ended"), ended_at=bindparam("ended_at", type_=_table.c.ended_at.type))
)
_EVER = [
    select(table.c.task).where(*of_spoke(table), *of_occurrence(table)).limit(1)
    for table in (tables.projection, tables.intent)
]


def known(connection: Connection, household: str, spoke: Spoke) -> dict[Identity, Place]:
    """The places of everything that lives in a spoke: all that a quiet pass needs."""
    rows = connection.execute(_KNOWN, spoke_key(household, spoke))
    return {Identity(row[0], row[1]): _place(row[2:]) for row in rows}


def all_known(connection: Connection, household: str) -> dict[str, dict[Identity, Place]]:
    """The same of all spokes, by the spoke's name."""
    found: dict[str, dict[Identity, Place]] = {}
    for account, collection, task, key, *place in connection.execute(_ALL_KNOWN, household_key(household)):
        found.setdefault(f"{account}/{collection}", {})[Identity(task, key)] = _place(place)
    return found


def strangers(
    connection: Connection, household: str, spoke: Spoke, identities: Iterable[Identity]
) -> set[Identity]:
    """Those that never stood in a spoke as far as this ledger knows, and were never to be sent there."""
    unknown = set(identities)
    for query in _EVER:
        for identity in list(unknown):
            key = spoke_key(household, spoke) | occurrence_key(identity)
            if connection.execute(query, key).first() is not None:
                unknown.discard(identity)
    return unknown


def ended(
    connection: Connection, household: str, spoke: Spoke, identities: Iterable[Identity]
) -> dict[Identity, Projection]:
    """What is known of items that stood in a spoke and have ended there, of those asked for."""
    found: dict[Identity, Projection] = {}
    for identity in identities:
        key = spoke_key(household, spoke) | occurrence_key(identity)
        row = connection.execute(_ENDED, key).mappings().first()
        if row is not None:
            found[identity.plain] = _projection(row)
    return found


def listed(connection: Connection, household: str, spoke: Spoke) -> None:
    """Note that a listing has accounted for everything that stands in a spoke."""
    connection.execute(_LISTED, spoke_key(household, spoke))


def standing(connection: Connection, household: str, spoke: Spoke) -> dict[Identity, Projection]:
    """The projections that live in a spoke, by identity of generation 0."""
    rows = connection.execute(_STANDING, spoke_key(household, spoke)).mappings()
    found = (_projection(row) for row in rows)
    return {projection.identity.plain: projection for projection in found}


def all_standing(connection: Connection, household: str) -> dict[str, dict[Identity, Projection]]:
    """The same of all spokes, by the spoke's name."""
    found: dict[str, dict[Identity, Projection]] = {}
    for row in connection.execute(_ALL_STANDING, household_key(household)).mappings():
        projection = _projection(row)
        found.setdefault(f"{row['account']}/{row['collection']}", {})[projection.identity.plain] = projection
    return found


def generations(
    connection: Connection, household: str, spoke: Spoke, identities: Iterable[Identity]
) -> dict[Identity, int]:
    """The last generation of each of these occurrences that stood in a spoke and has ended there."""
    found: dict[Identity, int] = {}
    for identity in identities:
        key = spoke_key(household, spoke) | occurrence_key(identity)
        number = connection.execute(_SPENT, key).scalar()
        if number is not None:
            found[identity.plain] = number
    return found


def keep(connection: Connection, household: str, spoke: Spoke, projections: Sequence[Projection]) -> None:
    """Keep projections as living, in place of what was there."""
    rows = [
        spoke_columns(household, spoke) | _values(projection) | {"ended": None, "ended_at": None}
        for projection in projections
    ]
    put_all(connection, _table, rows)


def refuse(connection: Connection, household: str, spoke: Spoke, identity: Identity, what: Canon) -> None:
    """Remember what a provider would not take of an item that stands there."""
    key = spoke_key(household, spoke) | occurrence_key(identity)
    connection.execute(_REFUSE, key | {"refused": what.to_data()})


def end(
    connection: Connection,
    household: str,
    spoke: Spoke,
    ended: Iterable[tuple[Identity, str]],
    at: dt.datetime,
) -> None:
    """Record why projections ended (reliability.md, I4)."""
    for identity, cause in ended:
        key = spoke_key(household, spoke) | occurrence_key(identity)
        connection.execute(_END, key | {"ended": cause, "ended_at": at})


def end_account(connection: Connection, household: str, account: str, cause: str, at: dt.datetime) -> None:
    """Record that nothing of an account's collections is looked after any more."""
    where = [_table.c.household == household, _table.c.account == account, _LIVE]
    connection.execute(update(_table).where(*where).values(ended=cause, ended_at=at))


def _place(values: Sequence[Any]) -> Place:
    ref, revision, fresh, past, uid = values
    return Place(ref, revision, fresh, tuple(past), uid)


def _projection(row: Mapping[Any, Any]) -> Projection:
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
        "task": projection.identity.task,
        "occurrence": projection.identity.occurrence,
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
