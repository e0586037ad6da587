"""Absorb: take what a look showed into the ledger, in one transaction with the cursor that proves it.

Open intents are settled here by what was found; deletions pass the guard here or are held.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from syncer.core.entries import Entry
from syncer.core.fingerprint import Canon, canonical
from syncer.core.guard import judge
from syncer.core.identity import Identity
from syncer.core.model import Household
from syncer.core.projection import desired
from syncer.core.reconcile import Learned, Projection, Sighting, learn
from syncer.core.spoke import Now
from syncer.engine.observe import Look
from syncer.ledger import bindings, intents, projections, record, views
from syncer.ledger.bindings import Binding, Hold
from syncer.ledger.intents import Intent

DAY = dt.timedelta(days=1)
REMEMBERED = dt.timedelta(days=35)
"""How far back occurrences are looked at; older ones matter only while something stands for them."""


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What was taken in. `before` is what stood in the collection before the look."""

    learned: Learned
    before: Mapping[Identity, Projection]
    sights: tuple[Sighting, ...] = ()
    added: list[Entry] = field(default_factory=list)
    held: Hold | None = None
    newly_held: bool = False
    dissolved: bool = False


def absorb(
    connection: Connection, household: Household, look: Look, known_binding: Binding, now: Now
) -> Absorbed:
    """Learn from a look and commit it; the caller's transaction makes it one."""
    spoke, id = look.spoke, household.id
    before = projections.standing(connection, id, spoke)
    basis, meant_to_go = _settle_intents(look, before)
    hold = bindings.hold(connection, id, spoke)
    vanished = [identity for identity in look.gone if identity in basis and identity not in meant_to_go]
    restore = look.rebuilt or (hold is not None and hold.answer == "restore")
    if look.partial and hold is not None and hold.answer is None:
        held: Hold | None = hold
    elif restore:
        held = None
    else:
        lately = record.count_skipped(connection, id, spoke.name, now.at - DAY)
        held = _judge(look, len(basis), vanished, lately, hold, now)
    taken = [] if held or restore else vanished
    seen = list(look.seen)
    also = [sight.identity for sight in seen]
    view = views.view(connection, household, now.at.date() - REMEMBERED, also)
    expected = desired(view, spoke, now, {*basis, *(identity.plain for identity in also)})
    learned = learn(view, spoke, now, basis, seen, taken, expected)
    put_back = [(identity, "the collection was rebuilt") for identity in vanished] if restore else []
    ended = [*learned.ended, *put_back, *((i, "as intended") for i in meant_to_go)]
    standing = {i: p for i, p in learned.standing.items() if i not in {i for i, _ in ended}}
    added = record.append(connection, id, learned.entries)
    projections.keep(connection, id, spoke, learned.changed)
    projections.end(connection, id, spoke, ended, now.at)
    intents.settle(connection, [intent.id for intent in look.looked_up], "looked up", now.at)
    # A held plan keeps the cursor where it was, so that the next look shows the same again,
    # or shows that the items came back.
    kept = replace(known_binding, ref=look.binding.ref, title=look.binding.title) if held else look.binding
    bindings.bind(connection, id, spoke, kept)
    if look.fresh and not held:
        projections.listed(connection, id, spoke)
    if held != hold:
        bindings.put_hold(connection, id, spoke, held)
    return Absorbed(
        replace(learned, standing=standing, ended=tuple(ended)),
        before,
        look.seen,
        added,
        held,
        newly_held=held is not None and hold is None,
        dissolved=held is None and hold is not None,
    )


def _judge(
    look: Look, standing: int, vanished: list[Identity], lately: int, hold: Hold | None, now: Now
) -> Hold | None:
    """A held plan, or None where the deletions may be taken as their owner's.

    `lately` is how many were taken within a day: many small bites are a large one.
    """
    verdict = judge(standing + lately, len(vanished) + lately if vanished else 0, full_look=look.full)
    if not verdict.held:
        return None
    items = tuple(sorted(identity.name for identity in vanished))
    if hold is not None and hold.answer == "accept" and set(items) <= set(hold.items):
        return None
    if hold is not None and hold.items == items:
        return hold
    return Hold(hold.since if hold else now.at, verdict.reason, items)


def _settle_intents(
    look: Look, before: Mapping[Identity, Projection]
) -> tuple[dict[Identity, Projection], list[Identity]]:
    """What both sides agreed on, given what the open intents turn out to have done.

    A create that arrived has what we sent as its base, so that a tick made since is a tick. An update
    that arrived has its fields as base, so that our own words are not taken for the person's.
    """
    basis = dict(before)
    meant_to_go: list[Identity] = []
    seen = {sight.identity.plain: sight for sight in look.seen}
    for intent in look.looked_up:
        identity = intent.identity.plain
        sight = seen.get(identity)
        known = basis.get(identity)
        if intent.operation == "delete":
            if identity in look.gone:
                meant_to_go.append(identity)
        elif sight is not None and intent.ours is not None:
            base = intent.ours
            if known is not None and known.base is not None:
                found = canonical(sight.item, intent.ours.title)
                base = _merged(known.base, intent, intent.ours, found)
            basis[identity] = Projection(
                sight.identity, intent.uid, sight.ref, None, sight.item.kind, intent.ours, base
            )
    return basis, meant_to_go


def _merged(base: Canon, intent: Intent, ours: Canon, found: Canon) -> Canon:
    names = {"mark" if name == "title" else name for name in intent.fields} | (intent.fields & {"title"})
    arrived = {name: getattr(ours, name) for name in names if hasattr(ours, name)}
    same = {name: value for name, value in arrived.items() if value == getattr(found, name)}
    return replace(base, **same)
