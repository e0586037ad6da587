"""Telling what a pass does, while it does it: from what was found to happenings, and into the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncer.connector import Broken, ConnectorError
from syncer.core.entries import Entry
from syncer.core.spoke import Spoke
from syncer.engine.happenings import Happening, Tell, What
from syncer.engine.report import SpokeReport
from syncer.ledger.bindings import Hold


class Teller:
    """One pass's voice."""

    def __init__(self, tell: Tell, reports: Mapping[Spoke, SpokeReport]) -> None:
        self._tell, self._reports = tell, reports

    def made(self, spoke: Spoke) -> None:
        """The collection was not there and is now."""
        self._tell(Happening(What.COLLECTION_MADE, spoke))

    def restored(self, spoke: Spoke) -> None:
        """The ledger came from a backup, and this collection was compared with it."""
        self._tell(Happening(What.RESTORED, spoke))

    def facts(self, spoke: Spoke, entries: Sequence[Entry]) -> None:
        """What was learned."""
        self._reports[spoke].facts += entries
        for entry in entries:
            self._tell(Happening(What.FACT, spoke, entry))

    def trouble(self, spoke: Spoke, error: ConnectorError) -> None:
        """A collection could not be read or written."""
        self._reports[spoke].error = error
        self._tell(Happening(What.TROUBLE, spoke, text=error.condition, cure=error.cure))

    def recovered(self, troubled: set[Spoke]) -> None:
        """Keep `troubled`, the collections in trouble, and say of which it is over."""
        for spoke, report in self._reports.items():
            if report.error or report.applied.error:
                troubled.add(spoke)
            elif spoke in troubled and not report.left:
                troubled.remove(spoke)
                self._tell(Happening(What.RECOVERED, spoke))

    def held(self, spoke: Spoke, hold: Hold) -> None:
        """A plan waits for a person."""
        self._tell(Happening(What.HELD, spoke, count=len(hold.waiting), text=hold.reason))

    def dissolved(self, spoke: Spoke) -> None:
        """What waited has settled."""
        self._tell(Happening(What.DISSOLVED, spoke))

    def parked(self, spoke: Spoke, count: int) -> None:
        """Items kept changing; the next pass tries again."""
        self._tell(Happening(What.PARKED, spoke, count=count))

    def set_aside(self, spoke: Spoke, broken: Sequence[Broken]) -> None:
        """Items that can't be understood."""
        self._reports[spoke].set_aside += broken
        for item in broken:
            self._tell(Happening(What.SET_ASIDE, spoke, text=item.reason, cure=item.ref))

    def mended(self, spoke: Spoke, count: int) -> None:
        """Items that had been set aside are well again."""
        self._tell(Happening(What.MENDED, spoke, count=count))
