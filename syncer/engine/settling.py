"""Settling open intents: what a look shows of their effect. Pure.

An intent is open where its outcome never came back: a crash, a lost answer. Nothing is sent for it again
before its item was looked at; what then is still missing is simply decided anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from syncer.core.evidence import is_done
from syncer.core.fields import FIELDS
from syncer.core.fingerprint import Canon, canonical
from syncer.core.identity import Identity
from syncer.core.standing import Projection, Sighting
from syncer.engine.observe import Look
from syncer.ledger.intents import Intent, Outcome


@dataclass
class Settled:
    """What both sides agreed on, given what the open intents turn out to have done.

    `basis` are the projections as they are now, `meant_to_go` what we deleted ourselves, `outcomes` the
    intents' numbers by what became of them.
    """

    basis: dict[Identity, Projection]
    meant_to_go: list[Identity] = field(default_factory=list)
    outcomes: dict[Outcome, list[int]] = field(default_factory=dict)

    def note(self, intent: Intent, *, arrived: bool) -> None:
        """An intent's outcome."""
        self.outcomes.setdefault(Outcome.ARRIVED if arrived else Outcome.ABSENT, []).append(intent.id)


def settle(look: Look, before: Mapping[Identity, Projection]) -> Settled:
    """Settle the intents that were looked up.

    A create that arrived has what we sent as its base, so that a tick made since is a tick. Of an update the
    fields that arrived become the base, so that our own words are not taken for the person's; those that did
    not are still wanted, and are sent again. What a person had put back is no edit of anybody's either.
    """
    settled = Settled(dict(before))
    seen = {sight.identity.plain: sight for sight in look.seen}
    for intent in look.looked_up:
        plain = intent.identity.plain
        sight = seen.get(plain)
        if intent.operation == "delete":
            gone = plain in look.gone
            settled.meant_to_go += [plain] if gone else []
            settled.note(intent, arrived=gone)
        elif sight is not None and intent.operation == "restore":
            settled.note(intent, arrived=_take_back(settled.basis, sight))
        elif sight is None or intent.ours is None:
            settled.note(intent, arrived=False)
        else:
            settled.note(intent, arrived=_take(settled.basis, intent, sight, intent.ours))
    return settled


def _take(basis: dict[Identity, Projection], intent: Intent, sight: Sighting, sent: Canon) -> bool:
    """Put the base right for an item that an intent may have written; whether it did."""
    plain = sight.identity.plain
    known = basis.get(plain)
    if intent.operation != "update" or known is None or known.base is None:
        basis[plain] = Projection(
            sight.identity, sight.item.uid, sight.ref, None, sight.item.kind, sent, sent
        )
        return True
    found = canonical(sight.item, sent.title)
    names = [name for name, each in FIELDS.items() if each.written in intent.fields]
    arrived = {name: getattr(sent, name) for name in names if getattr(sent, name) == getattr(found, name)}
    ours = replace(known.ours, **arrived) if known.ours is not None else known.ours
    basis[plain] = replace(known, revision=None, ours=ours, base=replace(known.base, **arrived))
    return len(arrived) == len(names)


def _take_back(basis: dict[Identity, Projection], sight: Sighting) -> bool:
    """Agree on what may have been put back, as it stands; a completion since then is still to be seen."""
    plain = sight.identity.plain
    known = basis.get(plain)
    if known is None or known.base is None:
        return True
    found = canonical(sight.item, known.base.title)
    if is_done(found, sight.item.kind) and not is_done(known.base, sight.item.kind):
        found = replace(found, status=known.base.status, mark=known.base.mark, percent=known.base.percent)
    basis[plain] = replace(known, revision=None, base=found)
    return found != known.base
