"""One pass: observe, reconcile, guard, commit intents, send, commit the base from the echo.

A pass works on any number of collections in two halves: first all are looked at and what people did is
committed (`firsthalf`); then what the ledger wants is compared with what stands there, and sent. A missed or
doubled trigger needs no code. What happens is told by `telling`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from syncer.connector import Broken, Capability, ConnectorError, Gone, Seen
from syncer.core.fold import Memory as Rows
from syncer.core.identity import Identity, read_uid
from syncer.core.lapse import lapses
from syncer.core.notice import Question, login_notices, notices
from syncer.core.operations import Delete
from syncer.core.projection import Desired, desired
from syncer.core.reconcile import act
from syncer.core.spoke import Spoke
from syncer.core.standing import Learned, Projection, Sighting, Step
from syncer.engine.absorb import REMEMBERED, Absorbed
from syncer.engine.apply import Sender, as_it_stands
from syncer.engine.firsthalf import FirstHalf
from syncer.engine.house import Line
from syncer.engine.observe import Look, contained
from syncer.engine.report import PassReport
from syncer.ledger import bindings, projections, record, views

ROUNDS = 3
"""How often an item that changes under our hands is read and merged again before it is parked (I12)."""


def _second(sight: Sighting) -> Step:
    """Take down an item that stands there besides the one that is kept."""
    delete = Delete(sight.ref, sight.revision, sight.item.uid)
    return Step(sight.identity, delete, None, "there twice", second=True)


class Pass(FirstHalf):
    """One pass; discarded when it ends."""

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
        frozen = dict(self._notes.frozen)
        reports = list(self._reports.values())
        return PassReport(self._run, self._now.at, reports, self._version, doubted, frozen)

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
            frozenset(self._notes.frozen.values()),
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
        """The notices that stand in a collection: of held plans, and of accounts that can't be reached."""
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
        spokes = self._house.spokes
        logins = login_notices(self._notes.frozen.values(), host, spokes, self._id)
        return notices(questions, host, spokes, rows, self._id) + logins

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

    def _note_quiet(self, busy: Iterable[Spoke]) -> None:
        for spoke in busy:
            if spoke in self._decided_at and not self._reports[spoke].unsettled:
                self._notes.settled[spoke] = self._decided_at[spoke]
