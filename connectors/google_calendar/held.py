"""An event as Google holds it: the event itself and, where a person made it recurring, instances that differ.
Pure.

An item stands for one occurrence, so an instance that its owner ticked ticks the item, as in CalDAV. Google
does not touch a series' own ETag when one instance is changed: the revision of a series is made of all of
them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.google_calendar.times import Unreadable
from syncer.core.ticks import begins_ticked

LONGEST_RULE = 1000
"""Characters; the longest that Google's own dialog could make is below 300."""


@dataclass(frozen=True, slots=True)
class Held:
    """One event. `overrides` are the instances that differ, cancelled ones too."""

    event: Mapping[str, Any] = field(repr=False)
    overrides: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @property
    def ref(self) -> str:
        """Its address: the event's id."""
        return str(self.event.get("id") or "")

    @property
    def revision(self) -> str | None:
        """Its ETag, and behind it what stands for those of its instances."""
        etag = self.event.get("etag")
        if not isinstance(etag, str) or not etag:
            return None
        # Of a cancelled instance Google tells sometimes more and sometimes less, and it says nothing of the
        # item.
        told = sorted(f"{one.get('id')} {one.get('etag')}" for one in self.overrides if _is_live(one))
        if not told:
            return etag
        return f"{etag} {hashlib.sha256(repr(told).encode()).hexdigest()[:16]}"

    @property
    def live(self) -> bool:
        """Whether it stands there: a deleted event goes on as a cancelled one."""
        return _is_live(self.event)

    @property
    def recurring(self) -> bool:
        """Whether there may be instances of it that differ."""
        return bool(self.event.get("recurrence"))

    @property
    def titled(self) -> Mapping[str, Any]:
        """The event whose title is the item's: an instance that its owner ticked, else itself."""
        return self.event if _ticked(self.event) else next(iter(self.ticked), self.event)

    @property
    def ticked(self) -> tuple[Mapping[str, Any], ...]:
        """The instances that were ticked."""
        return tuple(one for one in self.overrides if _is_live(one) and _ticked(one))


def etag_of(revision: str) -> str:
    """The ETag in a revision: what If-Match compares."""
    return revision.partition(" ")[0]


def is_series(revision: str | None) -> bool:
    """Whether a revision is one of a series with instances that differ."""
    return revision is not None and " " in revision


def text(event: Mapping[str, Any], name: str) -> str:
    """A text field; empty where it is absent. Raises Unreadable where it is something else."""
    held = event.get(name)
    if held is not None and not isinstance(held, str):
        raise Unreadable(f"{name} is not a text")
    return held or ""


def rule(event: Mapping[str, Any]) -> str:
    """The recurrence that stands there, never expanded; one of dates alone is "RDATE"."""
    lines = event.get("recurrence") or ()
    if not isinstance(lines, Sequence) or not all(isinstance(line, str) for line in lines):
        raise Unreadable("recurrence is not a list of texts")
    for line in lines:
        name, _, value = line.partition(":")
        if name.upper().startswith("RRULE"):
            if len(value) > LONGEST_RULE:
                raise Unreadable("a recurrence rule longer than we read")
            return value or "RRULE"
    return "RDATE" if any(line.upper().startswith("RDATE") for line in lines) else ""


def _is_live(event: Mapping[str, Any]) -> bool:
    return event.get("status") != "cancelled"


def _ticked(event: Mapping[str, Any]) -> bool:
    return begins_ticked(str(event.get("summary") or ""))
