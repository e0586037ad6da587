"""The apps' trash: what people deleted and may put back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncer.core.model import Item
from syncer.core.spoke import Spoke
from syncer.testing.memory import Shelf
from tests.simulation.claims import looks_done

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass
class Trash:
    """What was deleted, by whom, from where."""

    _kept: list[tuple[Spoke, str, Item]] = field(default_factory=list)

    def add(self, spoke: Spoke, ref: str, item: Item) -> None:
        """Keep what was deleted."""
        self._kept.append((spoke, ref, item))

    def put_back(self, world: World, spoke: Spoke, shelf: Shelf, which: int, *, every: bool = False) -> None:
        """Put one back where it was, or all; not over something that stands there by now."""
        mine = [entry for entry in self._kept if entry[0] == spoke]
        chosen = mine if every or not mine else [mine[which % len(mine)]]
        for entry in chosen:
            _, ref, item = entry
            self._kept.remove(entry)
            if ref in shelf.items or any(there.uid == item.uid for _, there in shelf.items.values()):
                continue
            shelf.put(ref, item)
            world.oracle.returned(spoke, item, done=looks_done(item))
            world.say(f"{spoke.partner} in {spoke.name}: puts back {item.uid}")

    def forget(self, spoke: Spoke) -> None:
        """The collection is another one: what was deleted there is gone for good."""
        self._kept = [entry for entry in self._kept if entry[0] != spoke]
