"""What people did in one history, and what they therefore expect: the oracle's memory.

Lives here: their deeds, told as they happen, and what befalls the places where they were done. What the
daemon makes of them is held against this by `oracle` at once and by `laws` when all is at rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from syncer.core.identity import Identity
from syncer.core.model import Item
from syncer.core.spoke import Spoke
from tests.simulation.book import Book
from tests.simulation.claims import Copy, Wrong
from tests.simulation.household import ours
from tests.simulation.shelter import FrailLedger


class Deeds:
    """What people did in one history. `wrong` are the laws that were broken, first one first."""

    def __init__(
        self,
        ledger: FrailLedger,
        say: Callable[[str], None],
        stands: Callable[[Spoke, Identity], bool],
    ) -> None:
        """`stands` tells whether an occurrence stands in a collection right now."""
        self.book = Book(ledger)
        self.wrong: list[Wrong] = []
        self.ticks: Counter[str] = Counter()
        self.unticks: Counter[str] = Counter()
        self.copies: dict[tuple[str, str], Copy] = {}
        self.touched: set[tuple[str, str, str]] = set()
        self.deleted: dict[str, bool] = {}
        self.may_skip: set[str] = set()
        self.ruled: set[str] = set()
        self.foreign: dict[tuple[str, str], Item] = {}
        self.taken_down: set[str] = set()
        self.created: set[tuple[str, str]] = set()
        self._retitled: list[tuple[Spoke, Copy]] = []
        self._renamed: set[str] = set()
        self.restored_once = False
        self._older = False
        self.unsettled: set[str] = set()
        self._say, self._stands = say, stands

    def accuse(self, law: str, what: str) -> None:
        """A law was broken."""
        self._say(f"  !! {law}: {what}")
        self.wrong.append(Wrong(law, what))

    # What people do.

    def copy(self, spoke: Spoke, item: Item) -> Copy:
        """The people's word on an item."""
        identity = ours(item.uid)
        assert identity is not None
        return self.copies.setdefault((spoke.name, item.uid), Copy(identity))

    def ticked(self, spoke: Spoke, item: Item) -> None:
        """Somebody says that it is done."""
        copy = self.copy(spoke, item)
        self.ticks[copy.identity.name] += 1
        copy.done, copy.ripe = True, False

    def unticked(self, spoke: Spoke, item: Item) -> None:
        """Somebody says that it is not done after all."""
        name = self.copy(spoke, item).identity.name
        self.unticks[name] += 1
        for copy in self.copies.values():  # whatever else was said of it, there or elsewhere, is out of date
            if copy.identity.name == name:
                copy.done = None
        self.copy(spoke, item).done = False

    def edited(self, spoke: Spoke, item: Item, name: str, value: object) -> None:
        """Somebody wrote a field; it must survive where they own the bundle."""
        copy = self.copy(spoke, item)
        owner, _ = self.book.owner(copy.identity.task.partition(".")[0])
        if name == "title" and (spoke.name, item.uid, name) not in self.touched:
            self._retitled.append((spoke, copy))
        self.touched.add((spoke.name, item.uid, name))
        copy.edits.pop(name, None)
        if owner == spoke.partner:
            copy.edits[name] = (value, owner)

    def made_recurring(self, spoke: Spoke, item: Item) -> None:
        """Somebody made it repeat."""
        copy = self.copy(spoke, item)
        copy.repeats, copy.ripe = False, False

    def moved_on(self, spoke: Spoke, item: Item) -> None:
        """An app moved it on to its next instance, which says that it is done to who knew that it repeats."""
        copy = self.copy(spoke, item)
        self.ticks[copy.identity.name] += 1
        self.touched.add((spoke.name, item.uid, "when"))
        copy.edits.pop("when", None)
        copy.done, copy.ripe, copy.inferred = (True if copy.repeats else None), False, True

    def returned(self, spoke: Spoke, item: Item, *, done: bool) -> None:
        """Somebody put back what had been deleted."""
        name = self.copy(spoke, item).identity.name
        self.unticks[name] += 1
        self.deleted[name] = False
        # Its words are as old as its deletion; the ledger may have changed them since.
        self.touched |= {(spoke.name, item.uid, field) for field in ("title", "notes", "when")}
        if done:
            self.ticked(spoke, item)

    def dropped(self, spoke: Spoke, item: Item) -> None:
        """Somebody deleted it. It must not come back if the ledger knew it to stand there and be theirs."""
        copy = self.copies.pop((spoke.name, item.uid), None) or Copy(ours(item.uid) or Identity("?", "?"))
        name = copy.identity.name
        owner, state = self.book.owner(copy.identity.task.partition(".")[0])
        known = self.book.lives(spoke, copy.identity) and owner == spoke.partner and state == "active"
        known = known and spoke.name not in self.unsettled and not self.book.intended(item.uid)
        self.deleted[name] = known and self.deleted.get(name, True)
        self.may_skip.add(name)

    def excuse(self, names: Sequence[str]) -> None:
        """These may come back although somebody deleted them."""
        for name in names:
            if name in self.deleted:
                self.deleted[name] = False

    def denied(self, names: Sequence[str]) -> None:
        """The household said that none of this was meant."""
        self.excuse(names)
        for copy in self.copies.values():
            if copy.identity.name in names:
                copy.done = None
                copy.edits.clear()

    def accepted(self, names: Sequence[str]) -> None:
        """The household said that this was meant, even if it was a server's lie that will end."""
        self.may_skip.update(names)
        self.unticks.update(names)

    def renamed(self, task: str) -> None:
        """The household gave a task another title."""
        self._renamed.add(task)

    def handed_over(self, bundle: str) -> None:
        """A bundle's items leave their apps, and what was written in them stays behind."""
        for copy in self.copies.values():
            if copy.identity.task.partition(".")[0] == bundle:
                copy.edits.clear()
        for name in self.deleted:
            # What was deleted before the ledger learned of it is, from now on, not its owner's doing.
            if name.startswith(f"{bundle}.") and self._progress(name) != "skipped":
                self.deleted[name] = False

    def _progress(self, name: str) -> str:
        task, _, key = name.partition("/")
        return self.book.progress(Identity(task, key))

    def lost(self, spoke: Spoke) -> None:
        """A collection was rebuilt or swapped: nothing that was said there is there any more."""
        for place, uid in list(self.copies):
            if place == spoke.name:
                del self.copies[place, uid]
        for place, ref in list(self.foreign):
            if place == spoke.name:
                del self.foreign[place, ref]
        self.unsettle(spoke)

    def unsettle(self, spoke: Spoke) -> None:
        """A collection was not what it was: what lacks there may be put back, until it has been looked at."""
        self.unsettled.add(spoke.name)
        self.excuse(list(self.deleted))

    def believe_deleted(self) -> None:
        """What an older ledger does not know to be its own doing may look like people's."""
        if self._older:
            self.may_skip |= self.taken_down
            self.unticks.update(self.taken_down)
        self._older = False

    def settled(self) -> None:
        """A pass went by: an older ledger has caught up."""
        self._older = False

    def restored(self, spokes: Sequence[Spoke], *, telling: bool) -> None:
        """The ledger is an older one. If nothing tells so, what it took down since looks like a deletion."""
        self.restored_once, self._older = True, True
        for copy in self.copies.values():
            if copy.inferred:  # who does not know that it repeated sees a date, and no completion
                copy.done = None
        if not telling:
            self.believe_deleted()
        for spoke in spokes:
            self.unsettle(spoke)
