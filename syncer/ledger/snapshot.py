"""All that a pass needs to know before it looks, in one consistent read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from syncer.core.identity import Identity
from syncer.ledger import bindings, intents, projections, quarantine, views
from syncer.ledger.bindings import Binding, Hold
from syncer.ledger.intents import Intent
from syncer.ledger.projections import Place
from syncer.ledger.quarantine import SetAside


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of the apps, by the spoke's name; `version` is the number of the ledger's last entry."""

    version: int
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    known: Mapping[str, Mapping[Identity, Place]] = field(default_factory=dict)
    intents: Mapping[str, Sequence[Intent]] = field(default_factory=dict)
    holds: Mapping[str, Hold] = field(default_factory=dict)
    aside: Mapping[str, Sequence[SetAside]] = field(default_factory=dict)


def take(connection: Connection, household: str) -> Snapshot:
    """Read it."""
    return Snapshot(
        views.version(connection, household),
        bindings.bindings(connection, household),
        projections.all_known(connection, household),
        intents.all_open(connection, household),
        bindings.holds(connection, household),
        quarantine.of(connection, household),
    )
