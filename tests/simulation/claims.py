"""What people claim of an item, when an item looks done, and what an accusation says."""

from __future__ import annotations

from dataclasses import dataclass, field

from syncer.core.identity import Identity
from syncer.core.model import Item, Kind, Status

MARKS = ("✓", "✔", "☑", "✅", "[x]", "[X]")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A broken law, and what broke it."""

    law: str
    what: str

    def __str__(self) -> str:
        return f"{self.law}: {self.what}"


@dataclass
class Copy:
    """People's last word on one item: whether it is done, and each field they wrote, while `owner` owned it.

    `ripe` says that a pass began since they spoke of its being done; `repeats` that they made it recurring,
    and is True once a pass has seen that; `inferred` that no app says in words that it is done.
    """

    identity: Identity
    done: bool | None = None
    ripe: bool = False
    repeats: bool | None = None
    inferred: bool = False
    edits: dict[str, tuple[object, str]] = field(default_factory=dict)


def looks_done(item: Item) -> bool:
    """Whether anybody would call this item done."""
    if item.kind is Kind.TODO:
        return item.status is Status.DONE
    return item.title.startswith((*MARKS, "x ", "X ", "done: ", "Done: "))
