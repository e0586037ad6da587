"""Reconcile one collection: first learn what people did there, then decide what to send. Pure.

`learn` turns what was seen into facts and new bases; `act` asks the table in `decide` for each
occurrence and returns operations as values, so that a plan can be printed, stored and compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from syncer.core.decide import TABLE, Base, Decision, Remote
from syncer.core.entries import Entry
from syncer.core.evidence import Change, facts, skipped
from syncer.core.fingerprint import Canon, canonical, text_print
from syncer.core.identity import Identity
from syncer.core.model import Item, Kind
from syncer.core.operations import Create, Delete, Operation, Update
from syncer.core.projection import Desired
from syncer.core.spoke import Now, Spoke
from syncer.core.ticks import split_tick, ticked
from syncer.core.view import View


@dataclass(frozen=True, slots=True)
class Projection:
    """What stands for an occurrence in one collection, and what both sides last agreed on.

    `ours` is what the ledger last wanted there, `base` the provider's echo of it or the person's edit
    that was taken since. They differ where a server can't hold a field; that is no change of anybody's.
    `refused` is what the provider would not take: it is not sent again until something else is wanted.
    `fresh` says that it was put up and no listing has shown it yet. The cursor is older than it: should
    its owner delete it now, a list of changes since then need not say a word (seen with Xandikos).
    """

    identity: Identity
    uid: str
    ref: str
    revision: str | None
    kind: Kind
    ours: Canon | None
    base: Canon | None
    refused: Canon | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """One item of ours as a pass saw it."""

    identity: Identity
    ref: str
    revision: str | None
    item: Item


@dataclass(frozen=True, slots=True)
class Learned:
    """What a look at a collection taught: facts, new or changed projections, and ended ones."""

    entries: tuple[Entry, ...] = ()
    standing: Mapping[Identity, Projection] = field(default_factory=dict)
    changed: tuple[Projection, ...] = ()
    ended: tuple[tuple[Identity, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One operation, the occurrence it concerns, what agreement it will bring, and why."""

    identity: Identity
    operation: Operation
    ours: Canon | None
    why: str


def learn(
    view: View,
    spoke: Spoke,
    now: Now,
    standing: Mapping[Identity, Projection],
    seen: Sequence[Sighting],
    gone: Iterable[Identity],
    expected: Mapping[Identity, Desired],
) -> Learned:
    """Take in what was seen.

    `gone` are confirmed absences that the guard let pass. `expected` is what the view wanted before;
    it stands in for a base where an item is met that no projection knows.
    """
    entries: list[Entry] = []
    after = dict(standing)
    changed: list[Projection] = []
    for sight in seen:
        known = standing.get(sight.identity)
        if known is None and not view.has(sight.identity):
            continue  # of a task that this ledger doesn't know (yet), or made up: left alone
        base = known.base if known else None
        canon = canonical(sight.item, _known_title(known, expected.get(sight.identity), view, sight))
        wanted = expected.get(sight.identity)
        meant = canonical_of(wanted) if wanted and wanted.item else None
        change = Change(sight.identity, base, canon, sight.item)
        entries += facts(view, spoke, now, change, meant)
        taken = Projection(
            sight.identity,
            sight.item.uid,
            sight.ref,
            sight.revision,
            sight.item.kind,
            known.ours if known else canon,
            canon,
        )
        if taken != known:
            changed.append(taken)
        after[sight.identity] = taken
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


def canonical_of(wanted: Desired) -> Canon:
    """The canonical form of what the ledger wants; its title carries at most our own tick."""
    assert wanted.item is not None
    return canonical(wanted.item)


def act(
    before: Mapping[Identity, Projection],
    learned: Learned,
    wanted: Mapping[Identity, Desired],
    seen: Mapping[Identity, Item],
) -> tuple[list[Step], list[Projection]]:
    """The operations that make a collection what the ledger wants; none where it is so already.

    `before` is what stood there before this look, `learned` what the look made of it. Also returns the
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
        if decision is Decision.CREATE:
            steps += _create(want, known)
        elif decision in (Decision.WRITE, Decision.ADOPT) and known is not None:
            step, settled = _write(known, want, seen.get(identity))
            steps += [step] if step else []
            agreed += [settled] if settled else []
        elif decision is Decision.DELETE and known is not None:
            steps.append(Step(identity, Delete(known.ref, known.revision, known.uid), None, want.why))
        # NOTHING asks for nothing; END was recorded together with the look that proved it.
    return steps, agreed


def _create(want: Desired, known: Projection | None) -> list[Step]:
    assert want.item is not None
    ours = canonical_of(want)
    if known is not None and known.refused == ours:
        return []
    return [Step(want.identity, Create(want.item), ours, want.why or "new")]


def _write(known: Projection, want: Desired, item: Item | None) -> tuple[Step | None, Projection | None]:
    """Send the fields that the ledger changed since it last wanted them, and no others."""
    if want.item is None or known.base is None:
        return None, None
    target, base, ours = canonical_of(want), known.base, known.ours
    text = want.item
    fields: set[str] = set()
    for name in ("title", "mark", "when", "notes", "status"):
        value = getattr(target, name)
        ours_same = ours is not None and value == getattr(ours, name)
        if name in want.keeps or value == getattr(base, name) or ours_same:
            continue
        fields.add("title" if name == "mark" else name)
    if "title" in want.keeps:
        target = replace(target, title=base.title)
        if "title" in fields and canonical_of(want).title != base.title:
            text, fields = _owner_title(text, target, item, fields)
    for name in want.keeps & {"when", "notes"}:
        target = replace(target, **{name: getattr(base, name)})
    if fields and target != known.refused:
        operation = Update(known.ref, known.revision, text, frozenset(fields))
        return Step(want.identity, operation, target, want.why or "changed"), None
    if not fields and ours != target:
        return None, replace(known, ours=target)
    return None, None


def _owner_title(text: Item, target: Canon, item: Item | None, fields: set[str]) -> tuple[Item, set[str]]:
    """Put our tick before a title that is the owner's; it is known only right after it was read."""
    if item is None:
        return text, fields - {"title"}
    rest, _ = split_tick(item.title, lambda rest: text_print(rest) == target.title)
    return replace(text, title=ticked(rest) if target.mark else rest), fields


def settle_echo(step: Step, ref: str, revision: str | None, echo: Item | None, exact: bool) -> Projection:
    """The projection after an acknowledged write: its base is the provider's echo.

    Where somebody may have come between the write and the reading back (not `exact`), the base is what we
    sent, and if the two differ the revision is left open: the next look reads the item again and sees the
    difference as the person's. (A tick swallowed by an echo would be a lost completion.)
    """
    assert step.ours is not None
    item = echo if echo is not None else _sent(step)
    canon = canonical(item, step.ours.title)
    if not exact or echo is None:
        revision = revision if echo is not None and step.ours == canon else None
        canon = step.ours
    fresh = isinstance(step.operation, Create)
    return Projection(step.identity, item.uid, ref, revision, item.kind, step.ours, canon, fresh=fresh)


def _sent(step: Step) -> Item:
    assert isinstance(step.operation, Create | Update)
    return step.operation.item
