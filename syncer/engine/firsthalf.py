"""The first half of a pass: look at all collections, accounts side by side, and learn what people did.

What was ticked in one app is known so before anything is written to another: that is `onepass`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

from syncer.connector import CollectionGone, ConnectorError, CredentialsDead
from syncer.core.evidence import takes_back
from syncer.core.spoke import Now, Spoke
from syncer.core.standing import Learned
from syncer.engine import doubts
from syncer.engine.absorb import KEPT, Absorbed, absorb
from syncer.engine.house import House, Line, Notes
from syncer.engine.observe import Look, Memory, contained, look, reread
from syncer.engine.report import SpokeReport
from syncer.engine.telling import Teller
from syncer.ledger import bindings, intents, projections, quarantine, snapshot, views

T = TypeVar("T")


class FirstHalf:
    """One pass as far as it looks and learns, and what both halves know of it."""

    def __init__(self, house: House, notes: Notes, lines: Sequence[Line], *, rehearse: bool) -> None:
        self._house, self._notes, self._rehearse = house, notes, rehearse
        self._lines = {line.spoke: line for line in lines}
        self._now = Now(house.clock(), house.horizon)
        self._ledger, self._id = house.ledger, house.id
        self._run = house.name_run(self._now.at)
        self._reports = {line.spoke: SpokeReport(line.spoke) for line in lines}
        self._teller = Teller(house.tell, self._reports)
        self._turns: dict[Spoke, int] = {}
        self._apart: dict[str, dt.timedelta] = {}
        self._refused: dict[str, CredentialsDead] = {}
        self._unread: dict[Spoke, Set[str]] = {}
        with self._ledger.read() as connection:
            self._start = snapshot.take(connection, self._id)
        self._held = set(self._start.holds)
        self._version = self._start.version
        self._decided_at: dict[Spoke, tuple[object, ...]] = {}

    def _look_all(self) -> list[tuple[Look, bindings.Binding]]:
        accounts = [list(g) for _, g in groupby(self._lines.values(), key=lambda ln: ln.spoke.account)]
        found: list[tuple[Look, bindings.Binding]] = []
        for answers in self._in_threads(self._look_account, accounts):
            found += answers
        doubts.note_clocks(self._notes.doubted, self._apart)
        reached = [look.spoke for look, _ in found]
        reached += [spoke for spoke in self._lines if spoke.account in self._refused]
        partners = self._house.household.partners
        doubts.note_logins(self._notes.frozen, self._refused, reached, partners, self._now)
        return found

    def _look_account(self, lines: Sequence[Line]) -> list[tuple[Look, bindings.Binding]]:
        found: list[tuple[Look, bindings.Binding]] = []
        for line in lines:
            spoke = line.spoke
            binding = self._start.bindings.get(spoke.name, bindings.Binding())
            known = self._start.known.get(spoke.name, {})
            unsettled = self._start.intents.get(spoke.name, [])
            if self._held_elsewhere(unsettled):
                self._reports[spoke].elsewhere = True
                continue
            aside = self._start.aside.get(spoke.name, [])
            memory = Memory(binding, known, unsettled, spoke in self._notes.restored, aside)
            try:
                with contained(spoke):
                    shown = look(
                        line.connector,
                        spoke,
                        memory,
                        self._id,
                        self._now.at,
                        compare_every=self._house.compare_every,
                        rehearse=self._rehearse,
                    )
                    shown = self._read_again(line, shown)
                    doubts.check_clock(line.connector, spoke, self._now.at, self._notes.doubted, self._apart)
            except ConnectorError as error:
                self._teller.trouble(spoke, error)
                if isinstance(error, CollectionGone) and binding.missing_since is None:
                    self._note_missing(spoke, binding)
                if isinstance(error, CredentialsDead):
                    self._refused[spoke.account] = error
                    for other in lines[lines.index(line) + 1 :]:
                        self._reports[other.spoke].error = error
                    break
                continue
            found.append((shown, binding))
        return found

    def _read_again(self, line: Line, shown: Look) -> Look:
        """Believe some things only of an item's own address: the listing may be of earlier (a cache's).

        That an item which had gone stands there again, and that one which was done or called off is open.
        """
        if not shown.seen or shown.collection is None:
            return shown
        with self._ledger.read() as connection:
            doubted = set(projections.ended(connection, self._id, line.spoke, shown.strange))
            standing = projections.standing(connection, self._id, line.spoke)
        for sight in shown.seen:
            known = standing.get(sight.identity.plain)
            if known is not None and known.base is not None and takes_back(known.base, sight.item):
                doubted.add(sight.identity.plain)
        return reread(line.connector, shown, doubted) if doubted else shown

    def _held_elsewhere(self, unsettled: Sequence[intents.Intent]) -> bool:
        """Whether another daemon that lives is sending there: what it is about to do is not ours to judge."""
        holder = self._house.holder
        return any(
            intent.holder != holder.name and holder.lives(intent.holder, self._now.at - intent.made_at)
            for intent in unsettled
        )

    def _prepare(self, looks: list[tuple[Look, bindings.Binding]]) -> list[tuple[Look, bindings.Binding]]:
        """What has to be known of all looks before any is taken in."""
        older = doubts.ledger_is_older(self._ledger, self._id, [look for look, _ in looks])
        answered = doubts.answers([look for look, _ in looks], self._start.holds, self._house.spokes)
        if answered:
            with self._ledger.write() as connection:
                for spoke in answered:
                    bindings.answer(connection, self._id, spoke, "accept")
        if older:
            looks = [(replace(look, older=True), binding) for look, binding in looks]
        return looks

    def _absorb(self, look: Look, binding: bindings.Binding) -> Absorbed | None:
        """Take in what was seen; None where there was nothing to take in."""
        spoke, report = look.spoke, self._reports[look.spoke]
        mended = self._set_aside(look)
        if look.collection is None:
            report.makes_collection = True
            return Absorbed(Learned(), {})
        if look.made:
            self._teller.made(spoke)
        if spoke in self._notes.restored and not look.partial:
            self._notes.restored.discard(spoke)
            self._teller.restored(spoke)
        self._turns[spoke] = look.turn
        if look.quiet and spoke.name not in self._held:
            if look.binding != binding or look.fresh:
                self._bind(look)
            self._take_back(spoke, mended)
            return None
        self._notes.settled.pop(spoke, None)  # should this pass break off, the next one decides anew
        with self._ledger.write() as connection:
            absorbed = absorb(connection, self._house.household, look, binding, self._now)
            self._version = views.version(connection, self._id)
        if absorbed is None:
            report.elsewhere = True
            return None
        self._turns[spoke] = look.turn + 1
        self._take_back(spoke, mended)
        report.held = absorbed.held
        self._teller.facts(spoke, absorbed.added)
        if absorbed.held is not None:
            self._held.add(spoke.name)
            if absorbed.newly_held:
                self._teller.held(spoke, absorbed.held)
        elif absorbed.dissolved:
            self._held.discard(spoke.name)
            self._teller.dissolved(spoke)
        return absorbed

    def _set_aside(self, look: Look) -> list[str]:
        """Keep what can't be understood apart, and say it once; returns where it is well again."""
        known = {item.ref: item for item in self._start.aside.get(look.spoke.name, [])}
        broken = {item.ref: item for item in look.broken}
        self._unread[look.spoke] = broken.keys() | (known.keys() - look.answered)
        if not known and not broken:
            return []
        new = [b for b in broken.values() if b.ref not in known or known[b.ref].reason != b.reason]
        tried = [ref for ref, item in known.items() if ref in broken and item.tries < quarantine.TRIES]
        if (new or tried) and not self._rehearse:
            with self._ledger.write() as connection:
                quarantine.set_aside(connection, self._id, look.spoke, new, self._now.at)
                quarantine.tried(connection, self._id, look.spoke, tried)
        self._teller.set_aside(look.spoke, new)
        well = look.answered | (known.keys() - broken.keys() if look.full else set())
        return [ref for ref in known if ref in well and ref not in broken]

    def _take_back(self, spoke: Spoke, mended: Sequence[str]) -> None:
        """What was set aside is well again; only now that it was taken in is it forgotten there."""
        if mended and not self._rehearse:
            with self._ledger.write() as connection:
                quarantine.take_back(connection, self._id, spoke, mended)
            self._teller.mended(spoke, len(mended))

    def _bind(self, look: Look) -> None:
        if self._rehearse:
            return
        with self._ledger.write() as connection:
            if bindings.binding(connection, self._id, look.spoke).turn == look.turn:
                bindings.bind(connection, self._id, look.spoke, replace(look.binding, turn=look.turn + 1))
                projections.listed(connection, self._id, look.spoke)
                self._turns[look.spoke] = look.turn + 1
            if look.full:
                intents.forget(connection, self._id, self._now.at - KEPT)

    def _note_missing(self, spoke: Spoke, binding: bindings.Binding) -> None:
        if not self._rehearse:
            missing = replace(binding, missing_since=self._now.at, turn=binding.turn + 1)
            with self._ledger.write() as connection:
                if bindings.binding(connection, self._id, spoke).turn == binding.turn:
                    bindings.bind(connection, self._id, spoke, missing)

    def _in_threads(self, work: Callable[[Sequence[Line]], T], groups: Sequence[Sequence[Line]]) -> list[T]:
        """Each account's lines in a thread of their own."""
        if len(groups) < 2 or not self._house.parallel:
            return [work(group) for group in groups]
        with ThreadPoolExecutor(len(groups), thread_name_prefix="account") as pool:
            return list(pool.map(work, groups))
