"""What is known of one project: its items of ours, its sections, and up to which change. Pure.

It is filled by answers and never written down; a process that starts begins with an empty one. Strangers'
items never come in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from connectors.todoist import codec
from connectors.todoist.edge import Kept, Raw

ALL = "*"
"""The sync token that asks for everything."""


class Fresh(Enum):
    """How the board came by what it holds, since the last write."""

    NO = auto()
    PULLED = auto()
    LOOKED = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of ours as it stood in the last answer about it.

    `past` is the first completion of an item that recurs and has moved on since.
    """

    uid: str
    raw: Raw = field(repr=False)
    past: Raw | None = field(default=None, repr=False)

    @property
    def revision(self) -> str:
        """The name of what it says."""
        return codec.revision(self.raw, self.uid, self.past)

    @property
    def done(self) -> bool:
        """Whether it is out of the list of open items."""
        return self.raw.get("checked") is True


class Board:
    """One project.

    `token` is the sync token of the last answer (`ALL` before the first). `whole` says that every open item
    of ours is here. `names` are the UIDs of known addresses, also of items whose marker is gone; `parents`
    says by ids alone what stands below what. `doubtful` says that a write went out and nothing came back.
    """

    def __init__(self, project: str) -> None:
        self.project = project
        self.token = ALL
        self.whole = False
        self.doubtful = False
        self.fresh = Fresh.NO
        self.entries: dict[str, Entry] = {}
        self.sections: dict[str, str] = {}
        self.gone: set[str] = set()
        self.names: dict[str, str] = {}
        self.parents: dict[str, str] = {}
        self.created: str | None = None

    def remember(self, known: Mapping[str, str | None]) -> None:
        """Take the UIDs of known addresses from their revisions."""
        for ref, revision in known.items():
            if (uid := codec.uid_in(revision)) is not None:
                self.names[ref] = uid

    def take(self, kept: Kept, claims: Callable[[str], bool]) -> list[str]:
        """Take an answer in; the addresses of our items that it names."""
        if kept.full:
            self.entries, self.sections, self.gone, self.parents = {}, {}, set(), {}
            self.whole = True
        self.token, self.doubtful = kept.token, False
        if kept.project is not None:
            self.created = str(kept.project.get("created_at") or "") or self.created
        for section in kept.sections:
            if section.get("is_deleted") is True or section.get("is_archived") is True:
                self.sections.pop(section["id"], None)
            else:
                self.sections[section["id"]] = str(section.get("name") or "")
        for ref in kept.gone | kept.elsewhere:
            self.parents.pop(ref, None)
            if self.entries.pop(ref, None) is not None or ref in self.names:
                self.gone.add(ref)
        for raw in kept.items:
            self.parents.pop(raw["id"], None)
            if isinstance(raw.get("parent_id"), str):
                self.parents[raw["id"]] = raw["parent_id"]
        return [raw["id"] for raw in kept.items if self.put(raw, claims)]

    def put(self, raw: Raw, claims: Callable[[str], bool]) -> bool:
        """Take one item in, if it is ours; an older answer than the one that we had changes nothing."""
        ref, held = raw["id"], self.entries.get(raw["id"])
        uid = codec.uid_of(raw, claims, self.names.get(ref))
        if uid is None:
            self.entries.pop(ref, None)
            return False
        if held is not None and _is_later(held.raw, raw):
            return True
        past = held.past if held is not None and codec.is_recurring(raw) else None
        self.entries[ref] = Entry(uid, raw, past)
        self.names[ref] = uid
        self.gone.discard(ref)
        return True

    def complete(self, records: Iterable[Raw], claims: Callable[[str], bool]) -> set[str]:
        """Take completions in, in any order; the addresses of ours among them.

        An open item that was completed before, and is open again, is left as it is.
        """
        found: set[str] = set()
        for raw in sorted(records, key=_completed_at):
            ref, held = raw["id"], self.entries.get(raw["id"])
            if held is None or held.done:
                if self.put({**raw, "checked": True}, claims):
                    found.add(ref)
                continue
            found.add(ref)
            if _is_later(raw, held.raw):
                self.put({**raw, "checked": True}, claims)
        return found

    def recur(self, ref: str, past: Raw | None) -> None:
        """Note the first completion of a recurring item; None where there is none (any more)."""
        held = self.entries[ref]
        self.entries[ref] = Entry(held.uid, held.raw, past)

    def recurring(self, refs: Iterable[str]) -> list[str]:
        """Those of the items that are open and will move on when they are ticked."""
        return [ref for ref in refs if ref in self.entries and codec.is_recurring(self.entries[ref].raw)]

    def below(self, ref: str) -> list[str]:
        """The ids of what its owner put right below an item."""
        return [id for id, parent in self.parents.items() if parent == ref]

    def standing(self, uid: str) -> list[str]:
        """Where items with a UID stand, open ones first."""
        found = [ref for ref, entry in self.entries.items() if entry.uid == uid]
        return sorted(found, key=lambda ref: self.entries[ref].done)


def _is_later(one: Raw, other: Raw) -> bool:
    """Whether an answer is known to be later than another about the same item.

    `updated_at` may be null, and has a fraction of a second or none: as texts they do not sort.
    """
    first, second = (codec.moment(raw.get("updated_at")) for raw in (one, other))
    return first is not None and second is not None and first > second


def _completed_at(raw: Raw) -> str:
    """When an item was completed: texts of this form sort as their moments do."""
    return str(raw.get("completed_at"))
