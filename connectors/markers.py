"""Our marker in a person's own text, for providers that leave us no other place: one line below the notes.

Google Tasks keeps it in a task's notes, Todoist in its description. Pure, and shared by both connectors. What
a person writes above or below the line is theirs; only the line is ours, and no notes are passed on with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

WORDS = "Kept by "
"""Stands before the UID, so that the line says to a person what it is."""

_GAP = "\n\n"
_OUR_GAP = re.compile(r"(?:\r?\n){1,2}\Z")
# As `syncer.core.identity` writes UIDs; a phone's keyboard may have made the first letter a capital.
_UID = (
    r"evenhold-[0-9a-f]{10}\.[a-z0-9-]+\.[a-z0-9-]+"
    r"\.(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|n[0-9]{6,9})(?:\.g[1-9][0-9]*)?"
)
_LINE = re.compile(rf"(?:{WORDS})?({_UID})(?![a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Marked:
    """A text that holds our marker: the UID in it, and the person's own words around it."""

    uid: str
    notes: str


def marked(notes: str, uid: str) -> str:
    """The text that is written: the notes, and the marker below them."""
    return f"{notes}{_GAP}{WORDS}{uid}" if notes else f"{WORDS}{uid}"


def length(uid: str) -> int:
    """How many characters the marker takes away from the longest notes."""
    return len(_GAP) + len(WORDS) + len(uid)


def find(text: str, claims: Callable[[str], bool], known: str | None = None) -> Marked | None:
    """The marker in a text, None where there is none that `claims` calls ours.

    Where there are several, because a person took one item's notes over into another, `known` is the one
    that counts (the UID that stood there before), else the last, where we put it.
    """
    found = [(match, match[1].lower()) for match in _LINE.finditer(text) if claims(match[1].lower())]
    if not found:
        return None
    match, uid = next((one for one in found if one[1] == known), found[-1])
    return Marked(uid, _around(text[: match.start()], text[match.end() :]))


def _around(before: str, after: str) -> str:
    """What stood around a marker: the gap is ours; more blank lines than that are the person's."""
    own = _OUR_GAP.sub("", before)
    if not after.strip():
        return own
    if after.startswith(("\n", "\r\n")):
        return own + after if own else after.lstrip("\r\n")
    return before + after
