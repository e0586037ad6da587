"""From what is wanted to one operation: which item is created, which fields are sent; and its echo. Pure.

Whether anything is written at all is `decide`'s; whose value of a field stands was settled by `merge` before.
"""

from __future__ import annotations

from dataclasses import replace

from syncer.core.capabilities import Capability
from syncer.core.fields import FIELDS, carried
from syncer.core.fingerprint import Canon, canonical, text_print
from syncer.core.model import Item, Kind, Status
from syncer.core.operations import Create, Restore, Update
from syncer.core.projection import Desired
from syncer.core.standing import Projection, Step
from syncer.core.ticks import split_tick, ticked


def canonical_of(wanted: Desired) -> Canon:
    """The canonical form of what the ledger wants; its title carries at most our own tick."""
    assert wanted.item is not None
    return canonical(wanted.item)


def create(want: Desired, known: Projection | None, generation: int) -> Step | None:
    """The creation of an item, unless this very one was refused before."""
    assert want.item is not None
    ours = canonical_of(want)
    if known is not None and known.refused == ours:
        return None
    identity = replace(want.identity, generation=generation)
    item = replace(want.item, uid=identity.of_generation(want.item.uid))
    return Step(identity, Create(item), ours, want.why or "new", known)


def write(
    known: Projection, want: Desired, item: Item | None, lacks: frozenset[Capability]
) -> tuple[Step | None, Projection | None]:
    """Send the fields that the ledger changed since it last wanted them, and no others.

    `item` is what was just seen there, None where nothing new was. Also returns the projection on which both
    sides agree without a write.
    """
    if want.item is None or known.base is None:
        return None, None
    target, base, ours = canonical_of(want), known.base, known.ours
    if base.rule and not _resolved(target):
        target = replace(target, rule=base.rule)  # until then it is how the owner likes to be reminded
    text = replace(want.item, uid=known.uid)
    # The date to which an app moved a recurring item on is not its occurrence's.
    plain_again = frozenset({"rule", "when"} if base.rule and not target.rule else ())
    keeps = want.keeps - plain_again
    fields: set[str] = set()
    for name, field in FIELDS.items():
        value = getattr(target, name)
        ours_same = ours is not None and value == getattr(ours, name)
        if name in keeps or value == getattr(base, name) or (ours_same and name not in plain_again):
            continue
        if carried(name, known.kind, lacks):
            fields.add(field.written)
    if "rule" in fields:  # overrides go with it, and with them what they say of this occurrence
        fields |= {"title" if known.kind is Kind.EVENT else "status"}
    if "title" in keeps:
        target = replace(target, title=base.title)
        if "title" in fields and canonical_of(want).title != base.title:
            text, fields = _owner_title(text, target, item, fields)
    for name in keeps & {"when", "notes"}:
        target = replace(target, **{name: getattr(base, name)})
    if fields and target != known.refused:
        operation = Update(known.ref, known.revision, text, frozenset(fields))
        return Step(known.identity, operation, target, want.why or "changed", known), None
    if not fields and ours != target:
        return None, replace(known, ours=target)
    return None, None


def _resolved(target: Canon) -> bool:
    return bool(target.mark) or target.status is Status.DONE


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

    What was put back is agreed on as it stands: nobody wants anything else of it for now.
    """
    if isinstance(step.operation, Restore):
        return _put_back(step, ref, revision if exact else None, echo)
    assert step.ours is not None
    item = echo if echo is not None else _sent(step)
    canon = canonical(item, step.ours.title)
    if not exact or echo is None:
        revision = revision if echo is not None and step.ours == canon else None
        canon = step.ours
    before = step.known if step.known is not None and step.known.ref == ref else None
    return Projection(
        step.identity,
        item.uid,
        ref,
        before.revision if before else None,
        item.kind,
        step.ours,
        canon,
        fresh=isinstance(step.operation, Create),
        past=before.past if before else (),
    ).at(revision)


def _put_back(step: Step, ref: str, revision: str | None, echo: Item | None) -> Projection:
    title = step.known.base.title if step.known is not None and step.known.base is not None else None
    kind = echo.kind if echo is not None else step.known.kind if step.known is not None else Kind.TODO
    canon = canonical(echo, title) if echo is not None else None
    return Projection(
        step.identity, step.operation.uid, ref, revision, kind, canon, canon, undone=step.undoes
    )


def _sent(step: Step) -> Item:
    assert isinstance(step.operation, Create | Update)
    return step.operation.item
