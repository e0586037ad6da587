"""Which section of the project a new item stands in: one for each bundle, unless a person arranged it anew.

Pure. Only creates ask: an item that stands there stays where its owner put it.
"""

from __future__ import annotations

import re
from collections import Counter

from connectors.todoist.board import Board
from syncer.core.identity import RESERVED
from syncer.core.model import Category, Item

LONGEST = 120
_BUNDLE = re.compile(r"evenhold-[0-9a-f]{10}\.([a-z0-9-]+)\.[a-z0-9-]+\.")
_SAYS = re.compile(rf"(?:^|\n)([^\n]+) · (?:{'|'.join(Category)})\s*\Z")
"""How notes that Evenhold wrote end (`syncer.core.projection.notes_of`): with the bundle's title."""


def bundle_of(uid: str) -> str | None:
    """The bundle that an item belongs to; None where it is a question of ours."""
    found = _BUNDLE.match(uid)
    return found[1] if found is not None and f"{found[1]}." != RESERVED else None


def name_of(item: Item) -> str:
    """The bundle's title, or its id made readable."""
    said = _SAYS.search(item.notes)
    title = (
        said[1].strip() if said is not None else (bundle_of(item.uid) or "").replace("-", " ").capitalize()
    )
    return title[:LONGEST]


def place(item: Item, board: Board) -> tuple[str | None, str | None]:
    """A section that stands there, or the name of one to be made; neither: the item stands in none.

    The one called like the bundle; else where the bundle's other items stand by now (somebody renamed the
    section, or keeps them without one); else a new one.
    """
    bundle = bundle_of(item.uid)
    name = name_of(item)
    if bundle is None or not name:
        return None, None
    for ref, called in board.sections.items():
        if called.casefold() == name.casefold():
            return ref, None
    others = Counter(
        entry.raw.get("section_id")
        for entry in board.entries.values()
        if not entry.done and bundle_of(entry.uid) == bundle
    )
    for common, _ in others.most_common():
        if common is None or common in board.sections:
            return common, None
    return None, name
