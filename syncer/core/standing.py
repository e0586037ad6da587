"""What stands in a collection, what a look at it taught, and the steps that follow: values, nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from syncer.core.entries import Entry
from syncer.core.fingerprint import Canon
from syncer.core.identity import Identity
from syncer.core.model import Item, Kind
from syncer.core.operations import Operation

REMEMBERED = 8
"""How many of an item's earlier revisions are known, so that a stale answer is not taken for a change."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What stands for an occurrence in one collection, and what both sides last agreed on.

    `ours` is what the ledger last wanted there, `base` the provider's echo of it or the person's edit
    that was taken since. They differ where a server can't hold a field; that is no change of anybody's.
    `refused` is what the provider would not take: it is not sent again until something else is wanted.
    `fresh` says that it was put up and no listing has shown it yet. The cursor is older than it: should
    its owner delete it now, a list of changes since then need not say a word (seen with Xandikos).
    `past` are its earlier revisions, youngest last. `undone` is the `signature` of a step that a person took
    back: it is not made again until something else is wanted.
    """

    identity: Identity
    uid: str
    ref: str
    revision: str | None
    kind: Kind
    ours: Canon | None
    base: Canon | None
    refused: Canon | None = None
    fresh: bool = False
    past: tuple[str, ...] = ()
    undone: str = ""

    def at(self, revision: str | None) -> Projection:
        """The same at another revision; the one before is remembered."""
        if revision == self.revision or self.revision is None:
            return replace(self, revision=revision)
        earlier = (*(p for p in self.past if p != self.revision), self.revision)
        return replace(self, revision=revision, past=earlier[-REMEMBERED:])


@dataclass(frozen=True, slots=True)
class Sighting:
    """One item of ours as a pass saw it."""

    identity: Identity
    ref: str
    revision: str | None
    item: Item


@dataclass(frozen=True, slots=True)
class Learned:
    """What a look at a collection taught: facts, new or changed projections, and ended ones."""

    entries: tuple[Entry, ...] = ()
    standing: Mapping[Identity, Projection] = field(default_factory=dict)
    changed: tuple[Projection, ...] = ()
    ended: tuple[tuple[Identity, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One operation, the occurrence it concerns, what agreement it will bring, and why.

    `known` is what stood there before, `undoes` the `signature` of an earlier step that this takes back.
    `second` says that it removes a second item of the occurrence; the one that is known stays.
    """

    identity: Identity
    operation: Operation
    ours: Canon | None
    why: str
    known: Projection | None = None
    undoes: str = ""
    second: bool = False

    @property
    def signature(self) -> str:
        """What this step would bring about, in one word."""
        return signature(type(self.operation).__name__.lower(), self.ours, self.why)


def signature(operation: str, ours: Canon | None, why: str) -> str:
    """An operation and its aim, in one word: equal for steps that want the same."""
    aim = json.dumps(ours.to_data(), sort_keys=True) if ours else why
    return f"{operation}:{hashlib.sha256(aim.encode()).hexdigest()[:20]}"
