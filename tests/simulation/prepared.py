"""Prepared states: a history begins where the first passes ended, and costs only what happens in it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from syncer.core.fold import Memory
from syncer.core.ownership import define
from syncer.ledger import record
from syncer.testing.faults import Plan
from syncer.testing.manners import Manner
from syncer.testing.memory import Shelf
from tests.simulation.household import BUNDLES, HOUSE, START, TASKS
from tests.simulation.shelter import ledger

Prepared = tuple[bytes, dict[str, dict[str, Shelf]]]
"""A ledger, and each account's collections by address."""
PREPARED: dict[tuple[int, tuple[Manner, ...]], Prepared] = {}
"""What this process has prepared, by shape and kinds of providers."""


def copied(shelves: Mapping[str, Shelf]) -> dict[str, Shelf]:
    """The same collections, apart from these."""
    return {ref: shelf.copy() for ref, shelf in shelves.items()}


@cache
def defined() -> bytes:
    """A ledger that knows the bundles and has met no app."""
    kept = ledger()
    kept.plan = Plan()
    kept.lay(kept.blank)
    with kept.write() as connection:
        for bundle in BUNDLES.values():
            tasks = [task for task in TASKS.values() if task.bundle == bundle.id]
            record.append(connection, HOUSE.id, define(bundle, tasks, Memory(), START, "sim"))
    return kept.state()
