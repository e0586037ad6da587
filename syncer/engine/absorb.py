"""Absorb: take what a look showed into the ledger, in one transaction with the cursor that proves it.

What open intents turn out to have done is told by `settling`; what looks like loss passes the guard here or
is held.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from syncer.core.entries import Entry, EntryKind
from syncer.core.evidence import DELETED, INFERRED
from syncer.core.guard import judge, names, suspects
from syncer.core.identity import Identity
from syncer.core.model import Household
from syncer.core.projection import desired
from syncer.core.reconcile import learn
from syncer.core.spoke import Now
from syncer.core.standing import Learned, Projection, Sighting
from syncer.engine.observe import Look
from syncer.engine.settling import settle
from syncer.ledger import bindings, intents, projections, record, views
from syncer.ledger.bindings import Binding, Hold

DAY = dt.timedelta(days=1)
REMEMBERED = dt.timedelta(days=35)
"""How far back occurrences are looked at; older ones matter only while something stands for them."""
KEPT = dt.timedelta(days=35)
"""How long a settled intent and the image of what stood there are kept, for undo."""


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What was taken in. `before` is what stood in the collection before the look."""

    learned: Learned
    before: Mapping[Identity, Projection]
    sights: tuple[Sighting, ...] = ()
    twice: tuple[Sighting, ...] = ()
    added: list[Entry] = field(default_factory=list)
    held: Hold | None = None
    newly_held: bool = False
    dissolved: bool = False


def absorb(
    connection: Connection, household: Household, look: Look, known_binding: Binding, now: Now
) -> Absorbed | None:
    """Learn from a look and commit it; the caller's transaction makes it one.

    None where the look was overtaken: another daemon wrote about the collection since it began, so that what
    it shows may be older than what is known.
    """
    spoke, id = look.spoke, household.id
    if bindings.binding(connection, id, spoke).turn != look.turn:
        return None
    before = projections.standing(connection, id, spoke)
    settled = settle(look, before)
    hold = bindings.hold(connection, id, spoke)
    ours = {*settled.meant_to_go, *look.pending}
    vanished = [identity for identity in look.gone if identity in settled.basis and identity not in ours]
    learned, doubles, held, kept_out = _judged(
        connection, household, look, settled.basis, vanished, hold, now
    )
    ended = [*learned.ended, *kept_out, *((i, "as intended") for i in settled.meant_to_go)]
    gone = {identity for identity, _ in ended}
    standing = {i: p for i, p in learned.standing.items() if i not in gone}
    added = record.append(connection, id, [*learned.entries, *doubles])
    projections.keep(connection, id, spoke, learned.changed)
    projections.end(connection, id, spoke, ended, now.at)
    for outcome, numbers in settled.outcomes.items():
        intents.settle(connection, numbers, outcome, now.at)
    if look.full:
        intents.forget(connection, id, now.at - KEPT)
    # A held plan keeps the cursor where it was, so that the next look shows the same again,
    # or shows that the items came back.
    kept = replace(known_binding, ref=look.binding.ref, title=look.binding.title) if held else look.binding
    bindings.bind(connection, id, spoke, replace(kept, turn=look.turn + 1))
    if look.fresh and not held:
        projections.listed(connection, id, spoke)
    if held != hold:
        bindings.put_hold(connection, id, spoke, held)
    return Absorbed(
        replace(learned, standing=standing, ended=tuple(ended)),
        before,
        look.seen,
        look.twice,
        added,
        held,
        newly_held=held is not None and hold is None,
        dissolved=held is None and hold is not None,
    )


def _judged(
    connection: Connection,
    household: Household,
    look: Look,
    basis: Mapping[Identity, Projection],
    vanished: Sequence[Identity],
    hold: Hold | None,
    now: Now,
) -> tuple[Learned, list[Entry], Hold | None, list[tuple[Identity, str]]]:
    """What may be learned, ticks on second items, the held plan, what ended by itself."""
    spoke, seen = look.spoke, list(look.seen)
    view = views.view(connection, household, now.at.date() - REMEMBERED, [s.identity for s in seen])
    expected = desired(view, spoke, now, {*basis, *(sight.identity.plain for sight in seen)})

    formerly = projections.ended(connection, household.id, spoke, look.strange) if look.strange else None

    def learned(gone: Sequence[Identity], out: frozenset[Identity], denied: frozenset[Identity]) -> Learned:
        left = [sight for sight in seen if sight.identity.plain not in out]
        return learn(view, spoke, now, basis, left, gone, expected, denied, formerly)

    # Questions of ours, and what we meant to delete, make no collection fuller than it was.
    stood = sum(not identity.reserved and identity not in look.pending for identity in basis)
    nothing: frozenset[Identity] = frozenset()
    second = learn(view, spoke, now, basis, look.twice, [], expected).entries if look.twice else ()
    doubles = [entry for entry in second if entry.kind is EntryKind.DONE]
    restore = hold is not None and hold.answer == "restore"
    # A collection made anew, or a ledger that is older than the apps: what lacks is put back.
    put_back = look.rebuilt or look.older
    full = learned([] if put_back or restore else vanished, nothing, nothing)
    doubtful = suspects(full.entries, stood)
    if restore:
        back = [(identity, "put back") for identity in vanished]
        denied = {identity.name for identity in doubtful}
        ticked = [entry for entry in doubles if f"{entry.task}/{entry.occurrence}" not in denied]
        return learned([], nothing, doubtful), ticked, None, back
    gone = [] if put_back else vanished
    if look.partial and hold is not None and hold.answer is None:
        held: Hold | None = hold
    else:
        lately = record.count_inferred(connection, household.id, spoke.name, now.at - DAY)
        held = _judge(look, stood, gone, doubtful, lately, hold, now)
    if held is not None:
        return learned([], doubtful, nothing), doubles, held, []
    if hold is not None and hold.answer == "accept":
        full = replace(full, entries=tuple(_released(entry) for entry in full.entries))
    return (
        full,
        doubles,
        None,
        [(identity, "put back") for identity in vanished if put_back],
    )


def _released(entry: Entry) -> Entry:
    """A fact for which there is a person's word by now: no bite that adds up with others."""
    counted = entry.evidence in (DELETED, INFERRED)
    return replace(entry, evidence=f"{entry.evidence}, released") if counted else entry


def _judge(
    look: Look,
    standing: int,
    vanished: Sequence[Identity],
    doubtful: frozenset[Identity],
    lately: int,
    hold: Hold | None,
    now: Now,
) -> Hold | None:
    """A held plan, or None where what was seen may be taken as its owner's doing.

    `lately` is how many were taken within a day: many small bites are a large one.
    """
    earlier = lately if vanished or doubtful else 0
    verdict = judge(
        standing + lately,
        len(vanished) + earlier,
        len(doubtful),
        full_look=look.full,
        swapped=look.swapped,
    )
    items, completed = names(vanished), names(doubtful)
    still = hold is not None and hold.answer is None and hold.waiting & {*items, *completed}
    if not verdict.held and not still:
        return None
    if hold is not None and hold.answer == "accept" and {*items, *completed} <= hold.waiting:
        return None
    if still and hold is not None and not verdict.held:  # what waits has an answer, or comes back
        verdict = replace(verdict, reason=hold.reason)
    if hold is not None and (hold.items, hold.completed) == (items, completed) and hold.answer is None:
        return hold
    since, number = (hold.since, hold.number) if hold and hold.answer is None else (now.at, look.turn + 1)
    return Hold(since, verdict.reason, items, None, completed, number)
