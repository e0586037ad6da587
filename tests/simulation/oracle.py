"""The oracle: what people did, and what must follow from it. It knows nothing of how the engine decides.

People's deeds are told to it as they happen, and so is every write that reaches a provider; some laws are
checked at once, the others by `laws` when all is at rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from syncer.connector import Ack, Create, Delete, Operation, Outcome
from syncer.core.identity import Identity
from syncer.core.model import Item, Kind, Status
from syncer.core.spoke import Spoke
from syncer.engine.report import PassReport
from tests.simulation.book import Book
from tests.simulation.household import ours
from tests.simulation.shelter import FrailLedger

MARKS = ("✓", "✔", "☑", "✅", "[x]", "[X]")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A broken law, and what broke it."""

    law: str
    what: str

    def __str__(self) -> str:
        return f"{self.law}: {self.what}"


@dataclass
class Copy:
    """People's last word on one item: whether it is done, and each field they wrote, while `owner` owned it.

    `ripe` says that a pass began since they spoke of its being done; `repeats` that they made it recurring,
    and is True once a pass has seen that.
    """

    identity: Identity
    done: bool | None = None
    ripe: bool = False
    repeats: bool | None = None
    edits: dict[str, tuple[object, str]] = field(default_factory=dict)


def looks_done(item: Item) -> bool:
    """Whether anybody would call this item done."""
    if item.kind is Kind.TODO:
        return item.status is Status.DONE
    return item.title.startswith((*MARKS, "x ", "X ", "done: ", "Done: "))


class Oracle:
    """What people did in one history. `wrong` are the laws that were broken, first one first."""

    def __init__(self, ledger: FrailLedger, say: Callable[[str], None]) -> None:
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
        self.restored_once = False
        self._older = False
        self.unsettled: set[str] = set()
        self._say = say

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
        copy.done, copy.ripe = (True if copy.repeats else None), False

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
        if not telling:
            self.believe_deleted()
        for spoke in spokes:
            self.unsettle(spoke)

    # What the daemon does.

    def begin(self) -> None:
        """A pass begins: whatever stands now, it must see."""
        for copy in self.copies.values():
            copy.ripe = True

    def about_to_write(self, account: str, operation: Operation) -> None:
        """I8: nothing is sent without a committed intent; rule 1: nothing new for who does not own it."""
        identity = ours(operation.uid)
        if identity is None:
            self.accuse("I5 foreign", f"{account}: an operation on {operation.uid}")
        elif not self.book.intended(operation.uid):
            self.accuse(
                "I8 intent", f"{account}: {type(operation).__name__} {operation.uid} without an intent"
            )

    def written(
        self, spokes: Sequence[Spoke], account: str, operation: Operation, was: Item | None, outcome: Outcome
    ) -> None:
        """An operation reached the provider."""
        identity = ours(operation.uid)
        if not isinstance(outcome, Ack) or identity is None or identity.reserved:
            return
        item = operation.item if isinstance(operation, Create) else was
        if item is None:
            return
        spoke = next(s for s in spokes if s.account == account and s.kind is item.kind)
        owner, _ = self.book.owner(identity.task.partition(".")[0])
        if isinstance(operation, Create):
            self.created.add((spoke.name, identity.name))
            if owner != spoke.partner:
                self.accuse("I21 owner", f"{identity.name} put up in {spoke.name}, owned by {owner}")
            if self.deleted.get(identity.name) and outcome.exact:
                self.accuse("resurrected", f"{identity.name} in {spoke.name} although somebody deleted it")
        elif isinstance(operation, Delete):
            self.copies.pop((spoke.name, item.uid), None)
            self.taken_down.add(identity.name)
            self._taken_down(spoke, identity, item)

    def _taken_down(self, spoke: Spoke, identity: Identity, item: Item) -> None:
        progress = self.book.progress(identity)
        if looks_done(item) and progress != "done":
            self.accuse("I1 lost", f"{identity.name} taken down in {spoke.name} before its tick counted")
        task = self.book.task(identity.task)
        assert task is not None
        fits = spoke.timed if task["at"] else spoke.due
        wanted = task["owner"] == spoke.partner and task["state"] == "active" and not task["removed"] and fits
        if wanted and progress == "open" and not self.retimed(identity.task):
            self.accuse("I10 taken down", f"{identity.name} in {spoke.name}, which is wanted there")

    def counts(self, spoke: Spoke, copy: Copy) -> bool:
        """Whether a tick counts; an older ledger can't know of a turn that comes after one that it lost."""
        if self.book.progress(copy.identity) == "done":
            return True
        later = copy.identity.occurrence.startswith("n") and copy.identity.occurrence > "n000001"
        return self.restored_once and later and not self.book.lives(spoke, copy.identity)

    def retimed(self, task: str) -> bool:
        """Whether a task's rule was changed, so that some of its days are no longer its."""
        return f"rule of {task}" in self.ruled

    def reported(self, report: PassReport, acks: Mapping[str, int], *, clean: bool) -> None:
        """A pass came to its end; if nothing befell it, what stood before it is known now."""
        for account, acknowledged in acks.items():
            mine = [spoke for spoke in report.spokes if spoke.spoke.account == account]
            told = sum(spoke.applied.acknowledged for spoke in mine)
            if told != acknowledged:
                self.accuse("I19 counts", f"{account}: {told} reported, {acknowledged} acknowledged")
        for spoke in report.spokes if clean else ():
            if spoke.error or spoke.held or spoke.elsewhere:
                continue
            settled = spoke.spoke.name not in self.unsettled
            self.unsettled.discard(spoke.spoke.name)
            for (place, uid), copy in self.copies.items():
                if place != spoke.spoke.name or not copy.ripe or not settled:
                    continue
                copy.repeats = copy.repeats is not None or None
                if copy.done and not self.counts(spoke.spoke, copy):
                    self.accuse("I1 lost", f"the tick of {uid} in {place} was seen and did not count")
