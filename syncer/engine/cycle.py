"""Passes over a household's collections, one after another; what one pass does is `onepass`'s."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence

from syncer.core.model import Household
from syncer.core.notice import Frozen
from syncer.engine.happenings import Tell
from syncer.engine.holder import Holder, this_process
from syncer.engine.house import House, Line, Notes
from syncer.engine.onepass import Pass
from syncer.engine.report import PassReport
from syncer.ledger import record, views
from syncer.ledger.store import Ledger

__all__ = ["Cycle", "Line", "run_name"]


def run_name(at: dt.datetime) -> str:
    """A pass's name, by which it can be undone: its moment in UTC and something that nobody else has."""
    return f"{at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"


class Cycle:
    """Runs passes over a household's collections."""

    def __init__(
        self,
        ledger: Ledger,
        household: Household,
        lines: Sequence[Line],
        *,
        clock: Callable[[], dt.datetime],
        tell: Tell,
        horizon: int = 28,
        compare_every: dt.timedelta = dt.timedelta(hours=24),
        restored: bool = False,
        doubted: Mapping[str, dt.timedelta] | None = None,
        frozen: Mapping[str, Frozen] | None = None,
        holder: Holder | None = None,
        name_run: Callable[[dt.datetime], str] = run_name,
        parallel: bool = True,
    ) -> None:
        """`restored` says that the ledger came back from a backup: what lacks is put back, not skipped.

        `doubted` are the accounts that the pass before, of whichever process, found with another clock,
        `frozen` those whose login it found refused.
        Without `parallel` accounts are worked on one after the other, and a pass is the same every time.
        """
        self.house = House(
            ledger,
            household,
            tuple(lines),
            clock,
            tell,
            horizon,
            compare_every,
            holder or this_process(),
            name_run,
            parallel,
        )
        with ledger.read() as connection:
            known = record.enrolled(connection, household.id)
        if not known:  # before its first bundle, a household has no row to belong to
            with ledger.write() as connection:
                record.enrol(connection, household.id)
        self._unlinked: frozenset[str] = frozenset()
        self._asked_at = -1
        self.notes = Notes(doubted=dict(doubted or {}), frozen=dict(frozen or {}))
        if restored:
            self.notes.restored = set(self.house.spokes)

    def run(self, accounts: Iterable[str] | None = None, *, rehearse: bool = False) -> PassReport:
        """One pass over all collections, or those of some accounts; unlinked ones are left alone.

        A rehearsal goes the same way up to the operations and sends none; it expects a ledger that is
        a copy, because facts are folded into it.
        """
        wanted = set(accounts) if accounts is not None else None
        with self.house.ledger.read() as connection:
            version = views.version(connection, self.house.id)
            if version != self._asked_at:
                self._unlinked, self._asked_at = views.unlinked(connection, self.house.id), version
        mine = {line.spoke.account for line in self.house.lines} - self._unlinked
        self.notes.frozen = {name: one for name, one in self.notes.frozen.items() if name in mine}
        lines = [
            line
            for line in self.house.lines
            if line.spoke.account not in self._unlinked and (wanted is None or line.spoke.account in wanted)
        ]
        return Pass(self.house, self.notes, lines, rehearse=rehearse).run()
