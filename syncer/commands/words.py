"""Small words: days, ages and counts, as a person says them."""

from __future__ import annotations

import datetime as dt

from syncer.core.model import Slot, When


def spell(when: When | None, zone: dt.tzinfo) -> str:
    """A day or a moment, as a person says it."""
    if when is None:
        return "no date"
    if isinstance(when, Slot):
        local = when.start.astimezone(zone)
        return f"{local:%a %-d %b %H:%M}"
    return f"{when.date:%a %-d %b}"


def age(then: dt.datetime | None, now: dt.datetime) -> str:
    """How long ago, in one unit."""
    if then is None:
        return "never"
    seconds = max(int((now - then).total_seconds()), 0)
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            return f"{count(seconds // size, unit)} ago"
    return "just now" if seconds < 5 else f"{seconds} seconds ago"


def count(number: int, noun: str) -> str:
    """`1 item`, `2 items`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def plain(text: str) -> str:
    """One line without control characters: a name may come from anybody's app."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
