"""Read views: what the core, the commands and the audit need to know, as values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, and_, func, or_, select

from syncer.core.entries import EntryKind
from syncer.core.fold import Memory, Progress, Tenure
from syncer.core.identity import Identity
from syncer.core.model import Household
from syncer.core.view import View
from syncer.ledger import tables
from syncer.ledger.record import bundle_of, occurrence_of, task_of


def state(connection: Connection, household: str) -> Memory:
    """All bundles and tasks as they stand, without occurrences."""
    rows = Memory()
    for table, make in ((tables.bundle, bundle_of), (tables.task, task_of)):
        query = select(table).where(table.c.household == household).order_by(table.c.id)
        for row in connection.execute(query).mappings():
            rows.put(make(dict(row)))
    return rows


def view(connection: Connection, household: Household, since: dt.date, also: Iterable[Identity] = ()) -> View:
    """The view of a household: see `View` for which occurrences it holds.

    `since` is the first local day of the window, `also` occurrences to include whatever their day.
    """
    rows = state(connection, household.id)
    table = tables.occurrence
    mine = table.c.household == household.id
    latest = (
        select(table.c.task, func.max(table.c.key).label("key"))
        .where(mine, table.c.progress != str(Progress.OPEN))
        .group_by(table.c.task)
        .subquery()
    )
    is_latest = and_(table.c.task == latest.c.task, table.c.key == latest.c.key)
    recent = or_(table.c.day >= since, table.c.progress == str(Progress.OPEN))
    there = tables.projection
    stands = and_(
        there.c.household == household.id,
        there.c.task == table.c.task,
        there.c.occurrence == table.c.key,
        there.c.ended.is_(None),
    )
    queries = (
        select(table).where(mine, recent),
        select(table).join(latest, is_latest).where(mine),
        select(table).join(there, stands).where(mine),
    )
    for query in queries:
        for row in connection.execute(query).mappings():
            rows.put(occurrence_of(dict(row)))
    for identity in also:
        if rows.occurrence(identity.task, identity.occurrence) is None:
            query = select(table).where(
                mine, table.c.task == identity.task, table.c.key == identity.occurrence
            )
            found = connection.execute(query).mappings().first()
            if found is not None:
                rows.put(occurrence_of(dict(found)))
    return View(household, rows)


def tenures(connection: Connection, household: str) -> Iterator[Tenure]:
    """Every partner's times as owner of every bundle, oldest first."""
    table = tables.tenure
    query = select(table).where(table.c.household == household).order_by(table.c.since)
    for row in connection.execute(query).mappings():
        yield Tenure(row["bundle"], row["owner"], row["since"], row["until"])


def unlinked(connection: Connection, household: str) -> frozenset[str]:
    """The accounts that a partner took out of the household's care, until they are linked again."""
    table = tables.entry
    query = select(table.c.data).where(table.c.household == household, table.c.kind == str(EntryKind.ACCOUNT))
    last = {data["account"]: data["state"] for (data,) in connection.execute(query.order_by(table.c.seq))}
    return frozenset(account for account, state in last.items() if state == "unlinked")


def version(connection: Connection, household: str) -> int:
    """The number of the last entry; it grows with each fact, and only then."""
    query = select(func.max(tables.entry.c.seq)).where(tables.entry.c.household == household)
    return connection.execute(query).scalar() or 0


def counts(connection: Connection, household: str) -> dict[str, int]:
    """How many entries of each kind the record holds."""
    table = tables.entry
    query = select(table.c.kind, func.count()).where(table.c.household == household).group_by(table.c.kind)
    return {row[0]: row[1] for row in connection.execute(query)}
