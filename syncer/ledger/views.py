"""Read views: what the core, the commands and the audit need to know, as values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from syncer.core.entries import EntryKind
from syncer.core.fold import Memory, Progress, Tenure
from syncer.core.identity import Identity
from syncer.core.model import Household
from syncer.core.view import View
from syncer.ledger import tables
from syncer.ledger.keys import PREFIX, household_key, of_household
from syncer.ledger.record import bundle_of, occurrence_of, task_of

_ROWS = tuple(
    (select(table).where(of_household(table)).order_by(table.c.id), make)
    for table, make in ((tables.bundle, bundle_of), (tables.task, task_of))
)
_done = tables.occurrence
_MINE = of_household(_done)
_OPEN = str(Progress.OPEN)
_RECENT = select(_done).where(
    _MINE, or_(_done.c.day >= bindparam("since", type_=_done.c.day.type), _done.c.progress == _OPEN)
)
_LAST = (
    select(_done.c.task, func.max(_done.c.key).label("key"))
    .where(_MINE, _done.c.progress != _OPEN)
    .group_by(_done.c.task)
    .subquery()
)
_LATEST = (
    select(_done).join(_LAST, and_(_done.c.task == _LAST.c.task, _done.c.key == _LAST.c.key)).where(_MINE)
)
_there = tables.projection
_SHOWN = (
    select(_done)
    .join(
        _there,
        and_(
            _there.c.household == _done.c.household,
            _there.c.task == _done.c.task,
            _there.c.occurrence == _done.c.key,
            _there.c.ended.is_(None),
        ),
    )
    .where(_MINE)
)
_ONE = select(_done).where(
    _MINE, *(_done.c[name] == bindparam(f"{PREFIX}{name}") for name in ("task", "key"))
)
_entry = tables.entry
_UNLINKED = (
    select(_entry.c.data)
    .where(of_household(_entry), _entry.c.kind == str(EntryKind.ACCOUNT))
    .order_by(_entry.c.seq)
)
_VERSION = select(_entry.c.seq).where(of_household(_entry)).order_by(_entry.c.seq.desc()).limit(1)


def state(connection: Connection, household: str) -> Memory:
    """All bundles and tasks as they stand, without occurrences."""
    rows = Memory()
    for query, make in _ROWS:
        for row in connection.execute(query, household_key(household)).mappings():
            rows.put(make(row))
    return rows


def view(connection: Connection, household: Household, since: dt.date, also: Iterable[Identity] = ()) -> View:
    """The view of a household: see `View` for which occurrences it holds.

    `since` is the first local day of the window, `also` occurrences to include whatever their day.
    """
    rows = state(connection, household.id)
    mine = household_key(household.id)
    for query in (_RECENT, _LATEST, _SHOWN):
        for row in connection.execute(
            query, mine | {"since": since} if query is _RECENT else mine
        ).mappings():
            rows.put(occurrence_of(row))
    for identity in also:
        if rows.occurrence(identity.task, identity.occurrence) is None:
            key = {f"{PREFIX}task": identity.task, f"{PREFIX}key": identity.occurrence}
            found = connection.execute(_ONE, mine | key).mappings().first()
            if found is not None:
                rows.put(occurrence_of(found))
    return View(household, rows)


def tenures(connection: Connection, household: str) -> Iterator[Tenure]:
    """Every partner's times as owner of every bundle, oldest first."""
    table = tables.tenure
    query = select(table).where(table.c.household == household).order_by(table.c.since)
    for row in connection.execute(query).mappings():
        yield Tenure(row["bundle"], row["owner"], row["since"], row["until"])


def unlinked(connection: Connection, household: str) -> frozenset[str]:
    """The accounts that a partner took out of the household's care, until they are linked again."""
    rows = connection.execute(_UNLINKED, household_key(household))
    last = {data["account"]: data["state"] for (data,) in rows}
    return frozenset(account for account, state in last.items() if state == "unlinked")


def version(connection: Connection, household: str) -> int:
    """The number of the last entry; it grows with each fact, and only then."""
    return connection.execute(_VERSION, household_key(household)).scalar() or 0


def counts(connection: Connection, household: str) -> dict[str, int]:
    """How many entries of each kind the record holds."""
    table = tables.entry
    query = select(table.c.kind, func.count()).where(table.c.household == household).group_by(table.c.kind)
    return {row[0]: row[1] for row in connection.execute(query)}
