"""The fold: what each entry makes of the current state. The one definition of what the ledger means.

The ledger applies it when it appends, and a test applies it again from the first entry and compares.
It must therefore depend on nothing but the entry and the rows that it asks for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from syncer.core.entries import Entry, EntryKind
from syncer.core.model import Bundle, BundleState, Task
from syncer.core.shapes import bundle_from_data, task_from_data


class Progress(StrEnum):
    """Where an occurrence stands in the ledger."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class OccurrenceState:
    """What is known of one occurrence. Exists only once something happened to it.

    `moved` is `when_to_data` of the owner's own time; `noted` and `retitled` say that notes and title
    are the owner's from now on. `resolved_on` is a local day, `resolved_at` UTC. `owner` is who owned
    the bundle when it was resolved, `doer` from whose account the evidence came. `turns` counts reopenings.
    """

    task: str
    key: str
    day: dt.date
    progress: Progress = Progress.OPEN
    moved: Mapping[str, Any] | None = None
    noted: bool = False
    retitled: bool = False
    resolved_on: dt.date | None = None
    resolved_at: dt.datetime | None = None
    owner: str | None = None
    doer: str | None = None
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Tenure:
    """One partner's time as a bundle's owner, `since` inclusive and `until` exclusive, UTC."""

    bundle: str
    owner: str
    since: dt.datetime
    until: dt.datetime | None = None


Row = Bundle | Task | OccurrenceState | Tenure


class Lookup(Protocol):
    """The rows as they stand, which the fold asks for."""

    def bundle(self, id: str) -> Bundle | None:
        """A bundle by id."""

    def task(self, id: str) -> Task | None:
        """A task by id."""

    def occurrence(self, task: str, key: str) -> OccurrenceState | None:
        """An occurrence that has a state."""

    def tenure(self, bundle: str) -> Tenure | None:
        """The tenure that has not ended."""


@dataclass
class Memory:
    """Rows in dictionaries: the ledger's state rebuilt from its entries alone."""

    bundles: dict[str, Bundle] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    occurrences: dict[tuple[str, str], OccurrenceState] = field(default_factory=dict)
    tenures: dict[tuple[str, dt.datetime], Tenure] = field(default_factory=dict)

    def bundle(self, id: str) -> Bundle | None:
        """A bundle by id."""
        return self.bundles.get(id)

    def task(self, id: str) -> Task | None:
        """A task by id."""
        return self.tasks.get(id)

    def occurrence(self, task: str, key: str) -> OccurrenceState | None:
        """An occurrence that has a state."""
        return self.occurrences.get((task, key))

    def tenure(self, bundle: str) -> Tenure | None:
        """The tenure that has not ended."""
        return next((t for t in self.tenures.values() if t.bundle == bundle and t.until is None), None)

    def put(self, row: Row) -> None:
        """Keep a row in place of the one before."""
        match row:
            case Bundle():
                self.bundles[row.id] = row
            case Task():
                self.tasks[row.id] = row
            case OccurrenceState():
                self.occurrences[row.task, row.key] = row
            case Tenure():
                self.tenures[row.bundle, row.since] = row

    def apply(self, entries: Iterable[Entry]) -> Memory:
        """Fold entries in, in order; returns itself."""
        for entry in entries:
            for row in fold(entry, self):
                self.put(row)
        return self


def fold(entry: Entry, rows: Lookup) -> tuple[Row, ...]:
    """The rows that an entry changes, as they stand after it; none where it changes nothing."""
    match entry.kind:
        case EntryKind.BUNDLE:
            return _bundle(entry, rows)
        case EntryKind.TASK:
            return (task_from_data(str(entry.task), entry.data),)
        case EntryKind.OWNED:
            return _owned(entry, rows)
        case EntryKind.STATE:
            bundle = rows.bundle(str(entry.bundle))
            return (replace(bundle, state=BundleState(entry.data["state"])),) if bundle else ()
        case EntryKind.PROPOSED | EntryKind.OVERRULED | EntryKind.ACCOUNT:
            return ()
        case _:
            return _occurrence(entry, rows)


def _bundle(entry: Entry, rows: Lookup) -> tuple[Row, ...]:
    """Define a bundle, or change its words: its owner changes by OWNED alone, its state by STATE."""
    bundle = bundle_from_data(str(entry.bundle), entry.data)
    before = rows.bundle(bundle.id)
    if before is not None:
        return (replace(bundle, owner=before.owner, state=before.state),)
    return (bundle, Tenure(bundle.id, bundle.owner, entry.at))


def _owned(entry: Entry, rows: Lookup) -> tuple[Row, ...]:
    bundle = rows.bundle(str(entry.bundle))
    owner = str(entry.data["owner"])
    if bundle is None or bundle.owner == owner:
        return ()
    ending = rows.tenure(bundle.id)
    # Two entries in one microsecond would share a primary key; time must move on between tenures.
    since = max(entry.at, ending.since + dt.timedelta(microseconds=1)) if ending else entry.at
    ended: tuple[Row, ...] = (replace(ending, until=since),) if ending else ()
    return (replace(bundle, owner=owner), *ended, Tenure(bundle.id, owner, since))


def _occurrence(entry: Entry, rows: Lookup) -> tuple[Row, ...]:
    task, key = str(entry.task), str(entry.occurrence)
    day = dt.date.fromisoformat(entry.data["day"])
    state = rows.occurrence(task, key) or OccurrenceState(task, key, day)
    after = _STEPS[entry.kind](state, entry, rows)
    return (after,) if after != rows.occurrence(task, key) else ()


def _resolve(state: OccurrenceState, entry: Entry, rows: Lookup, to: Progress) -> OccurrenceState:
    bundle = rows.bundle(str(entry.bundle))
    return replace(
        state,
        progress=to,
        resolved_on=dt.date.fromisoformat(entry.data["on"]),
        resolved_at=entry.at,
        owner=bundle.owner if bundle else None,
        doer=entry.actor,
    )


def _done(state: OccurrenceState, entry: Entry, rows: Lookup) -> OccurrenceState:
    """A completion beats a lapse and a skip, and counts once."""
    return state if state.progress is Progress.DONE else _resolve(state, entry, rows, Progress.DONE)


def _skipped(state: OccurrenceState, entry: Entry, rows: Lookup) -> OccurrenceState:
    open_ = state.progress in (Progress.OPEN, Progress.LAPSED)
    return _resolve(state, entry, rows, Progress.SKIPPED) if open_ else state


def _lapsed(state: OccurrenceState, entry: Entry, rows: Lookup) -> OccurrenceState:
    return _resolve(state, entry, rows, Progress.LAPSED) if state.progress is Progress.OPEN else state


def _reopened(state: OccurrenceState, entry: Entry, rows: Lookup) -> OccurrenceState:
    if state.progress is Progress.OPEN:
        return state
    return replace(
        state,
        progress=Progress.OPEN,
        resolved_on=None,
        resolved_at=None,
        owner=None,
        doer=None,
        turns=state.turns + 1,
    )


_STEPS: Mapping[EntryKind, Callable[[OccurrenceState, Entry, Lookup], OccurrenceState]] = {
    EntryKind.DONE: _done,
    EntryKind.SKIPPED: _skipped,
    EntryKind.LAPSED: _lapsed,
    EntryKind.REOPENED: _reopened,
    EntryKind.RESCHEDULED: lambda state, entry, _: replace(state, moved=entry.data["when"]),
    EntryKind.NOTED: lambda state, _entry, _rows: replace(state, noted=True),
    EntryKind.RETITLED: lambda state, _entry, _rows: replace(state, retitled=True),
}
