"""Intents: what is about to be sent, written down first, with what stood there; and what became of it.

Every function works inside a transaction of the caller's, so that a fact and what follows from it are
committed together or not at all.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from syncer.connector import Create, Image, Update
from syncer.core.fingerprint import Canon
from syncer.core.identity import Identity, read_uid
from syncer.core.spoke import Spoke
from syncer.core.standing import Step
from syncer.ledger import tables
from syncer.ledger.keys import household_key, of_household, of_spoke, spoke_columns, spoke_key


class Outcome(StrEnum):
    """What became of an intent. ARRIVED and ABSENT were found out by looking."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    CONFLICT = "conflict"
    ARRIVED = "arrived"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Intent:
    """An operation that was committed to be sent and whose outcome is not known.

    `holder` is the process that sends it, `made_at` when it was written down (UTC).
    """

    id: int
    identity: Identity
    operation: str
    uid: str
    ref: str | None
    ours: Canon | None
    fields: frozenset[str]
    holder: str
    made_at: dt.datetime


_table = tables.intent
_MADE = insert(_table).returning(_table.c.id, sort_by_parameter_order=True)
_KEPT = insert(tables.image)
_LAST = select(_table.c.id).where(of_household(_table)).order_by(_table.c.id.desc()).limit(1)
_OPEN = select(_table).where(*of_spoke(_table), _table.c.outcome.is_(None)).order_by(_table.c.id)
_ALL_OPEN = select(_table).where(of_household(_table), _table.c.outcome.is_(None)).order_by(_table.c.id)
_ANY_ABSENT = (
    select(_table.c.id).where(of_household(_table), _table.c.outcome == str(Outcome.ABSENT)).limit(1)
)
_SETTLE = (
    update(_table)
    .where(_table.c.id == bindparam("number"), _table.c.outcome.is_(None))
    .values(outcome=bindparam("said"), settled_at=bindparam("settled", type_=_table.c.settled_at.type))
)
_FORGET_IMAGES = delete(tables.image).where(
    of_household(tables.image),
    tables.image.c.taken_at < bindparam("before", type_=tables.image.c.taken_at.type),
)
_FORGET = delete(_table).where(
    of_household(_table),
    _table.c.outcome.is_not(None),
    _table.c.settled_at < bindparam("before", type_=_table.c.settled_at.type),
    _table.c.id.not_in(select(tables.image.c.intent)),
)
_ACKNOWLEDGE = _SETTLE.values(ref=bindparam("where"), after=bindparam("then"))


def intend(
    connection: Connection,
    household: str,
    spoke: Spoke,
    run: str,
    steps: Sequence[Step],
    at: dt.datetime,
    *,
    holder: str = "",
    images: Mapping[str, Image] | None = None,
) -> list[tuple[int, Step]]:
    """Write down what is about to be sent; returns the steps with their numbers and the tokens they got.

    A create that was written down before and did not arrive keeps its token: should it arrive after all, a
    provider that knows commands by their number runs it once.
    """
    unheard = _unheard(
        connection, household, [s.operation.uid for s in steps if isinstance(s.operation, Create)]
    )
    rows: list[dict[str, Any]] = []
    named: list[Step] = []
    turn = connection.execute(_LAST, household_key(household)).scalar() or 0
    for number, step in enumerate(steps):
        operation = step.operation
        token = unheard.get(operation.uid) if isinstance(operation, Create) else None
        token = token or _token(household, spoke, run, turn, number)
        named.append(replace(step, operation=replace(operation, token=token)))
        rows.append(
            {
                **spoke_columns(household, spoke),
                "task": step.identity.task,
                "occurrence": step.identity.occurrence,
                "run": run,
                "operation": type(operation).__name__.lower(),
                "uid": operation.uid,
                "ref": None if isinstance(operation, Create) else operation.ref,
                "revision": None if isinstance(operation, Create) else operation.revision,
                "fields": sorted(operation.fields) if isinstance(operation, Update) else [],
                "ours": step.ours.to_data() if step.ours else None,
                "why": step.why,
                "made_at": at,
                "holder": holder,
                "token": token,
            }
        )
    if not rows:
        return []
    numbers = list(connection.execute(_MADE, rows).scalars())
    kept = [
        {"household": household, "intent": number, "raw": images[ref].raw, "taken_at": at}
        for number, row in zip(numbers, rows, strict=True)
        if images and (ref := row["ref"]) in images
    ]
    if kept:
        connection.execute(_KEPT, kept)
    return list(zip(numbers, named, strict=True))


def _token(household: str, spoke: Spoke, run: str, turn: int, number: int) -> str:
    """A UUID that no other operation has: `turn` is the number of the intent before these."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{household}/{spoke.name}/{run}/{turn}/{number}"))


def _unheard(connection: Connection, household: str, uids: Sequence[str]) -> dict[str, str]:
    """The tokens of creates whose last intent was found not to have arrived, by UID."""
    table = tables.intent
    if not uids:
        return {}
    if connection.execute(_ANY_ABSENT, household_key(household)).first() is None:
        return {}
    query = select(table.c.uid, table.c.token, table.c.outcome).where(
        table.c.household == household, table.c.operation == "create", table.c.uid.in_(uids)
    )
    last = {uid: (token, said) for uid, token, said in connection.execute(query.order_by(table.c.id))}
    return {uid: token for uid, (token, said) in last.items() if said == Outcome.ABSENT}


def settle(connection: Connection, intents: Iterable[int], outcome: Outcome, at: dt.datetime) -> None:
    """Close intents whose outcome is known now."""
    for number in intents:
        connection.execute(_SETTLE, {"number": number, "said": str(outcome), "settled": at})


def acknowledge(connection: Connection, acks: Iterable[tuple[int, str, str | None]], at: dt.datetime) -> None:
    """Close intents that took effect: number, address, and the revision after the write."""
    for number, ref, after in acks:
        said = {"number": number, "said": str(Outcome.ACKNOWLEDGED), "settled": at}
        connection.execute(_ACKNOWLEDGE, {**said, "where": ref, "then": after})


def open_intents(connection: Connection, household: str, spoke: Spoke) -> list[Intent]:
    """Intents whose outcome is not known, oldest first."""
    return [
        _intent(row, household) for row in connection.execute(_OPEN, spoke_key(household, spoke)).mappings()
    ]


def all_open(connection: Connection, household: str) -> dict[str, list[Intent]]:
    """The same of all spokes, by the spoke's name."""
    found: dict[str, list[Intent]] = {}
    for row in connection.execute(_ALL_OPEN, household_key(household)).mappings():
        found.setdefault(f"{row['account']}/{row['collection']}", []).append(_intent(row, household))
    return found


def _intent(row: Mapping[Any, Any], household: str) -> Intent:
    return Intent(
        row["id"],
        read_uid(row["uid"], household) or Identity(row["task"], row["occurrence"]),
        row["operation"],
        row["uid"],
        row["ref"],
        Canon.from_data(row["ours"]) if row["ours"] else None,
        frozenset(row["fields"]),
        row["holder"],
        row["made_at"],
    )


def count_open_intents(connection: Connection, household: str, spoke: Spoke) -> int:
    """How many operations of a spoke have no known outcome."""
    query = select(func.count()).where(*of_spoke(_table), _table.c.outcome.is_(None))
    return connection.execute(query, spoke_key(household, spoke)).scalar() or 0


def forget(connection: Connection, household: str, before: dt.datetime) -> None:
    """Let go of what was settled before a moment, and of the images of what stood there."""
    key = household_key(household) | {"before": before}
    connection.execute(_FORGET_IMAGES, key)
    connection.execute(_FORGET, key)
