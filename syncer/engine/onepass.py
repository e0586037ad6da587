"""One pass: observe, reconcile, guard, commit intents, send, commit the base from the echo.

A pass works on any number of collections in two halves, so that what was ticked in one app is known
before anything is written to another: first all are looked at (each account in its own thread) and what
people did is committed; then what the ledger wants is compared with what stands there, and sent. A missed or
doubled trigger needs no code. What is seen is told by `telling`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

from syncer.connector import Broken, Capability, CollectionGone, ConnectorError, CredentialsDead, Gone, Seen
from syncer.core.fold import Memory as Rows
from syncer.core.identity import Identity, read_uid
from syncer.core.lapse import lapses
from syncer.core.notice import Question, notices
from syncer.core.operations import Delete
from syncer.core.projection import Desired, desired
from syncer.core.reconcile import act
from syncer.core.spoke import Now, Spoke
from syncer.core.standing import Learned, Projection, Sighting, Step
from syncer.engine import doubts
from syncer.engine.absorb import REMEMBERED, Absorbed, absorb
from syncer.engine.apply import Sender, as_it_stands
from syncer.engine.house import House, Line, Notes
from syncer.engine.observe import Look, Memory, contained, look, reread
from syncer.engine.report import PassReport, SpokeReport
from syncer.engine.telling import Teller
from syncer.ledger import bindings, intents, projections, quarantine, record, snapshot, views

T = TypeVar("T")

ROUNDS = 3
"""How often an item that changes under our hands is read and merged again before it is parked (I12)."""


def _second(sight: Sighting) -> Step:
    """Take down an item that stands there besides the one that is kept."""
    delete = Delete(sight.ref, sight.revision, sight.item.uid)
    return Step(sight.identity, delete, None, "there twice", second=True)


class Pass:
    """One pass; discarded when it ends."""

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
        self._unread: dict[Spoke, Set[str]] = {}
        with self._ledger.read() as connection:
            self._start = snapshot.take(connection, self._id)
        self._held = set(self._start.holds)
        self._version = self._start.version
        self._decided_at: dict[Spoke, tuple[object, ...]] = {}

    def run(self) -> PassReport:
        """Look, learn, decide, send."""
        looks = self._look_all()
        looks = self._prepare(looks)
        absorbed = {look.spoke: self._absorb(look, binding) for look, binding in looks}
        busy = self._busy(absorbed)
        plans = self._decide(busy) if busy else {}
        if not self._rehearse:
            self._send_all(plans, {look.spoke: look for look, _ in looks})
            self._note_quiet(busy)
            self._teller.recovered(self._notes.troubled)
        doubted = dict(self._notes.doubted)
        return PassReport(self._run, self._now.at, list(self._reports.values()), self._version, doubted)

    # First half: what people did.

    def _look_all(self) -> list[tuple[Look, bindings.Binding]]:
        accounts = [list(g) for _, g in groupby(self._lines.values(), key=lambda ln: ln.spoke.account)]
        found: list[tuple[Look, bindings.Binding]] = []
        for answers in self._in_threads(self._look_account, accounts):
            found += answers
        doubts.note_clocks(self._notes.doubted, self._apart)
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
                    for other in lines[lines.index(line) + 1 :]:
                        self._reports[other.spoke].error = error
                    break
                continue
            found.append((shown, binding))
        return found

    def _read_again(self, line: Line, shown: Look) -> Look:
        """Believe of an item that had gone only what its own address says: the listing may be of earlier."""
        if not shown.strange or shown.collection is None:
            return shown
        with self._ledger.read() as connection:
            ended = projections.ended(connection, self._id, line.spoke, shown.strange)
        return reread(line.connector, shown, ended.keys()) if ended else shown

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

    # Second half: what the ledger wants.

    def _busy(self, absorbed: dict[Spoke, Absorbed | None]) -> dict[Spoke, Absorbed | None]:
        """The collections that may need something; a quiet one of an unchanged ledger needs nothing."""
        return {
            spoke: what
            for spoke, what in absorbed.items()
            if not self._reports[spoke].elsewhere
            and (what is not None or self._rehearse or self._notes.settled.get(spoke) != self._state(spoke))
        }

    def _state(self, spoke: Spoke) -> tuple[object, ...]:
        """What a collection's wants depend on: the record, the day, and the questions that stand open."""
        return (
            self._version,
            self._now.today(self._house.household.partners[spoke.partner]),
            frozenset(self._held),
        )

    def _decide(self, busy: Mapping[Spoke, Absorbed | None]) -> dict[Spoke, list[Step]]:
        """Let lapse what has lapsed, then the steps for each collection."""
        plans: dict[Spoke, list[Step]] = {}
        with self._ledger.write() as connection:
            since = self._now.at.date() - REMEMBERED
            view = views.view(connection, self._house.household, since)
            stands = projections.all_standing(connection, self._id)
            standing = {spoke: stands.get(spoke.name, {}) for spoke in busy}
            bound = bindings.bindings(connection, self._id)
            unread = {spoke: self._unreadable(spoke, standing[spoke]) for spoke in busy}
            holds = bindings.holds(connection, self._id)
            lapsed = {
                spoke: record.append(
                    connection,
                    self._id,
                    lapses(view, spoke, self._now, standing[spoke].keys() - unread[spoke]),
                )
                for spoke in busy
            }
            view = view.with_entries([entry for entries in lapsed.values() for entry in entries])
            for spoke, what in busy.items():
                turn = bound.get(spoke.name, bindings.Binding()).turn
                if turn != self._turns.get(spoke, turn):  # overtaken: the next pass decides
                    self._reports[spoke].elsewhere = True
                    continue
                live = standing[spoke]
                wanted = desired(view, spoke, self._now, live, self._questions(holds, spoke, view.rows))
                seen = {s.identity.plain: s.item for s in what.sights} if what else {}
                learned = replace(what.learned, standing=live) if what else Learned(standing=live)
                reusable = Capability.REUSED_IDS in self._lines[spoke].connector.capabilities
                new = [] if reusable else [identity for identity in wanted if identity not in live]
                spent = projections.generations(connection, self._id, spoke, new)
                before = what.before if what else live
                steps, agreed = act(before, learned, wanted, seen, spent=spent, lacks=spoke.lacks)
                projections.keep(connection, self._id, spoke, agreed)
                waiting = holds[spoke.name].waiting if spoke.name in holds else frozenset()
                steps = [
                    step
                    for step in steps
                    if step.identity.name not in waiting and step.identity.plain not in unread[spoke]
                ]
                steps += [_second(sight) for sight in what.twice] if what else []
                plans[spoke] = steps
                self._turns[spoke] = turn
                self._reports[spoke].steps = steps
            self._version = views.version(connection, self._id)
        self._decided_at.update({spoke: self._state(spoke) for spoke in plans})
        for spoke, entries in lapsed.items():
            self._teller.facts(spoke, entries)
        return plans

    def _unreadable(self, spoke: Spoke, standing: Mapping[Identity, Projection]) -> set[Identity]:
        """What is not written because it could not be read, and a write there would have no condition."""
        if Capability.CONDITIONAL_WRITES in self._lines[spoke].connector.capabilities:
            return set()
        refs = self._unread.get(spoke, frozenset())
        return {identity for identity, projection in standing.items() if projection.ref in refs}

    def _questions(self, holds: Mapping[str, bindings.Hold], host: Spoke, rows: Rows) -> list[Desired]:
        """The notices of held plans that stand in a collection."""
        partners = self._house.household.partners
        questions = [
            Question(
                spoke,
                hold.reason,
                hold.number,
                sorted(hold.waiting),
                hold.since.astimezone(partners[spoke.partner].zone).date(),
            )
            for spoke in self._house.spokes
            if (hold := holds.get(spoke.name)) is not None and hold.answer is None
        ]
        return notices(questions, host, self._house.spokes, rows, self._id)

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
        sender = Sender.of(self._house, line.connector, spoke, shown.collection, self._run)
        for _ in range(ROUNDS):
            applied = sender.send(steps, self._turns[spoke])
            report.applied.add(applied)
            report.left = 0 if applied.error else len(steps) - applied.told
            if applied.error is not None:
                self._teller.trouble(spoke, applied.error)
                return
            if not applied.conflicts:
                return
            try:
                with contained(spoke):
                    steps = self._merge(line, shown, set(applied.conflicts))
            except ConnectorError as error:
                self._teller.trouble(spoke, error)
                return
            if not steps:
                return
        report.parked = len(steps)
        self._teller.parked(spoke, len(steps))

    def _merge(self, line: Line, shown: Look, conflicts: set[Identity]) -> list[Step]:
        """Read items that refused our condition and decide about them anew."""
        assert shown.collection is not None
        spoke = line.spoke
        with self._ledger.read() as connection:
            known = projections.known(connection, self._id, spoke)
            binding = bindings.binding(connection, self._id, spoke)
        refs: dict[str, Identity] = {}
        homeless: list[str] = []
        for identity in conflicts:
            uid = identity.uid(self._id)
            place = known.get(identity.plain)
            ref = place.ref if place else line.connector.address_of(shown.collection, uid)
            if ref:
                refs[ref] = identity.plain
            else:
                homeless.append(uid)
        answers = list(line.connector.read(shown.collection, list(refs))) if refs else []
        answers += line.connector.find(shown.collection, homeless) if homeless else []
        sights = tuple(
            Sighting(found, a.ref, a.revision, a.item)
            for a in answers
            if isinstance(a, Seen) and (found := read_uid(a.item.uid, self._id)) is not None
        )
        gone = tuple(refs[a.ref] for a in answers if isinstance(a, Gone) and refs[a.ref] in known)
        again = Look(spoke, shown.collection, binding, sights, gone, partial=True, turn=binding.turn)
        what = self._absorb(again, binding)
        plans = self._decide({spoke: what})
        # What can't be read can still be taken down, as it stands: it is at an address of ours.
        unread = {answer.ref: answer.revision for answer in answers if isinstance(answer, Broken)}
        plain = {identity.plain for identity in conflicts}
        return [as_it_stands(s, unread) for s in plans.get(spoke, []) if s.identity.plain in plain]

    # Small things.

    def _note_quiet(self, busy: Iterable[Spoke]) -> None:
        for spoke in busy:
            if spoke in self._decided_at and not self._reports[spoke].unsettled:
                self._notes.settled[spoke] = self._decided_at[spoke]

    def _bind(self, look: Look) -> None:
        if self._rehearse:
            return
        with self._ledger.write() as connection:
            if bindings.binding(connection, self._id, look.spoke).turn == look.turn:
                bindings.bind(connection, self._id, look.spoke, replace(look.binding, turn=look.turn + 1))
                projections.listed(connection, self._id, look.spoke)
                self._turns[look.spoke] = look.turn + 1

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
