"""Undo: put back what stood in the apps before a run, where nobody has changed it since.

The ledger stays as it is: what happened, happened. What was taken back is not done again until the ledger
wants something else there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from syncer.connector import Collection
from syncer.core.identity import Identity
from syncer.core.operations import Delete, Restore
from syncer.core.spoke import Spoke
from syncer.core.standing import Projection, Step, signature
from syncer.engine.apply import Sender
from syncer.engine.house import House, Line
from syncer.ledger import bindings, projections, runs
from syncer.ledger.runs import Sent

WHY = "undone"


@dataclass(frozen=True, slots=True)
class Kept:
    """An item that was not put back as it was, and why."""

    spoke: Spoke | None
    identity: Identity
    reason: str


@dataclass
class Undone:
    """What an undo did: its own run's name, how many items were put back, and which were not."""

    run: str
    restored: int = 0
    kept: list[Kept] = field(default_factory=list)


def undo(house: House, run: str) -> Undone:
    """Take back what a run wrote. The undo is a run of its own, and can be undone."""
    done = Undone(house.name_run(house.clock()))
    with house.ledger.read() as connection:
        sent = runs.sent(connection, house.id, run)
    lines = {(line.spoke.account, line.spoke.collection): line for line in house.lines}
    for place in dict.fromkeys((one.account, one.collection) for one in sent):
        mine = [one for one in sent if (one.account, one.collection) == place]
        if place in lines:
            _undo_in(house, lines[place], mine, done)
        else:
            reason = f"{'/'.join(place)} is no longer configured"
            done.kept += [Kept(None, one.identity, reason) for one in mine]
    return done


def _undo_in(house: House, line: Line, sent: Sequence[Sent], done: Undone) -> None:
    """Undo in one collection; whatever is refused there is told and left."""
    spoke = line.spoke
    with house.ledger.read() as connection:
        binding = bindings.binding(connection, house.id, spoke)
        standing = projections.standing(connection, house.id, spoke)
    if binding.ref is None:
        done.kept += [Kept(spoke, one.identity, "the collection is not known any more") for one in sent]
        return
    collection = Collection(binding.ref, binding.title or spoke.collection, frozenset({spoke.kind}))
    steps: list[Step] = []
    for uid in dict.fromkeys(one.uid for one in sent):
        story = [one for one in sent if one.uid == uid]
        step = _step(story, standing)
        if isinstance(step, Step):
            steps.append(step)
        elif step is not None:
            done.kept.append(Kept(spoke, story[0].identity, step))
    sender = Sender.of(house, line.connector, spoke, collection, done.run)
    applied = sender.send(steps, binding.turn) if steps else None
    if applied is None:
        return
    done.restored += applied.acknowledged
    done.kept += [Kept(spoke, i, "somebody changed it since") for i in applied.conflicts]
    told = {*applied.conflicts, *_acknowledged(house, done.run, spoke)}
    if applied.error is not None:
        reason = applied.error.condition
    elif applied.overtaken:
        reason = "another Evenhold is writing there; try again"
    else:
        reason = "the provider does not take it"
    done.kept += [Kept(spoke, step.identity, reason) for step in steps if step.identity not in told]


def _step(story: Sequence[Sent], standing: Mapping[Identity, Projection]) -> Step | str | None:
    """What takes one item back: from as the run left it to as it was before; or why that can't be."""
    first, last = story[0], story[-1]
    known = standing.get(last.identity.plain)
    there = last.operation != "delete"
    taken_back = signature("create" if first.raw is None else last.operation, last.ours, last.why)
    if first.raw is None:
        if first.operation == "update":
            return "what stood there before is no longer kept"
        if not there or last.ref is None or first.operation == "delete":
            return None  # it was put up and taken down again, or was gone before we came
        delete = Delete(last.ref, _revision(last, known), last.uid)
        return Step(last.identity, delete, None, WHY, known, taken_back)
    ref = last.ref or first.ref
    assert ref is not None
    restore = Restore(ref, _revision(last, known) if there else None, last.uid, first.raw)
    return Step(last.identity, restore, None, WHY, known, taken_back)


def _revision(last: Sent, known: Projection | None) -> str | None:
    """The revision at which the item stands if nobody touched it: a server may have, without changing it."""
    untouched = known is not None and known.ours == last.ours and known.base == known.ours
    return known.revision if known is not None and untouched and known.revision else last.after


def _acknowledged(house: House, run: str, spoke: Spoke) -> set[Identity]:
    with house.ledger.read() as connection:
        sent = runs.sent(connection, house.id, run)
    return {
        one.identity for one in sent if (one.account, one.collection) == (spoke.account, spoke.collection)
    }
