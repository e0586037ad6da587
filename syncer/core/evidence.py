"""What an observed change means: done, reopened, rescheduled, noted, retitled, skipped, or nothing.

Done needs positive evidence (product.md, rule 4): a status, a tick, or a recurrence that moved on to its next
instance. Vanished is never done. Which side's value of a field stands is `merge`'s. The entries made here are
facts; `fold` says what follows from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from syncer.core.capabilities import Capability
from syncer.core.entries import Entry, EntryKind
from syncer.core.fields import FIELDS
from syncer.core.fingerprint import Canon, canonical, printed_day
from syncer.core.fold import OccurrenceState, Progress
from syncer.core.identity import Identity
from syncer.core.merge import TABLE, Inside, Merge, Outside
from syncer.core.model import AfterDone, Day, Item, Kind, Slot, Status, When
from syncer.core.recurrence import day_in_key, following, moved_on, slot
from syncer.core.shapes import when_from_data, when_to_data
from syncer.core.spoke import Now, Spoke
from syncer.core.view import View


@dataclass(frozen=True, slots=True)
class Change:
    """One item as it was last agreed (`before`, None where nothing was) and as it stands now.

    `ours` is what the ledger wanted when both last agreed, `wanted` the item that it wants now. `formerly` is
    what was agreed on when the item stood here before, and had gone since.
    """

    identity: Identity
    before: Canon | None
    after: Canon
    item: Item
    ours: Canon | None = None
    wanted: Item | None = None
    formerly: Canon | None = None


INFERRED = "recurrence"
"""The evidence of a completion that no status says: the breaker counts it (`guard`)."""
DELETED = "deleted"
"""The evidence of a skip that only an absence says: the breaker counts it too."""


def is_done(canon: Canon, kind: Kind) -> bool:
    """Whether an item says that it was done: by its mark (event) or its status (to-do)."""
    return bool(canon.mark) if kind is Kind.EVENT else canon.status is Status.DONE


def takes_back(before: Canon, item: Item) -> bool:
    """Whether an item that was done or called off reads as open again.

    People do that seldom and caches often, with an answer that may be of a time which no pass has seen.
    """
    after = canonical(item, before.title)
    return _over(before, item.kind) and not _over(after, item.kind)


def _over(canon: Canon, kind: Kind) -> bool:
    return is_done(canon, kind) or canon.status is Status.CANCELLED


def facts(view: View, spoke: Spoke, now: Now, change: Change, expected: Canon | None) -> list[Entry]:
    """The facts in one change, in the order in which they count.

    `expected` is what we would have written: it stands in for `before` where nothing was agreed.
    """
    if change.identity.task not in view.rows.tasks:
        return []
    writer = _Writer(view, spoke, now, change.identity)
    found = list(_progress(writer, change))
    if any(entry.evidence == INFERRED for entry in found):
        return found
    cancelled = change.after.status is Status.CANCELLED
    if writer.mine or (not found and not cancelled and change.before is not None):
        found += _edits(writer, change, expected)
    return found


def skipped(view: View, spoke: Spoke, now: Now, identity: Identity) -> list[Entry]:
    """The fact that the owner deleted an open item; deleting what is done, or not theirs, is none."""
    if identity.task not in view.rows.tasks:
        return []
    writer = _Writer(view, spoke, now, identity)
    if not writer.mine or writer.progress is not Progress.OPEN:
        return []
    return [writer.entry(EntryKind.SKIPPED, DELETED, writer.turn, {"on": writer.today})]


def lapsed(view: View, spoke: Spoke, now: Now, identity: Identity) -> Entry:
    """The fact that an open occurrence's successor fell due."""
    writer = _Writer(view, spoke, now, identity, seen=False)
    return writer.entry(EntryKind.LAPSED, "successor due", writer.turn, {"on": writer.today})


def _progress(writer: _Writer, change: Change) -> Iterator[Entry]:
    kind, before, after = change.item.kind, change.before, change.after
    was_done = before is not None and is_done(before, kind)
    now_done = is_done(after, kind)
    if not now_done and not was_done and before is not None and _moved_on(writer, before, after):
        if writer.progress is not Progress.DONE:
            yield writer.entry(EntryKind.DONE, INFERRED, writer.turn, {"on": writer.today})
        return
    cancelled = after.status is Status.CANCELLED
    was_cancelled = before is not None and before.status is Status.CANCELLED
    if now_done and not was_done:
        if writer.progress is not Progress.DONE:
            claimed = {"claimed": change.item.completed.isoformat()} if change.item.completed else {}
            evidence = "title" if kind is Kind.EVENT else "status"
            yield writer.entry(EntryKind.DONE, evidence, writer.turn, {"on": writer.today} | claimed)
    elif cancelled and not was_cancelled:
        turn = writer.turn
        if was_done and writer.progress is Progress.DONE:  # who cancels it takes the tick back
            yield writer.entry(EntryKind.REOPENED, "unticked", writer.turn, {})
            turn = writer.next_turn
        if writer.mine and (turn != writer.turn or writer.progress is Progress.OPEN):
            yield writer.entry(EntryKind.SKIPPED, "cancelled", turn, {"on": writer.today})
    elif not now_done and not cancelled:
        met_again = before is None and writer.mine and writer.progress is Progress.SKIPPED
        back = was_done or was_cancelled or met_again
        if back and writer.progress in (Progress.DONE, Progress.SKIPPED):
            yield writer.entry(EntryKind.REOPENED, "unticked", writer.turn, {})


def _moved_on(writer: _Writer, before: Canon, after: Canon) -> bool:
    """Whether a recurrence that a person gave our item went on to a later instance, as apps do on "done".

    Seen with Evolution's backend, python-caldav and Tasks.org: the same UID, a later date, no COMPLETED.
    """
    if not before.rule or before.rule != after.rule:
        return False
    was, now = printed_day(before.when, writer.zone), printed_day(after.when, writer.zone)
    return was is not None and now is not None and moved_on(after.rule, was, now, writer.local_day)


_TAKEN = {"when": EntryKind.RESCHEDULED, "notes": EntryKind.NOTED, "title": EntryKind.RETITLED}
"""The fact that each field's edit comes to, in the order in which they are told."""


def _edits(writer: _Writer, change: Change, expected: Canon | None) -> Iterator[Entry]:
    """What the edited words and times come to, field by field."""
    before = change.before or change.formerly or expected
    if before is None:
        return
    outside = Outside.OWNER if writer.mine else Outside.OTHER
    for name, kind in _TAKEN.items():
        was, now = getattr(before, name), getattr(change.after, name)
        if was == now:
            continue
        wanted = getattr(expected, name) if expected is not None else None
        agreed = getattr(change.ours, name) if change.ours is not None else wanted
        if expected is not None and now == wanted:
            continue  # both sides want it so by now, whoever wrote it there
        same = expected is None or wanted == agreed or writer.keeps(name)
        inside = Inside.SAME if same else Inside.CHANGED
        merge = TABLE[FIELDS[name].settle, outside, inside]
        if merge is Merge.PROPOSE:
            wish = {"wish": when_to_data(change.item.when)} if name == "when" else {}
            key = f"{writer.moment}/{name}"
            yield writer.entry(EntryKind.PROPOSED, "edit", key, {"what": name, **wish})
            continue
        if kind is EntryKind.RESCHEDULED:
            key = f"{writer.moment}/{was}>{now}"
            yield writer.entry(kind, "edit", key, {"when": when_to_data(writer.in_full(change.item.when))})
        elif not writer.keeps(name):
            yield writer.entry(kind, "edit", writer.moment, {})
        if merge is Merge.TAKE_OVER:
            key = f"{writer.moment}/{name}"
            data = {"what": name, "kept": "owner", "lost": _lost(name, change.wanted)}
            yield writer.entry(EntryKind.OVERRULED, "edit", key, data)


def _lost(name: str, wanted: Item | None) -> Any:
    """The ledger's own value that gives way; what is a person's is never written down here."""
    if wanted is None:
        return None
    return when_to_data(wanted.when) if name == "when" else getattr(wanted, name)


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
        turns = self.state.turns if self.state else 0
        self.turn, self.next_turn = str(turns), str(turns + 1)
        self.zone = partner.zone
        self.local_day = now.today(partner)
        self.today = self.local_day.isoformat()
        # An edit may be made again: moved to Friday, back, and to Friday once more (with, on some
        # servers, the ETag of the first time). What tells edits apart is when each was seen, and
        # within one pass from where to where it went.
        self.moment = now.at.isoformat()
        self._at, self._spoke, self._view, self._task = now.at, spoke, view, task
        self._actor = partner.id if seen else None

    def keeps(self, name: str) -> bool:
        """Whether a field is the owner's already, so that what the ledger would have there means nothing."""
        return self.state is not None and {
            "when": self.state.moved is not None,
            "notes": self.state.noted,
            "title": self.state.retitled,
        }.get(name, False)

    def in_full(self, when: When | None) -> When | None:
        """The time that a person chose; where the app knows only days, at the time of day that it had."""
        if not isinstance(when, Day) or Capability.TIME_OF_DAY_TODOS not in self._spoke.lacks:
            return when
        moved = when_from_data(self.state.moved, self.zone) if self.state and self.state.moved else None
        if isinstance(moved, Slot):
            return slot(when.date, moved.start.astimezone(self.zone).time(), 0, self.zone)
        if self._task.at is not None and moved is None:
            return slot(when.date, self._task.at, self._task.duration, self.zone)
        return when

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
