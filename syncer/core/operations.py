"""The three operations on an item, as frozen values: deciding makes them, a connector carries them out."""

from __future__ import annotations

from dataclasses import dataclass

from syncer.core.model import Item


@dataclass(frozen=True, slots=True)
class Create:
    """Put a new item. Its `uid` makes sending it twice harmless."""

    item: Item

    @property
    def uid(self) -> str:
        """The UID concerned."""
        return self.item.uid


@dataclass(frozen=True, slots=True)
class Update:
    """Change only `fields` (names of `Item`'s) of the item at `ref`, if it is still at `revision`.

    Whatever else the stored item holds (alarms, X- properties, categories, attendees) stays.
    `completed` belongs to `status` and is written with it.
    """

    ref: str
    revision: str | None
    item: Item
    fields: frozenset[str]

    @property
    def uid(self) -> str:
        """The UID concerned."""
        return self.item.uid


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the item at `ref`, if it is still at `revision`. Already gone is success."""

    ref: str
    revision: str | None
    uid: str


Operation = Create | Update | Delete
