"""Read views: what the core, the commands and the audit need to know, as values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from operator import itemgetter

from sqlalchemy import Connection, and_, bindparam, func, select, tuple_

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
# Each statement finds its rows by an index, so that a pass takes as long after ten years as after ten days.
# SQLite's planner has to be led there: it takes no OR apart that two indices would serve, and it starts from
# occurrences where it could start from tasks.
_RECENT = select(_done).where(_MINE, _done.c.day >= bindparam("since", type_=_done.c.day.type))
_UNDECIDED = select(_done).where(_MINE, _done.c.progress == _OPEN)
_task = tables.task
_resolved = _done.alias("resolved")
_LAST = (
    select(_resolved.c.key)
    .where(
        _resolved.c.household == _task.c.household,
        _resolved.c.task == _task.c.id,
        _resolved.c.progress != _OPEN,
    )
    .order_by(_resolved.c.key.desc())
    .limit(1)
    .scalar_subquery()
)
_LATEST = select(_done).where(
    _MINE, tuple_(_done.c.task, _done.c.key).in_(select(_task.c.id, _LAST).where(of_household(_task)))
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
_ACCOUNTS = select(_entry.c.seq, _entry.c.data).where(
    of_household(_entry), _entry.c.kind == str(EntryKind.ACCOUNT)
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
    for query in (_RECENT, _UNDECIDED, _LATEST, _SHOWN):
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
    rows = connection.execute(_ACCOUNTS, household_key(household))
    # In order of the record. Sorted here: asked to sort by number, SQLite walks through all entries.
    told = sorted(((seq, data) for seq, data in rows), key=itemgetter(0))
    last = {data["account"]: data["state"] for _, data in told}
    return frozenset(account for account, state in last.items() if state == "unlinked")


def version(connection: Connection, household: str) -> int:
    """The number of the last entry; it grows with each fact, and only then."""
    return connection.execute(_VERSION, household_key(household)).scalar() or 0


def counts(connection: Connection, household: str) -> dict[str, int]:
    """How many entries of each kind the record holds."""
    table = tables.entry
    query = select(table.c.kind, func.count()).where(table.c.household == household).group_by(table.c.kind)
    return {row[0]: row[1] for row in connection.execute(query)}
