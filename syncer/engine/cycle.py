"""One pass: observe, reconcile, guard, commit intents, send, commit the base from the echo.

A pass works on any number of collections in two halves, so that what was ticked in one app is known
before anything is written to another: first all are looked at (each account in its own thread) and what
people did is committed; then what the ledger wants is compared with what stands there, and sent. Nothing
is remembered between passes but a note of what was quiet: a missed or doubled trigger needs no code.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeVar

from syncer.connector import Broken, CollectionGone, Connector, ConnectorError, CredentialsDead, Gone, Seen
from syncer.core.entries import Entry
from syncer.core.identity import Identity, read_uid
from syncer.core.lapse import lapses
from syncer.core.model import Household
from syncer.core.operations import Delete
from syncer.core.projection import desired
from syncer.core.reconcile import Learned, Sighting, Step, act
from syncer.core.spoke import Now, Spoke
from syncer.engine.absorb import REMEMBERED, Absorbed, absorb
from syncer.engine.apply import apply
from syncer.engine.happenings import Happening, Tell, What
from syncer.engine.observe import Look, Memory, contained, look
from syncer.engine.report import PassReport, SpokeReport
from syncer.ledger import bindings, intents, projections, record, views
from syncer.ledger.store import Ledger

T = TypeVar("T")

ROUNDS = 3
"""How often an item that changes under our hands is read and merged again before it is parked (I12)."""


def run_name(at: dt.datetime) -> str:
    """A pass's name, by which it can be undone: its moment in UTC and something that nobody else has."""
    return f"{at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"


@dataclass(frozen=True, slots=True)
class Line:
    """A collection and the connector that speaks to it."""

    spoke: Spoke
    connector: Connector


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
        name_run: Callable[[dt.datetime], str] = run_name,
        parallel: bool = True,
    ) -> None:
        """`restored` says that the ledger came back from a backup: what lacks is put back, not skipped.

        Without `parallel` accounts are worked on one after the other, and a pass is the same every time.
        """
        self.ledger, self.household, self.lines = ledger, household, tuple(lines)
        self.clock, self.tell = clock, tell
        self.horizon, self.compare_every = horizon, compare_every
        self.name_run, self.parallel = name_run, parallel
        self.settled: dict[Spoke, tuple[int, dt.date]] = {}
        self.troubled: set[Spoke] = set()
        self.restored = {line.spoke for line in lines} if restored else set()

    def run(self, accounts: Iterable[str] | None = None, *, rehearse: bool = False) -> PassReport:
        """One pass over all collections, or those of some accounts.

        A rehearsal goes the same way up to the operations and sends none; it expects a ledger that is
        a copy, because facts are folded into it.
        """
        wanted = set(accounts) if accounts is not None else None
        lines = [line for line in self.lines if wanted is None or line.spoke.account in wanted]
        return _Pass(self, lines, rehearse).run()


def _as_it_stands(step: Step, unread: Mapping[str, str | None]) -> Step:
    operation = step.operation
    if isinstance(operation, Delete) and operation.ref in unread:
        return replace(step, operation=replace(operation, revision=unread[operation.ref]))
    return step


class _Pass:
    """One pass; discarded when it ends."""

    def __init__(self, cycle: Cycle, lines: Sequence[Line], rehearse: bool) -> None:
        self._cycle, self._rehearse = cycle, rehearse
        self._lines = {line.spoke: line for line in lines}
        self._now = Now(cycle.clock(), cycle.horizon)
        self._house, self._ledger = cycle.household, cycle.ledger
        self._run = cycle.name_run(self._now.at)
        self._reports = {line.spoke: SpokeReport(line.spoke) for line in lines}
        self._decided_at: dict[Spoke, int] = {}

    def run(self) -> PassReport:
        looks = self._look_all()
        absorbed = {look.spoke: self._absorb(look, binding) for look, binding in looks}
        busy = self._busy(absorbed)
        plans = self._decide(busy) if busy else {}
        if not self._rehearse:
            self._send_all(plans, {look.spoke: look for look, _ in looks})
            self._note_quiet(busy)
            self._note_recovered()
        with self._ledger.read() as connection:
            version = views.version(connection, self._house.id)
        return PassReport(self._run, self._now.at, list(self._reports.values()), version)

    # First half: what people did.

    def _look_all(self) -> list[tuple[Look, bindings.Binding]]:
        accounts = [list(g) for _, g in groupby(self._lines.values(), key=lambda ln: ln.spoke.account)]
        found: list[tuple[Look, bindings.Binding]] = []
        for answers in self._in_threads(self._look_account, accounts):
            found += answers
        return found

    def _look_account(self, lines: Sequence[Line]) -> list[tuple[Look, bindings.Binding]]:
        found: list[tuple[Look, bindings.Binding]] = []
        for line in lines:
            spoke = line.spoke
            with self._ledger.read() as connection:
                binding = bindings.binding(connection, self._house.id, spoke)
                known = projections.known(connection, self._house.id, spoke)
                unsettled = intents.open_intents(connection, self._house.id, spoke)
            memory = Memory(binding, known, unsettled, spoke in self._cycle.restored)
            try:
                with contained(spoke):
                    shown = look(
                        line.connector,
                        spoke,
                        memory,
                        self._house.id,
                        self._now.at,
                        compare_every=self._cycle.compare_every,
                        rehearse=self._rehearse,
                    )
            except ConnectorError as error:
                self._trouble(spoke, error)
                if isinstance(error, CollectionGone) and binding.missing_since is None:
                    self._note_missing(spoke, binding)
                if isinstance(error, CredentialsDead):
                    for other in lines[lines.index(line) + 1 :]:
                        self._reports[other.spoke].error = error
                    break
                continue
            found.append((shown, binding))
        return found

    def _absorb(self, look: Look, binding: bindings.Binding) -> Absorbed | None:
        """Take in what was seen; None where there was nothing to take in."""
        report = self._reports[look.spoke]
        for broken in look.broken:
            self._tell(What.SET_ASIDE, look.spoke, text=broken.reason, cure=broken.ref)
        if look.collection is None:
            report.makes_collection = True
            return Absorbed(Learned(), {})
        if look.made:
            self._tell(What.COLLECTION_MADE, look.spoke)
        if look.spoke in self._cycle.restored and not look.partial:
            self._cycle.restored.discard(look.spoke)
            self._tell(What.RESTORED, look.spoke)
        if look.quiet and self._held(look.spoke) is None:
            if look.binding != binding or look.fresh:
                self._bind(look.spoke, look.binding)
            return None
        with self._ledger.write() as connection:
            absorbed = absorb(connection, self._house, look, binding, self._now)
        report.held = absorbed.held
        self._facts(look.spoke, absorbed.added)
        if absorbed.newly_held and absorbed.held is not None:
            self._tell(What.HELD, look.spoke, count=len(absorbed.held.items), text=absorbed.held.reason)
        elif absorbed.dissolved:
            self._tell(What.DISSOLVED, look.spoke)
        return absorbed

    # Second half: what the ledger wants.

    def _busy(self, absorbed: dict[Spoke, Absorbed | None]) -> dict[Spoke, Absorbed | None]:
        """The collections that may need something; a quiet one of an unchanged ledger needs nothing."""
        with self._ledger.read() as connection:
            version = views.version(connection, self._house.id)
        return {
            spoke: what
            for spoke, what in absorbed.items()
            if what is not None
            or self._rehearse
            or self._cycle.settled.get(spoke) != (version, self._today(spoke))
        }

    def _decide(self, busy: Mapping[Spoke, Absorbed | None]) -> dict[Spoke, list[Step]]:
        """Let lapse what has lapsed, then the steps for each collection."""
        plans: dict[Spoke, list[Step]] = {}
        with self._ledger.write() as connection:
            since = self._now.at.date() - REMEMBERED
            view = views.view(connection, self._house, since)
            standing = {spoke: projections.standing(connection, self._house.id, spoke) for spoke in busy}
            lapsed = {
                spoke: record.append(
                    connection, self._house.id, lapses(view, spoke, self._now, standing[spoke])
                )
                for spoke in busy
            }
            view = view.with_entries([entry for entries in lapsed.values() for entry in entries])
            for spoke, what in busy.items():
                live = standing[spoke]
                wanted = desired(view, spoke, self._now, live)
                seen = {s.identity.plain: s.item for s in what.sights} if what else {}
                learned = replace(what.learned, standing=live) if what else Learned(standing=live)
                steps, agreed = act(what.before if what else live, learned, wanted, seen)
                projections.keep(connection, self._house.id, spoke, agreed)
                waiting = set(what.held.items) if what and what.held else set()
                steps = [step for step in steps if step.identity.name not in waiting]
                plans[spoke] = steps
                self._reports[spoke].steps = steps
            version = views.version(connection, self._house.id)
            self._decided_at.update(dict.fromkeys(busy, version))
        for spoke, entries in lapsed.items():
            self._facts(spoke, entries)
        return plans

    def _send_all(self, plans: dict[Spoke, list[Step]], looks: dict[Spoke, Look]) -> None:
        lines = [line for spoke, line in self._lines.items() if plans.get(spoke)]
        accounts = [list(g) for _, g in groupby(lines, key=lambda ln: ln.spoke.account)]

        def send(account: Sequence[Line]) -> None:
            for line in account:
                self._send(line, looks[line.spoke], plans[line.spoke])

        self._in_threads(send, accounts)

    def _send(self, line: Line, shown: Look, steps: Sequence[Step]) -> None:
        """Send, and merge again what changed under our hands, a few times."""
        spoke = line.spoke
        report = self._reports[spoke]
        assert shown.collection is not None
        for _ in range(ROUNDS):
            applied = apply(
                self._ledger,
                self._house.id,
                line.connector,
                spoke,
                shown.collection,
                steps,
                self._run,
                self._cycle.clock,
                self._cycle.tell,
            )
            report.applied.add(applied)
            report.left = 0 if applied.error else len(steps) - applied.told
            if applied.error is not None:
                self._trouble(spoke, applied.error)
                return
            if not applied.conflicts:
                return
            try:
                with contained(spoke):
                    steps = self._merge(line, shown, set(applied.conflicts))
            except ConnectorError as error:
                self._trouble(spoke, error)
                return
            if not steps:
                return
        report.parked = len(steps)
        self._tell(What.PARKED, spoke, count=len(steps))

    def _merge(self, line: Line, shown: Look, conflicts: set[Identity]) -> list[Step]:
        """Read items that refused our condition and decide about them anew."""
        assert shown.collection is not None
        with self._ledger.read() as connection:
            known = projections.known(connection, self._house.id, line.spoke)
            binding = bindings.binding(connection, self._house.id, line.spoke)
        refs = {
            known[i][0]
            if i in known
            else line.connector.address_of(shown.collection, i.uid(self._house.id)): i
            for i in conflicts
        }
        answers = line.connector.read(shown.collection, [ref for ref in refs if ref])
        sights = tuple(
            Sighting(identity, a.ref, a.revision, a.item)
            for a in answers
            if isinstance(a, Seen) and (identity := read_uid(a.item.uid, self._house.id)) is not None
        )
        gone = tuple(refs[a.ref] for a in answers if isinstance(a, Gone) and refs[a.ref] in known)
        again = Look(line.spoke, shown.collection, binding, sights, gone, partial=True)
        what = self._absorb(again, binding)
        plans = self._decide({line.spoke: what})
        # What can't be read can still be taken down, as it stands: it is at an address of ours.
        unread = {answer.ref: answer.revision for answer in answers if isinstance(answer, Broken)}
        return [_as_it_stands(s, unread) for s in plans[line.spoke] if s.identity.plain in conflicts]

    def _note_recovered(self) -> None:
        for spoke, report in self._reports.items():
            if report.error or report.applied.error:
                self._cycle.troubled.add(spoke)
            elif spoke in self._cycle.troubled and not report.left:
                self._cycle.troubled.remove(spoke)
                self._tell(What.RECOVERED, spoke)

    def _note_quiet(self, busy: Iterable[Spoke]) -> None:
        for spoke in busy:
            report = self._reports[spoke]
            if not (report.error or report.applied.error or report.applied.conflicts or report.left):
                self._cycle.settled[spoke] = (self._decided_at[spoke], self._today(spoke))

    # Small things.

    def _today(self, spoke: Spoke) -> dt.date:
        return self._now.today(self._house.partners[spoke.partner])

    def _bind(self, spoke: Spoke, binding: bindings.Binding) -> None:
        if not self._rehearse:
            with self._ledger.write() as connection:
                bindings.bind(connection, self._house.id, spoke, binding)
                projections.listed(connection, self._house.id, spoke)

    def _note_missing(self, spoke: Spoke, binding: bindings.Binding) -> None:
        if not self._rehearse:
            with self._ledger.write() as connection:
                bindings.bind(connection, self._house.id, spoke, replace(binding, missing_since=self._now.at))

    def _held(self, spoke: Spoke) -> bindings.Hold | None:
        with self._ledger.read() as connection:
            return bindings.hold(connection, self._house.id, spoke)

    def _facts(self, spoke: Spoke, entries: Sequence[Entry]) -> None:
        self._reports[spoke].facts += entries
        for entry in entries:
            self._tell(What.FACT, spoke, entry=entry)

    def _trouble(self, spoke: Spoke, error: ConnectorError) -> None:
        self._reports[spoke].error = error
        self._tell(What.TROUBLE, spoke, text=error.condition, cure=error.cure)

    def _tell(
        self,
        what: What,
        spoke: Spoke,
        *,
        entry: Entry | None = None,
        count: int = 0,
        text: str = "",
        cure: str = "",
    ) -> None:
        self._cycle.tell(Happening(what, spoke, entry, None, count, text, cure))

    def _in_threads(self, work: Callable[[Sequence[Line]], T], groups: Sequence[Sequence[Line]]) -> list[T]:
        """Each account's lines in a thread of their own."""
        if len(groups) < 2 or not self._cycle.parallel:
            return [work(group) for group in groups]
        with ThreadPoolExecutor(len(groups), thread_name_prefix="account") as pool:
            return list(pool.map(work, groups))
