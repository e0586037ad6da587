"""Lapsing: an unfinished occurrence gives way when its successor falls due (product.md, rule 3)."""

from __future__ import annotations

from collections.abc import Iterable

from syncer.core.entries import Entry
from syncer.core.evidence import lapsed
from syncer.core.fold import Progress
from syncer.core.identity import Identity
from syncer.core.model import Missed, Rule, day_of
from syncer.core.recurrence import day_in_key, occurrences
from syncer.core.shapes import when_from_data
from syncer.core.spoke import Now, Spoke
from syncer.core.view import View


def lapses(view: View, spoke: Spoke, now: Now, live: Iterable[Identity]) -> list[Entry]:
    """The facts that open occurrences which stand in this collection have lapsed.

    Only what stood there can lapse: days on which the daemon was off made nobody miss anything.
    """
    return [
        lapsed(view, spoke, now, identity) for identity in live if _has_lapsed(view, spoke, now, identity)
    ]


def _has_lapsed(view: View, spoke: Spoke, now: Now, identity: Identity) -> bool:
    task = view.rows.tasks.get(identity.task)
    if task is None or task.missed is not Missed.LAPSE or not isinstance(task.repeat, Rule):
        return False
    bundle = view.rows.bundles.get(task.bundle)
    if bundle is None or bundle.owner != spoke.partner:
        return False
    state = view.rows.occurrence(identity.task, identity.occurrence)
    if state is not None and state.progress is not Progress.OPEN:
        return False
    zone = view.household.partners[spoke.partner].zone
    today = now.today(view.household.partners[spoke.partner])
    if state is not None and state.moved is not None:
        moved = when_from_data(state.moved, zone)
        if moved is not None and day_of(moved, zone) >= today:
            return False
    day = state.day if state is not None else day_in_key(identity.occurrence)
    if day is None:
        return False  # an ordinal from before the task got a rule
    successor = next(occurrences(task, day), None)
    return successor is not None and successor.day <= today
