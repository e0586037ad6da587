"""An item's identity: a function of household, task, occurrence and generation, and back again.

The identity is Evenhold's marker in every app: only an item whose UID it can read as one of this
household's is its own. It is reversible, so that a ledger restored from an old backup, or lost, can
still tell what each item in an app stands for.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

PREFIX = "evenhold-"
RESERVED = "evenhold."
"""Begins the tasks of items that stand for no task but for something that we ask (`notice`)."""
_SHAPE = re.compile(
    r"evenhold-([0-9a-f]{10})\.([a-z0-9-]+\.[a-z0-9-]+)"
    r"\.([0-9]{4}-[0-9]{2}-[0-9]{2}|n[0-9]{6,9})(?:\.g([1-9][0-9]*))?\Z"
)


def household_tag(household: str) -> str:
    """Ten hex digits that tell two households on one server apart."""
    return hashlib.sha256(household.encode()).hexdigest()[:10]


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """Which occurrence of which task an item stands for.

    `generation` counts up where a provider won't take a deleted id again; CalDAV stays at 0.
    """

    task: str
    occurrence: str
    generation: int = 0

    @property
    def plain(self) -> Identity:
        """The same occurrence, whatever its generation."""
        return replace(self, generation=0)

    @property
    def reserved(self) -> bool:
        """Whether it stands for something that we ask and for no task."""
        return self.task.startswith(RESERVED)

    def of_generation(self, uid: str) -> str:
        """A UID of generation 0 as that of this generation."""
        return f"{uid}.g{self.generation}" if self.generation else uid

    @property
    def name(self) -> str:
        """`task/occurrence`, as held plans list it."""
        return f"{self.task}/{self.occurrence}"

    def uid(self, household: str) -> str:
        """The UID (RFC 7986 section 5.3: no host name, no private data) of this item."""
        suffix = f".g{self.generation}" if self.generation else ""
        return f"{PREFIX}{household_tag(household)}.{self.task}.{self.occurrence}{suffix}"


def find_uid(text: str, household: str) -> Identity | None:
    """The identity of a UID of this household's that stands somewhere in a text, such as an address."""
    start = text.find(f"{PREFIX}{household_tag(household)}")
    while start >= 0:
        for end in range(len(text), start, -1):
            if (found := read_uid(text[start:end], household)) is not None:
                return found
        start = text.find(PREFIX, start + 1)
    return None


def read_uid(uid: str, household: str) -> Identity | None:
    """The identity in a UID, or None where the item is not this household's."""
    found = _SHAPE.match(uid)
    if found is None or found[1] != household_tag(household):
        return None
    return Identity(found[2], found[3], int(found[4] or 0))
