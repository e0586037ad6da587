"""The operations on an item, as frozen values: deciding makes them, a connector carries them out.

Each has a `token`, a UUID that was written down before it is sent and stays the same when it is sent again:
providers that know commands by number (Todoist) run it once. It is empty until the intent is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncer.core.model import Item


@dataclass(frozen=True, slots=True)
class Create:
    """Put a new item. Its `uid` makes sending it twice harmless."""

    item: Item
    token: str = ""

    @property
    def uid(self) -> str:
        """The UID concerned."""
        return self.item.uid


@dataclass(frozen=True, slots=True)
class Update:
    """Change only `fields` (names of `Item`'s) of the item at `ref`, if it is still at `revision`.

    Without a revision the item's UID is the condition: whatever else stands at `ref` is left alone.
    Whatever else the stored item holds (alarms, X- properties, categories, attendees) stays.
    `completed` belongs to `status` and is written with it. `rule` can only be cleared: the recurrence that a
    person gave the item goes, and with it exceptions and overrides.
    """

    ref: str
    revision: str | None
    item: Item
    fields: frozenset[str]
    token: str = ""

    @property
    def uid(self) -> str:
        """The UID concerned."""
        return self.item.uid


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the item at `ref`, if it is still at `revision`. Already gone is success.

    Without a revision the item's UID is the condition: whatever else stands at `ref` is left alone.
    """

    ref: str
    revision: str | None
    uid: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Restore:
    """Put back what stood at `ref` before a write of ours: `raw` is the connector's own `Image.raw`.

    With a `revision` it replaces what stands there, if it is still at that revision; without one it is put
    where nothing stands. `uid` is the item's.
    """

    ref: str
    revision: str | None
    uid: str
    raw: str
    token: str = ""


Operation = Create | Update | Delete | Restore
