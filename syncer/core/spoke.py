"""A spoke, which is one collection of one partner, and the moment at which a pass looks at it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from syncer.core.capabilities import Capability
from syncer.core.model import Kind, Partner


@dataclass(frozen=True, slots=True)
class Spoke:
    """One collection: whose, and which kinds of item this household puts there.

    `timed` and `due` say which tasks it takes; a partner with one collection has both there. `lacks` is what
    its provider can't hold.
    """

    account: str
    collection: str
    partner: str
    kind: Kind
    timed: bool
    due: bool
    lacks: frozenset[Capability] = frozenset()

    @property
    def name(self) -> str:
        """`account/collection`, as entries, messages and commands name it."""
        return f"{self.account}/{self.collection}"


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of a pass (UTC), and how many days ahead a calendar is filled."""

    at: dt.datetime
    horizon: int = 28

    def today(self, partner: Partner) -> dt.date:
        """The local day where this partner is."""
        return self.at.astimezone(partner.zone).date()
