"""From the ledger's view to the items that one collection should hold.

A spoke is one collection of one partner. For each occurrence that concerns it the answer is one of
three: wanted there, left as it is, or not wanted; with the content where it is wanted or left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from syncer.core.capabilities import Capability
from syncer.core.fold import OccurrenceState, Progress
from syncer.core.identity import Identity
from syncer.core.model import (
    Bundle,
    BundleState,
    Day,
    Item,
    Kind,
    Occurrence,
    Partner,
    Slot,
    Status,
    Task,
    When,
    day_of,
)
from syncer.core.recurrence import day_in_key, names, slot
from syncer.core.shapes import when_from_data
from syncer.core.spoke import Now, Spoke
from syncer.core.ticks import ticked
from syncer.core.upcoming import upcoming
from syncer.core.view import View


class Want(StrEnum):
    """What the ledger wants of an occurrence in a collection."""

    WANTED = "wanted"
    LEFT = "left"
    UNWANTED = "unwanted"


@dataclass(frozen=True, slots=True)
class Desired:
    """What should stand for an occurrence. `keeps` names fields left as they are; `why` the cause."""

    identity: Identity
    want: Want
    item: Item | None = None
    keeps: frozenset[str] = frozenset()
    why: str = ""


def desired(
    view: View, spoke: Spoke, now: Now, live: Iterable[Identity], asked: Iterable[Desired] = ()
) -> dict[Identity, Desired]:
    """What a collection should hold, by identity of generation 0.

    `live` are the occurrences that stand there now: each gets an answer, wanted or not. `asked` are questions
    of ours that stand there too (`notice`).
    """
    partner = view.household.partners[spoke.partner]
    found: dict[Identity, Desired] = {question.identity: question for question in asked}
    for task in view.rows.tasks.values():
        bundle = view.rows.bundles.get(task.bundle)
        if bundle is None or not _belongs(task, bundle, spoke):
            continue
        for occurrence in upcoming(view, task, spoke, now, partner):
            made = _wanted(view, spoke, partner, bundle, task, occurrence)
            found[made.identity] = made
    for identity in live:
        plain = identity.plain
        if plain not in found:
            found[plain] = _unlisted(view, spoke, now, partner, plain)
    return found


def _belongs(task: Task, bundle: Bundle, spoke: Spoke) -> bool:
    """Whether new items of a task go to this collection (product.md, rules 1 to 3)."""
    return (
        bundle.owner == spoke.partner
        and bundle.state is BundleState.ACTIVE
        and not task.removed
        and (spoke.timed if task.timed else spoke.due)
    )


def _when(task: Task, occurrence: Occurrence, partner: Partner, kind: Kind) -> When:
    if task.at is None:
        return Day(occurrence.day)
    minutes = task.duration if kind is Kind.EVENT else 0
    return slot(occurrence.day, task.at, minutes, partner.zone)


def _wanted(
    view: View, spoke: Spoke, partner: Partner, bundle: Bundle, task: Task, occurrence: Occurrence
) -> Desired:
    state = view.rows.occurrence(task.id, occurrence.key)
    return Desired(
        Identity(task.id, occurrence.key),
        Want.WANTED,
        *_content(view, spoke, partner, bundle, task, occurrence, state),
    )


def _content(
    view: View,
    spoke: Spoke,
    partner: Partner,
    bundle: Bundle,
    task: Task,
    occurrence: Occurrence,
    state: OccurrenceState | None,
) -> tuple[Item, frozenset[str]]:
    """The item for an occurrence, and which of its fields are the owner's by now."""
    identity = Identity(task.id, occurrence.key)
    done = state is not None and state.progress is Progress.DONE
    when: When | None = _when(task, occurrence, partner, spoke.kind)
    if state is not None and state.moved is not None:
        when = when_from_data(state.moved, partner.zone)
    alarms = partner.alarms.timed if isinstance(when, Slot) else partner.alarms.due
    event = spoke.kind is Kind.EVENT
    item = Item(
        uid=identity.uid(view.household.id),
        kind=spoke.kind,
        title=ticked(task.title) if event and done else task.title,
        when=when if event else _due(when, partner, spoke),
        notes=notes_of(bundle),
        status=Status.DONE if done and not event else Status.OPEN,
        alarms=alarms,
    )
    kept = {"notes"} if state is not None and state.noted else set()
    if state is not None and state.retitled:
        kept.add("title")
    return item, frozenset(kept)


def _due(when: When | None, partner: Partner, spoke: Spoke) -> When | None:
    """A to-do's moment without a length, or its day where the provider knows only days."""
    if not isinstance(when, Slot):
        return when
    if Capability.TIME_OF_DAY_TODOS in spoke.lacks:
        return Day(day_of(when, partner.zone))
    return Slot(when.start)


def notes_of(bundle: Bundle) -> str:
    """The notes of an item that its owner has not written over: the outcome, and which bundle."""
    return f"{bundle.outcome}\n\n{bundle.title} · {bundle.category}"


def _unlisted(view: View, spoke: Spoke, now: Now, partner: Partner, identity: Identity) -> Desired:
    """The answer for something that stands there and is not, or not any more, an open wanted one."""
    if identity.reserved:
        return Desired(identity, Want.UNWANTED, why="answered")
    task = view.rows.tasks.get(identity.task)
    bundle = view.rows.bundles.get(task.bundle) if task else None
    state = view.rows.occurrence(identity.task, identity.occurrence)
    progress = state.progress if state else Progress.OPEN
    if task is None or bundle is None:
        return Desired(identity, Want.LEFT, why="unknown to this ledger")
    if state is not None and progress is Progress.DONE:
        if state.doer not in (None, spoke.partner):
            return Desired(identity, Want.UNWANTED, why="done elsewhere")
        return _left(view, spoke, partner, bundle, task, state, "done")
    if bundle.owner != spoke.partner:
        return Desired(identity, Want.UNWANTED, why="handed over")
    if bundle.state is not BundleState.ACTIVE:
        return Desired(identity, Want.UNWANTED, why=str(bundle.state))
    if state is not None and progress is Progress.SKIPPED:
        left = _left(view, spoke, partner, bundle, task, state, "skipped")
        return replace(left, keeps=left.keeps | {"status", "mark"})
    if progress is Progress.LAPSED and spoke.kind is not Kind.EVENT:
        return Desired(identity, Want.UNWANTED, why="lapsed")
    if progress is Progress.LAPSED and state is not None:
        return _left(view, spoke, partner, bundle, task, state, "lapsed")
    if task.removed:
        return Desired(identity, Want.UNWANTED, why="task removed")
    if not _belongs(task, bundle, spoke):
        return Desired(identity, Want.UNWANTED, why="kept in another collection")
    return _open_elsewhere(view, spoke, now, partner, identity, task, bundle)


def _left(
    view: View,
    spoke: Spoke,
    partner: Partner,
    bundle: Bundle,
    task: Task,
    state: OccurrenceState,
    why: str,
) -> Desired:
    """What stands there is left; only its tick is still ours to keep right, never the words of history."""
    occurrence = Occurrence(task.id, state.key, state.day)
    item, kept = _content(view, spoke, partner, bundle, task, occurrence, state)
    keeps = kept | {"title", "notes", "when"}
    return Desired(Identity(task.id, state.key), Want.LEFT, item, keeps, why)


def _open_elsewhere(
    view: View, spoke: Spoke, now: Now, partner: Partner, identity: Identity, task: Task, bundle: Bundle
) -> Desired:
    """An open occurrence that stands there although it is not its turn.

    What the rule still names is left, with whatever its owner made of it: an older one was reopened, the
    horizon moved, or the ledger came back from a backup. What the rule names no more leaves, unless it
    is a calendar's past.
    """
    state = view.rows.occurrence(identity.task, identity.occurrence)
    day = state.day if state else day_in_key(identity.occurrence)
    past = spoke.kind is Kind.EVENT and day is not None and day < now.today(partner)
    why = "not its turn" if names(task, identity.occurrence) else "past" if past else ""
    if why and day is not None:
        state = state or OccurrenceState(task.id, identity.occurrence, day)
        return _left(view, spoke, partner, bundle, task, state, why)
    if why:
        return Desired(identity, Want.LEFT, why=why)
    return Desired(identity, Want.UNWANTED, why="the task's rule changed")
