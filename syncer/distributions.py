"""What is installed beside us says of itself, whatever state its metadata are in.

One distribution whose list of entry points can't be read must not hide those of all others, as it does from
`importlib.metadata.entry_points`. Nothing is imported here, and nobody's entry points mean anything yet.
"""

from __future__ import annotations

import importlib.metadata
from importlib.metadata import Distribution, EntryPoint

from syncer.fence.errors import line

UNNAMED = "an unnamed source"


def entry_points(group: str) -> tuple[list[EntryPoint], list[str]]:
    """All entry points of a group, and the names of the distributions that can't be asked."""
    try:
        return list(importlib.metadata.entry_points(group=group)), []
    except Exception:  # some distribution's list can't be read: which one?
        return _one_by_one(group)


def _one_by_one(group: str) -> tuple[list[EntryPoint], list[str]]:
    points: list[EntryPoint] = []
    unreadable: list[str] = []
    known: set[str] = set()
    for distribution in importlib.metadata.distributions():
        name = _name(distribution)
        if name in known:  # what comes first on the path is what would be imported
            continue
        if name != UNNAMED:
            known.add(name)
        try:
            points += distribution.entry_points.select(group=group)
        except Exception:
            unreadable.append(name)
    return points, unreadable


def shipped_by(point: EntryPoint) -> str:
    """The name of the distribution that an entry point is from."""
    return _name(point.dist) if point.dist is not None else UNNAMED


def version(point: EntryPoint) -> str:
    """The version of that distribution; empty where it says none."""
    try:
        return line(point.dist.version or "") if point.dist is not None else ""
    except Exception:
        return ""


def _name(distribution: Distribution) -> str:
    try:
        return line(distribution.metadata["Name"] or UNNAMED)
    except Exception:
        return UNNAMED
