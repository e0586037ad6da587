"""The scene of a history: the clock, the providers with their collections, and the trace of what happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from syncer.connector import Capability
from syncer.core.identity import Identity
from syncer.core.model import Kind, Status
from syncer.core.notice import identity_of
from syncer.core.spoke import Spoke
from syncer.testing.memory import Provider, Shelf
from tests.simulation.household import HOUSE, START, manner_of, ours
from tests.simulation.trash import Trash


class Scene:
    """Where a history takes place. `away` are collections that are not there for a while."""

    def __init__(self, spokes: Sequence[Spoke], manner: int, *, saying: bool) -> None:
        self.now = START
        self.trace: list[str] = []
        self.saying = saying
        self.spokes = spokes
        self.providers = {
            account: Provider(manner_of(spokes, account, manner))
            for account in dict.fromkeys(spoke.account for spoke in spokes)
        }
        self.away: dict[str, tuple[str, Shelf]] = {}
        self.trash = Trash()

    def say(self, text: str) -> None:
        """Add a line to the trace."""
        if self.saying:
            self.trace.append(f"{self.now:%m-%d %H:%M} {text}")

    def later(self, hours: float = 0, minutes: float = 0) -> None:
        """Time passes."""
        self.now += dt.timedelta(hours=hours, minutes=minutes)

    def shelf(self, spoke: Spoke) -> Shelf | None:
        """A collection, None while it is not there."""
        for shelf in self.providers[spoke.account].shelves.values():
            if shelf.collection.name == spoke.collection:
                return shelf
        return None

    def stands(self, spoke: Spoke, identity: Identity) -> bool:
        """Whether an occurrence stands in a collection right now."""
        shelf = self.shelf(spoke)
        found = (ours(item.uid) for _, item in shelf.items.values()) if shelf else ()
        return any(i is not None and i.plain == identity.plain for i in found)

    def take_away(self, spoke: Spoke, shelf: Shelf) -> None:
        """The collection is not there for a while."""
        del self.providers[spoke.account].shelves[shelf.collection.ref]
        self.away[spoke.name] = (shelf.collection.ref, shelf)

    def bring_back(self, spoke: Spoke) -> bool:
        """The collection is there again; whether it was away."""
        kept = self.away.pop(spoke.name, None)
        if kept is not None:
            self.providers[spoke.account].shelves[kept[0]] = kept[1]
            self.say(f"{spoke.name} is back")
        return kept is not None

    def tick_notice(self, held: Spoke, number: int) -> bool:
        """Tick the notice of a held plan, in whichever app it stands; whether it was there."""
        uid = identity_of(held, number).uid(HOUSE.id)
        for spoke in self.spokes:
            shelf = self.shelf(spoke)
            for ref, (_, item) in list(shelf.items.items()) if shelf else ():
                if shelf is not None and item.uid == uid:
                    if item.kind is Kind.EVENT:
                        shelf.put(ref, replace(item, title=f"✓ {item.title}"))
                    else:
                        shelf.put(ref, replace(item, status=Status.DONE))
                    return True
        return False

    def can(self, spoke: Spoke, capability: Capability) -> bool:
        """Whether a collection's provider can."""
        return capability not in spoke.lacks
