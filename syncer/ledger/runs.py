"""Runs: what each pass wrote to the apps, and what stood there before; for undo and for whoever asks.

Every function works inside a transaction of the caller's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from syncer.core.fingerprint import Canon
from syncer.core.identity import Identity, read_uid
from syncer.ledger import tables
from syncer.ledger.intents import Outcome


@dataclass(frozen=True, slots=True)
class Sent:
    """An operation of a run that took effect: `after` is the revision then, `raw` what stood there before."""

    account: str
    collection: str
    identity: Identity
    operation: str
    uid: str
    ref: str | None
    ours: Canon | None
    why: str
    after: str | None
    raw: str | None


def sent(connection: Connection, household: str, run: str) -> list[Sent]:
    """What a run did, oldest first."""
    table, image = tables.intent, tables.image
    arrived = table.c.outcome.in_([str(Outcome.ACKNOWLEDGED), str(Outcome.ARRIVED)])
    query = (
        select(table, image.c.raw)
        .outerjoin(image, image.c.intent == table.c.id)
        .where(table.c.household == household, table.c.run == run, arrived)
        .order_by(table.c.id)
    )
    return [
        Sent(
            row["account"],
            row["collection"],
            read_uid(row["uid"], household) or Identity(row["task"], row["occurrence"]),
            row["operation"],
            row["uid"],
            row["ref"],
            Canon.from_data(row["ours"]) if row["ours"] else None,
            row["why"],
            row["after"],
            row["raw"],
        )
        for row in connection.execute(query).mappings()
    ]


@dataclass(frozen=True, slots=True)
class Run:
    """A run that wrote something: its name, when (UTC), and how many operations of each kind took effect."""

    name: str
    at: dt.datetime
    counts: Mapping[str, int]


def runs(connection: Connection, household: str, most: int = 20) -> list[Run]:
    """The last runs that wrote something, youngest first."""
    table = tables.intent
    arrived = table.c.outcome.in_([str(Outcome.ACKNOWLEDGED), str(Outcome.ARRIVED)])
    last = (
        select(table.c.run, func.max(table.c.id).label("last"))
        .where(table.c.household == household, arrived)
        .group_by(table.c.run)
        .order_by(func.max(table.c.id).desc())
        .limit(most)
    )
    found: list[Run] = []
    for name, _ in connection.execute(last).all():
        mine = (table.c.household == household, table.c.run == name, arrived)
        counted = select(table.c.operation, func.count()).where(*mine).group_by(table.c.operation)
        counts = {str(operation): int(number) for operation, number in connection.execute(counted)}
        at = connection.execute(select(func.min(table.c.made_at)).where(*mine)).scalar()
        found.append(Run(name, at or dt.datetime.min.replace(tzinfo=dt.UTC), counts))
    return found


def acknowledged(connection: Connection, household: str, run: str) -> int:
    """How many operations of a run took effect."""
    table = tables.intent
    query = select(func.count()).where(
        table.c.household == household, table.c.run == run, table.c.outcome == str(Outcome.ACKNOWLEDGED)
    )
    return connection.execute(query).scalar() or 0
