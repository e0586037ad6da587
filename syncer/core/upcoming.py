"""Which occurrences of a task should stand in a collection now (product.md, rule 3).

In a calendar all within the horizon; in a to-do list only the current one. What the items look like is
`projection`'s business.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from syncer.core.fold import OccurrenceState, Progress
from syncer.core.model import AfterDone, Kind, Missed, Occurrence, Partner, Task, day_of
from syncer.core.recurrence import MOST, following, occurrences
from syncer.core.shapes import when_from_data
from syncer.core.spoke import Now, Spoke
from syncer.core.view import View


def upcoming(view: View, task: Task, spoke: Spoke, now: Now, partner: Partner) -> Iterator[Occurrence]:
    """The open occurrences of a task that should stand in a collection."""
    today = now.today(partner)
    states = view.states(task.id)
    reopened = [s for s in states if s.progress is Progress.OPEN and s.turns]
    last = view.last_resolved(task.id)
    if isinstance(task.repeat, AfterDone):
        if reopened:
            yield from (Occurrence(task.id, s.key, s.day) for s in reopened)
            return
        next_one = following(task, last.key if last else None, last.resolved_on if last else None)
        horizon = today + dt.timedelta(days=now.horizon)
        if spoke.kind is Kind.TODO or next_one.day <= horizon:
            yield next_one
    elif spoke.kind is Kind.EVENT:
        yield from _in_calendar(view, task, today, now.horizon)
    else:
        if reopened and (task.missed is Missed.STAY or _still_current(task, reopened[-1], today)):
            yield from (Occurrence(task.id, s.key, s.day) for s in reopened)
            return
        standing = current(task, last, states, today, partner.zone)
        if standing is not None:
            yield standing


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
    for occurrence in _all_after(task, last.day if last else None):
        if latest is not None and occurrence.day > today:
            break
        latest = occurrence
        if task.missed is Missed.STAY or _moved_ahead(moved.get(occurrence.key), today, zone):
            break
    return latest


def _all_after(task: Task, after: dt.date | None) -> Iterator[Occurrence]:
    """All occurrences, expansion by expansion: a daemon may have been off for years."""
    while True:
        number, last = 0, after
        for occurrence in occurrences(task, after):
            number, last = number + 1, occurrence.day
            yield occurrence
        if number < MOST:
            return
        after = last


def _moved_ahead(state: OccurrenceState | None, today: dt.date, zone: dt.tzinfo) -> bool:
    if state is None or state.moved is None:
        return False
    when = when_from_data(state.moved, zone)
    return when is not None and day_of(when, zone) >= today
