"""Reconcile one collection: first learn what people did there, then decide what to send. Pure.

`learn` turns what was seen into facts and new bases; `act` asks the table in `decide` for each
occurrence and returns operations as values, so that a plan can be printed, stored and compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from syncer.core.capabilities import Capability
from syncer.core.decide import TABLE, Base, Decision, Remote
from syncer.core.entries import Entry, EntryKind
from syncer.core.evidence import Change, facts, skipped
from syncer.core.fingerprint import canonical
from syncer.core.identity import Identity
from syncer.core.model import AfterDone, Item
from syncer.core.operations import Delete
from syncer.core.projection import Desired
from syncer.core.spoke import Now, Spoke
from syncer.core.standing import Learned, Projection, Sighting, Step
from syncer.core.view import View
from syncer.core.writing import canonical_of, create, write


def learn(
    view: View,
    spoke: Spoke,
    now: Now,
    standing: Mapping[Identity, Projection],
    seen: Sequence[Sighting],
    gone: Iterable[Identity],
    expected: Mapping[Identity, Desired],
    denied: Set[Identity] = frozenset(),
    formerly: Mapping[Identity, Projection] | None = None,
) -> Learned:
    """Take in what was seen.

    `gone` are confirmed absences that the guard let pass. `expected` is what the view wanted before;
    it stands in for a base where an item is met that no projection knows. `denied` are occurrences of which
    a person said that they are not done, whatever their items say: those are put right. `formerly` are the
    projections of items that are met again after they had gone.
    """
    entries: list[Entry] = []
    after = dict(standing)
    changed: list[Projection] = []
    for sight in sorted(seen, key=lambda sight: sight.identity):
        plain = sight.identity.plain
        known = standing.get(plain)
        if known is None and not view.has(plain) and not plain.reserved:
            continue  # of a task that this ledger doesn't know (yet), or made up: left alone
        base = known.base if known else None
        wanted = expected.get(plain)
        canon = canonical(sight.item, _known_title(known, wanted, view, sight))
        meant = canonical_of(wanted) if wanted and wanted.item else None
        item = wanted.item if wanted else None
        before = known or (formerly or {}).get(plain)
        agreed = before.ours if before else None
        once = before.base if before and known is None else None
        change = Change(plain, base, canon, sight.item, agreed, item, once)
        told = facts(view, spoke, now, change, meant)
        if plain in denied:
            told = [entry for entry in told if entry.kind is not EntryKind.DONE]
        entries += told
        if told and isinstance(view.rows.tasks[plain.task].repeat, AfterDone):
            view = view.with_entries(told)  # what is done makes the next ordinal known
        ours = agreed if before else canon
        taken = Projection(
            sight.identity,
            sight.item.uid,
            sight.ref,
            known.revision if known else None,
            sight.item.kind,
            None if plain in denied else ours,
            canon,
            past=known.past if known else (),
            undone=known.undone if known else "",
        ).at(sight.revision)
        if taken != known:
            changed.append(taken)
        after[plain] = taken
    ended = [(identity, "gone from the app") for identity in gone if identity in standing]
    for identity, _ in ended:
        entries += skipped(view, spoke, now, identity)
        after.pop(identity, None)
    return Learned(tuple(entries), after, tuple(changed), tuple(ended))


def _known_title(known: Projection | None, wanted: Desired | None, view: View, sight: Sighting) -> str | None:
    """The fingerprint of the title that stood there, against which a tick is read."""
    if known is not None and known.base is not None:
        return known.base.title
    if wanted is not None and wanted.item is not None:
        return canonical_of(wanted).title
    task = view.rows.tasks.get(sight.identity.task)
    return canonical(replace(sight.item, title=task.title)).title if task else None


def act(
    before: Mapping[Identity, Projection],
    learned: Learned,
    wanted: Mapping[Identity, Desired],
    seen: Mapping[Identity, Item],
    *,
    spent: Mapping[Identity, int] | None = None,
    lacks: frozenset[Capability] = frozenset(),
) -> tuple[list[Step], list[Projection]]:
    """The operations that make a collection what the ledger wants; none where it is so already.

    `before` is what stood there before this look, `learned` what the look made of it. `spent` are the
    generations whose ids can't be used again, `lacks` what the provider can't hold. Also returns the
    projections on which both sides now agree without a write.
    """
    steps: list[Step] = []
    agreed: list[Projection] = []
    gone = {identity for identity, _ in learned.ended}
    for identity, want in wanted.items():
        known = learned.standing.get(identity)
        base = Base.LIVE if identity in before and before[identity].base else Base.NONE
        remote = Remote.QUIET
        if identity in gone:
            remote = Remote.GONE
        elif identity in seen:
            remote = Remote.PRESENT
        decision = TABLE[want.want, base, remote]
        step: Step | None = None
        if decision is Decision.CREATE:
            step = create(want, known, (spent or {}).get(identity, -1) + 1)
        elif decision in (Decision.WRITE, Decision.ADOPT) and known is not None:
            step, settled = write(known, want, seen.get(identity), lacks)
            agreed += [settled] if settled else []
        elif decision is Decision.DELETE and known is not None:
            step = Step(known.identity, Delete(known.ref, known.revision, known.uid), None, want.why, known)
        # NOTHING asks for nothing; END was recorded together with the look that proved it.
        if known is not None and known.undone and (step is None or known.undone != step.signature):
            agreed.append(replace(known, undone=""))  # something else is wanted by now
        if step is not None and not (known is not None and known.undone == step.signature):
            steps.append(step)
    return steps, agreed
