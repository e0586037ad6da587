"""What every pass over a household is given, and the little that is remembered between passes.

All of it can be lost: a pass that knows nothing comes to the same result, with more requests.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from syncer.connector import Connector
from syncer.core.model import Household
from syncer.core.notice import Frozen
from syncer.core.spoke import Spoke
from syncer.engine.happenings import Tell
from syncer.engine.holder import Holder
from syncer.ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class Line:
    """A collection and the connector that speaks to it."""

    spoke: Spoke
    connector: Connector


@dataclass(frozen=True)
class House:
    """A household at work. Without `parallel` accounts are worked on one after the other, always alike."""

    ledger: Ledger
    household: Household
    lines: tuple[Line, ...]
    clock: Callable[[], dt.datetime]
    tell: Tell
    horizon: int
    compare_every: dt.timedelta
    holder: Holder
    name_run: Callable[[dt.datetime], str]
    parallel: bool

    @property
    def id(self) -> str:
        """The household's id."""
        return self.household.id

    @property
    def spokes(self) -> tuple[Spoke, ...]:
        """All collections."""
        return tuple(line.spoke for line in self.lines)


@dataclass
class Notes:
    """What passes leave for the next one.

    `settled` says at which state of the ledger a collection needed nothing more. `restored` are collections
    not yet looked at since the ledger came from a backup. `doubted` are accounts whose server's clock is far
    from ours, by how much; `frozen` are those whose login is refused.
    """

    settled: dict[Spoke, tuple[object, ...]] = field(default_factory=dict)
    troubled: set[Spoke] = field(default_factory=set)
    restored: set[Spoke] = field(default_factory=set)
    doubted: dict[str, dt.timedelta] = field(default_factory=dict)
    frozen: dict[str, Frozen] = field(default_factory=dict)
