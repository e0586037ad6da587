"""What stands in the calendars as we last saw it, in memory alone: so that nothing is asked for twice in one
pass.

Only events of ours are kept. Whatever is taken from here is either confirmed by a listing that was just made,
or goes out on the condition that its ETag still holds.
"""

from __future__ import annotations

from collections.abc import Iterable

from connectors.google_calendar.held import Held

MOST = 5000
"""Events of one calendar; beyond that they are asked for again."""


class Keeping:
    """The events of one account's calendars, by calendar and id.

    `confirmed` is the calendar whose listing was the last thing that was asked for: what is kept of it stands
    there now, as far as anybody can tell.
    """

    def __init__(self) -> None:
        self.confirmed: str | None = None
        self._kept: dict[str, dict[str, Held]] = {}
        self._cursors: dict[str, str] = {}

    def begin(self, calendar: str, cursor: str | None) -> None:
        """A listing begins. Unless it goes on where the last one ended, nothing is known any more."""
        self.confirmed = None
        if cursor is None or self._cursors.pop(calendar, None) != cursor:
            self._kept[calendar] = {}

    def listed(self, calendar: str, cursor: str, helds: Iterable[Held], gone: Iterable[str]) -> None:
        """A listing ended, and this was in it."""
        for held in helds:
            self.keep(calendar, held)
        for ref in gone:
            self.drop(calendar, ref)
        self._cursors[calendar] = cursor
        self.confirmed = calendar

    def keep(self, calendar: str, held: Held) -> None:
        """Something was seen, or we wrote it."""
        kept = self._kept.setdefault(calendar, {})
        if len(kept) < MOST or held.ref in kept:
            kept[held.ref] = held

    def drop(self, calendar: str, ref: str) -> None:
        """Something is gone."""
        self._kept.get(calendar, {}).pop(ref, None)

    def of(self, calendar: str, ref: str) -> Held | None:
        """What was last seen at an address."""
        return self._kept.get(calendar, {}).get(ref)

    def at(self, calendar: str, ref: str, revision: str | None) -> Held | None:
        """What was seen at an address, if it was at that revision."""
        held = self.of(calendar, ref)
        return held if held is not None and held.revision == revision else None
