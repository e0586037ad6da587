"""What a pass did, as values: for the exit code, the status file and the plan."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from syncer.connector import ConnectorError
from syncer.core.entries import Entry
from syncer.core.reconcile import Step
from syncer.core.spoke import Spoke
from syncer.engine.apply import Applied
from syncer.ledger.bindings import Hold


@dataclass
class SpokeReport:
    """What a pass did in one collection, or in a rehearsal would do.

    `left` counts steps that were not sent because we were told to stop.
    """

    spoke: Spoke
    facts: list[Entry] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    applied: Applied = field(default_factory=Applied)
    held: Hold | None = None
    left: int = 0
    makes_collection: bool = False
    error: ConnectorError | None = None


@dataclass
class PassReport:
    """What a pass did. `ok` says that every account was reached and everything was taken."""

    run: str
    at: dt.datetime
    spokes: list[SpokeReport]

    @property
    def ok(self) -> bool:
        """Whether nothing is left that a person should look at."""
        return not any(r.error or r.applied.error or r.applied.refused or r.left for r in self.spokes)
