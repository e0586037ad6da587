"""From the ledger's view to the items that one collection should hold.

A spoke is one collection of one partner. For each occurrence that concerns it the answer is one of
three: wanted there, left as it is, or not wanted; with the content where it is wanted or left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from syncer.core.entries import when_from_data
from syncer.core.fold import OccurrenceState, Progress
from syncer.core.identity import Identity
from syncer.core.model import (
    AfterDone,
    Bundle,
    BundleState,
    Day,
    Item,
    Kind,
    Missed,
    Occurrence,
    Partner,
    Slot,
    Status,
    Task,
    When,
    day_of,
)
from syncer.core.recurrence import following, occurrences, slot
from syncer.core.ticks import ticked
from syncer.core.view import View


class Want(StrEnum):
    """What the ledger wants of an occurrence in a collection."""

    WANTED = "wanted"
    LEFT = "left"
    UNWANTED = "unwanted"


@dataclass(frozen=True, slots=True)
class Spoke:
    """One collection: whose, and which kinds of item this household puts there.

    `timed` and `due` say which tasks it takes; a partner with one collection has both there.
    """

    account: str
    collection: str
    partner: str
    kind: Kind
    timed: bool
    due: bool

    @property
    def name(self) -> str:
        """`account/collection`, as entries, messages and commands name it."""
        return f"{self.account}/{self.collection}"


@dataclass(frozen=True, slots=True)
class Desired:
    """What should stand for an occurrence. `keeps` names fields left as they are; `why` the cause."""

    identity: Identity
    want: Want
    item: Item | None = None
    keeps: frozenset[str] = frozenset()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of a pass (UTC), and how many days ahead a calendar is filled."""

    at: dt.datetime
    horizon: int = 28

    def today(self, partner: Partner) -> dt.date:
        """The local day where this partner is."""
        return self.at.astimezone(partner.zone).date()


def desired(
    view: View, spoke: Spoke, now: Now, live: Iterable[Identity]
) -> dict[Identity, Desired]:
    """What a collection should hold, by identity of generation 0.

    `live` are the occurrences that stand there now: each gets an answer, wanted or not.
    """
    partner = view.household.partners[spoke.partner]
    found: dict[Identity, Desired] = {}
    for task in view.rows.tasks.values():
        bundle = view.rows.bundles.get(task.bundle)
        if bundle is None or not _belongs(task, bundle, spoke):
            continue
        for occurrence in _standing(view, task, spoke, now, partner):
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


def _standing(
    view: View, task: Task, spoke: Spoke, now: Now, partner: Partner
) -> Iterator[Occurrence]:
    """The open occurrences of a task that should stand in a collection."""
    today = now.today(partner)
    states = view.states(task.id)
    reopened = [s for s in states if s.progress is Progress.OPEN and s.turns]
    last = _last_resolved(states)
    if isinstance(task.repeat, AfterDone):
        if reopened:
            yield from (Occurrence(task.id, s.key, s.day) for s in reopened)
            return
        upcoming = following(task, last.key if last else None, last.resolved_on if last else None)
        horizon = today + dt.timedelta(days=now.horizon)
        if spoke.kind is Kind.TODO or upcoming.day <= horizon:
            yield upcoming
    elif spoke.kind is Kind.EVENT:
        yield from _in_calendar(view, task, today, now.horizon)
    else:
        if reopened and (task.missed is Missed.STAY or _still_current(task, reopened[-1], today)):
            yield from (Occurrence(task.id, s.key, s.day) for s in reopened)
            return
        upcoming_or_none = current(task, last, states, today, partner.zone)
        if upcoming_or_none is not None:
            yield upcoming_or_none


def _last_resolved(states: list[OccurrenceState]) -> OccurrenceState | None:
    return next((s for s in reversed(states) if s.progress is not Progress.OPEN), None)


def _still_current(task: Task, state: OccurrenceState, today: dt.date) -> bool:
    successor = next(occurrences(task, state.day), None)
    return successor is None or successor.day > today


def _in_calendar(view: View, task: Task, today: dt.date, horizon: int) -> Iterator[Occurrence]:
    """All of a fixed task's open occurrences from today to the horizon."""
    last = today + dt.timedelta(days=horizon)
    for occurrence in occurrences(task, today - dt.timedelta(days=1)):
        if occurrence.day > last:
            return
        if view.progress(task.id, occurrence.key) is Progress.OPEN:
            yield occurrence


def current(
    task: Task,
    last: OccurrenceState | None,
    states: list[OccurrenceState],
    today: dt.date,
    zone: dt.tzinfo,
) -> Occurrence | None:
    """The one occurrence of a fixed task that stands in a to-do list (rule 3), None at its end.

    It follows the last one resolved. A task that stays keeps its oldest; one that lapses has its
    latest that fell due, unless its owner moved an older one to a day that is still to come.
    """
    moved = {s.key: s for s in states if s.moved is not None}
    latest: Occurrence | None = None
    for occurrence in occurrences(task, last.day if last else None):
        if latest is not None and occurrence.day > today:
            break
        latest = occurrence
        if task.missed is Missed.STAY:
            break
        shifted = moved.get(occurrence.key)
        if shifted is not None and shifted.moved is not None:
            when = when_from_data(shifted.moved, zone)
            if when is not None and day_of(when, zone) >= today:
                break
    return latest


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
        when=Slot(when.start) if isinstance(when, Slot) and not event else when,
        notes=notes_of(bundle),
        status=Status.DONE if done and not event else Status.OPEN,
        alarms=alarms,
    )
    kept = {"notes"} if state is not None and state.noted else set()
    if state is not None and state.retitled:
        kept.add("title")
    return item, frozenset(kept)


def notes_of(bundle: Bundle) -> str:
    """The notes of an item that its owner has not written over: the outcome, and which bundle."""
    return f"{bundle.outcome}\n\n{bundle.title} · {bundle.category}"


def _unlisted(
    view: View, spoke: Spoke, now: Now, partner: Partner, identity: Identity
) -> Desired:
    """The answer for something that stands there and is not, or not any more, an open wanted one."""
    task = view.rows.tasks.get(identity.task)
    bundle = view.rows.bundles.get(task.bundle) if task else None
    state = view.rows.occurrence(identity.task, identity.occurrence)
    progress = state.progress if state else Progress.OPEN
    if task is None or bundle is None:
        return Desired(identity, Want.LEFT, why="unknown to this ledger")
    if state is not None and progress is Progress.DONE:
        if state.doer not in (None, spoke.partner):
            return Desired(identity, Want.UNWANTED, why="done elsewhere")
        occurrence = Occurrence(task.id, state.key, state.day)
        item, kept = _content(view, spoke, partner, bundle, task, occurrence, state)
        # Long past the moment, only the tick is still ours to keep right: never the words of history.
        return Desired(identity, Want.LEFT, item, kept | {"notes", "when"}, why="done")
    if bundle.owner != spoke.partner:
        return Desired(identity, Want.UNWANTED, why="handed over")
    if bundle.state is not BundleState.ACTIVE:
        return Desired(identity, Want.UNWANTED, why=str(bundle.state))
    if progress is Progress.SKIPPED:
        return Desired(identity, Want.LEFT, why="skipped")
    if progress is Progress.LAPSED:
        want = Want.LEFT if spoke.kind is Kind.EVENT else Want.UNWANTED
        return Desired(identity, want, why="lapsed")
    if task.removed:
        return Desired(identity, Want.UNWANTED, why="task removed")
    if not _belongs(task, bundle, spoke):
        return Desired(identity, Want.UNWANTED, why="kept in another collection")
    return _open_elsewhere(view, spoke, now, partner, identity, task)


def _open_elsewhere(
    view: View, spoke: Spoke, now: Now, partner: Partner, identity: Identity, task: Task
) -> Desired:
    """An open occurrence that stands there although the rule doesn't put it there today."""
    if spoke.kind is Kind.TODO:
        return Desired(identity, Want.UNWANTED, why="another occurrence is the current one")
    day = _nominal(identity, view, now.today(partner))
    if day < now.today(partner) or day > now.today(partner) + dt.timedelta(days=now.horizon):
        return Desired(identity, Want.LEFT, why="outside the horizon")
    return Desired(identity, Want.UNWANTED, why="the task's rule changed")


def _nominal(identity: Identity, view: View, otherwise: dt.date) -> dt.date:
    state = view.rows.occurrence(identity.task, identity.occurrence)
    if state is not None:
        return state.day
    try:
        return dt.date.fromisoformat(identity.occurrence)
    except ValueError:
        return otherwise


def by_task(bundles: Mapping[str, Bundle], tasks: Iterable[Task]) -> dict[str, list[Task]]:
    """Each bundle's tasks that have not been removed."""
    found: dict[str, list[Task]] = {id: [] for id in bundles}
    for task in tasks:
        if not task.removed:
            found.setdefault(task.bundle, []).append(task)
    return found
