"""What a pass did, as values: for the exit code, the status file and the plan."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from syncer.connector import Broken, ConnectorError
from syncer.core.entries import Entry
from syncer.core.notice import Frozen
from syncer.core.spoke import Spoke
from syncer.core.standing import Step
from syncer.engine.apply import Applied
from syncer.ledger.bindings import Hold


@dataclass
class SpokeReport:
    """What a pass did in one collection, or in a rehearsal would do.

    `left` counts steps that were not sent because we were told to stop, `parked` those whose items kept
    changing under our hands. `elsewhere` says that another daemon is at work there, and this pass let it.
    `set_aside` are items that can't be understood and were not known as such.
    """

    spoke: Spoke
    facts: list[Entry] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    applied: Applied = field(default_factory=Applied)
    held: Hold | None = None
    left: int = 0
    parked: int = 0
    makes_collection: bool = False
    elsewhere: bool = False
    set_aside: list[Broken] = field(default_factory=list)
    error: ConnectorError | None = None

    @property
    def unfinished(self) -> bool:
        """Whether something was not reached, taken or sent."""
        return bool(self.error or self.applied.error or self.applied.refused or self.left or self.parked)

    @property
    def unsettled(self) -> bool:
        """Whether the next pass has to look at what is wanted there, even if nothing new is seen."""
        again = self.applied.conflicts or self.applied.overtaken or self.left or self.elsewhere
        return bool(self.error or self.applied.error or again)


@dataclass
class PassReport:
    """What a pass did. `version` is the number of the ledger's last entry after it.

    `doubted` are accounts whose server's clock is far from ours, by how much; `frozen` are those whose
    login is refused.
    """

    run: str
    at: dt.datetime
    spokes: list[SpokeReport]
    version: int = 0
    doubted: dict[str, dt.timedelta] = field(default_factory=dict)
    frozen: dict[str, Frozen] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing is left that a person should look at."""
        return not any(report.unfinished for report in self.spokes)
