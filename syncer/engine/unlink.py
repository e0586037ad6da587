"""Purging an account: take down everything that Evenhold ever put up there, found by its marker alone.

It needs no ledger: a household that lost it can still be cleaned up. What a person made is not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from syncer.connector import Broken, Collection, Connector, ConnectorError, Seen
from syncer.core.identity import Identity, find_uid, read_uid
from syncer.core.model import Kind
from syncer.core.operations import Delete
from syncer.core.spoke import Spoke
from syncer.core.standing import Step
from syncer.engine.apply import Sender
from syncer.engine.house import House
from syncer.ledger import bindings

WHY = "unlinked"
ROUNDS = 3
"""How often a collection is looked through: an app may change an item while it is being removed."""


@dataclass
class Purged:
    """What a purge did: its run's name, how many items went, and per collection what is left and why."""

    run: str
    removed: int = 0
    left: dict[str, tuple[int, str]] = field(default_factory=dict)


def purge(house: House, account: str, partner: str, connector: Connector) -> Purged:
    """Remove all items of ours from every collection of an account. Raises ConnectorError."""
    done = Purged(house.name_run(house.clock()))
    for collection in connector.collections():
        for _ in range(ROUNDS):
            kind = Kind.TODO if Kind.TODO in collection.kinds else Kind.EVENT
            spoke = _spoke(house, account, partner, collection, kind)
            steps = _steps(house, connector, collection)
            if not steps:
                done.left.pop(collection.name, None)
                break
            removed, error = _remove(house, connector, collection, spoke, steps, done.run)
            done.removed += removed
            left = len(steps) - removed
            reason = error.condition if error is not None else "somebody is changing them"
            done.left[collection.name] = (left, reason)
            if error is not None:
                break
        if not done.left.get(collection.name, (1, ""))[0]:
            del done.left[collection.name]
    return done


def _spoke(house: House, account: str, partner: str, collection: Collection, kind: Kind) -> Spoke:
    """The spoke of a collection, or a name for one that is not configured (any more)."""
    with house.ledger.read() as connection:
        for line in house.lines:
            if line.spoke.account == account:
                bound = bindings.binding(connection, house.id, line.spoke)
                if bound.ref == collection.ref or line.spoke.collection in (collection.name, collection.ref):
                    return line.spoke
    return Spoke(account, collection.name, partner, kind, timed=False, due=False)


def _steps(house: House, connector: Connector, collection: Collection) -> list[Step]:
    listing = connector.pull(collection, None, {})
    found: list[tuple[Identity | None, Seen | Broken, str]] = [
        *((read_uid(seen.item.uid, house.id), seen, seen.item.uid) for seen in listing.seen),
        *((find_uid(broken.ref, house.id), broken, broken.ref) for broken in listing.broken),
    ]
    return [
        Step(identity, Delete(item.ref, item.revision, uid), None, WHY)
        for identity, item, uid in found
        if identity is not None
    ]


def _remove(
    house: House, connector: Connector, collection: Collection, spoke: Spoke, steps: list[Step], run: str
) -> tuple[int, ConnectorError | None]:
    with house.ledger.read() as connection:
        turn = bindings.binding(connection, house.id, spoke).turn
    applied = Sender.of(house, connector, spoke, collection, run).send(steps, turn)
    return applied.deleted, applied.error
