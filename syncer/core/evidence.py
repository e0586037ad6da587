"""What an observed change means: done, reopened, rescheduled, noted, retitled, skipped, or nothing.

Done needs positive evidence (product.md, rule 4): a status or a tick. Vanished is never done. The
entries made here are facts; `fold` says what follows from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from syncer.core.entries import Entry, EntryKind
from syncer.core.fingerprint import Canon
from syncer.core.fold import OccurrenceState, Progress
from syncer.core.identity import Identity
from syncer.core.model import AfterDone, Item, Kind, Status
from syncer.core.recurrence import day_in_key, following
from syncer.core.shapes import when_to_data
from syncer.core.spoke import Now, Spoke
from syncer.core.view import View


@dataclass(frozen=True, slots=True)
class Change:
    """One item as it was last agreed (`before`, None where nothing was) and as it stands now."""

    identity: Identity
    before: Canon | None
    after: Canon
    item: Item


def is_done(canon: Canon, kind: Kind) -> bool:
    """Whether an item says that it was done: by its mark (event) or its status (to-do)."""
    return bool(canon.mark) if kind is Kind.EVENT else canon.status is Status.DONE


def facts(view: View, spoke: Spoke, now: Now, change: Change, expected: Canon | None) -> list[Entry]:
    """The facts in one change, in the order in which they count.

    `expected` is what we would have written: it stands in for `before` where nothing was agreed.
    """
    if change.identity.task not in view.rows.tasks:
        return []
    writer = _Writer(view, spoke, now, change.identity)
    found = list(_progress(writer, change))
    if change.after.status is Status.CANCELLED:
        return found
    if writer.mine:
        found += _edits(writer, change, expected)
    elif not found and change.before is not None and _words(change.after) != _words(change.before):
        found.append(writer.entry(EntryKind.PROPOSED, "edit", writer.moment, {"what": "edit"}))
    return found


def skipped(view: View, spoke: Spoke, now: Now, identity: Identity) -> list[Entry]:
    """The fact that the owner deleted an open item; deleting what is done, or not theirs, is none."""
    if identity.task not in view.rows.tasks:
        return []
    writer = _Writer(view, spoke, now, identity)
    if not writer.mine or writer.progress is not Progress.OPEN:
        return []
    return [writer.entry(EntryKind.SKIPPED, "deleted", writer.turn, {"on": writer.today})]


def lapsed(view: View, spoke: Spoke, now: Now, identity: Identity) -> Entry:
    """The fact that an open occurrence's successor fell due."""
    writer = _Writer(view, spoke, now, identity, seen=False)
    return writer.entry(EntryKind.LAPSED, "successor due", writer.turn, {"on": writer.today})


def _progress(writer: _Writer, change: Change) -> Iterator[Entry]:
    kind, before, after = change.item.kind, change.before, change.after
    was_done = before is not None and is_done(before, kind)
    now_done = is_done(after, kind)
    cancelled = after.status is Status.CANCELLED
    was_cancelled = before is not None and before.status is Status.CANCELLED
    if now_done and not was_done:
        if writer.progress is not Progress.DONE:
            claimed = {"claimed": change.item.completed.isoformat()} if change.item.completed else {}
            evidence = "title" if kind is Kind.EVENT else "status"
            yield writer.entry(EntryKind.DONE, evidence, writer.turn, {"on": writer.today} | claimed)
    elif cancelled and not was_cancelled:
        if writer.mine and writer.progress is Progress.OPEN:
            yield writer.entry(EntryKind.SKIPPED, "cancelled", writer.turn, {"on": writer.today})
    elif not now_done and not cancelled:
        back = was_done or was_cancelled or (before is None and writer.progress is Progress.SKIPPED)
        if back and writer.progress in (Progress.DONE, Progress.SKIPPED):
            yield writer.entry(EntryKind.REOPENED, "unticked", writer.turn, {})


def _words(canon: Canon) -> tuple[str | None, str, str | None]:
    """What a wish to change it can be about; a tick that teaches nothing is none."""
    return canon.title, canon.when, canon.notes


def _edits(writer: _Writer, change: Change, expected: Canon | None) -> Iterator[Entry]:
    before = change.before or expected
    if before is None:
        return
    after = change.after
    if after.when != before.when:
        moved = {"when": when_to_data(change.item.when)}
        key = f"{writer.moment}/{before.when}>{after.when}"
        yield writer.entry(EntryKind.RESCHEDULED, "edit", key, moved)
    if after.notes != before.notes and not (writer.state and writer.state.noted):
        yield writer.entry(EntryKind.NOTED, "edit", writer.moment, {})
    if after.title != before.title and not (writer.state and writer.state.retitled):
        yield writer.entry(EntryKind.RETITLED, "edit", writer.moment, {})


class _Writer:
    """Builds the entries of one occurrence: who, when, from where, under which key."""

    def __init__(self, view: View, spoke: Spoke, now: Now, identity: Identity, *, seen: bool = True) -> None:
        """`seen` says that the evidence came from the partner's own account."""
        task = view.rows.tasks[identity.task]
        partner = view.household.partners[spoke.partner]
        self.identity = identity
        self.bundle = view.rows.bundles[task.bundle]
        self.mine = self.bundle.owner == spoke.partner
        self.state: OccurrenceState | None = view.rows.occurrence(task.id, identity.occurrence)
        self.progress = self.state.progress if self.state else Progress.OPEN
        self.turn = str(self.state.turns if self.state else 0)
        self.today = now.today(partner).isoformat()
        # An edit may be made again: moved to Friday, back, and to Friday once more (with, on some
        # servers, the ETag of the first time). What tells edits apart is when each was seen, and
        # within one pass from where to where it went.
        self.moment = now.at.isoformat()
        self._at, self._spoke, self._view, self._task = now.at, spoke, view, task
        self._actor = partner.id if seen else None

    @property
    def _day(self) -> str:
        day = self.state.day if self.state is not None else day_in_key(self.identity.occurrence)
        if day is None and isinstance(self._task.repeat, AfterDone):
            last = self._view.last_resolved(self._task.id)
            next_one = following(self._task, last.key if last else None, last.resolved_on if last else None)
            day = next_one.day if next_one.key == self.identity.occurrence else None
        return day.isoformat() if day is not None else self.today

    def entry(self, kind: EntryKind, evidence: str, turn: str, data: Mapping[str, Any]) -> Entry:
        """One fact. The key is the same however often, and from wherever, the same thing is seen."""
        task, occurrence = self.identity.task, self.identity.occurrence
        return Entry(
            kind=kind,
            at=self._at,
            key=f"{kind}/{task}/{occurrence}/{turn}",
            actor=self._actor,
            source=self._spoke.name,
            evidence=evidence,
            bundle=self.bundle.id,
            task=task,
            occurrence=occurrence,
            data={"day": self._day, **data},
        )
