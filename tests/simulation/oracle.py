"""The oracle: it watches what the daemon does, and holds it against what people did (`deeds`).

It knows nothing of how the engine decides. Every write that reaches a provider is told to it, and every pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncer.connector import (
    Ack,
    Capability,
    CollectionGone,
    Create,
    CredentialsDead,
    Delete,
    Operation,
    Outcome,
)
from syncer.core.identity import Identity
from syncer.core.model import Item
from syncer.core.spoke import Spoke
from syncer.engine.report import PassReport
from tests.simulation.claims import Copy, looks_done
from tests.simulation.deeds import Deeds
from tests.simulation.household import ours


class Oracle(Deeds):
    """The deeds of one history, and a watch over what the daemon does."""

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
        if (
            wanted
            and progress == "open"
            and not self.retimed(identity.task)
            and not self._stands(spoke, identity)
        ):
            self.accuse("I10 taken down", f"{identity.name} in {spoke.name}, which is wanted there")

    def _given_way(self, looked_at: set[Spoke]) -> None:
        """Where its owner and the household gave an item another title at once, the record tells of both."""
        for spoke, copy in self._retitled:
            task = copy.identity.task
            # What was deleted before a pass saw it, no pass could compare.
            there = any(copy is one for one in self.copies.values())
            contended = there and task in self._renamed and "title" in copy.edits and spoke in looked_at
            open_ = self.book.progress(copy.identity) == "open" and self.book.lives(spoke, copy.identity)
            mine = self.book.owner(task.partition(".")[0]) == (spoke.partner, "active")
            if contended and open_ and mine and not self.restored_once:
                where = f"task = '{task}' AND occurrence = '{copy.identity.occurrence}'"
                if not self.book.number(f"entry WHERE kind = 'overruled' AND {where}"):
                    self.accuse("value lost", f"the household's title of {copy.identity.name} left no trace")

    def frozen(self, report: PassReport, revoked: set[str]) -> None:
        """I14: an account whose login is dead stands still, and no other does."""
        for spoke in report.spokes:
            dead = isinstance(spoke.error, CredentialsDead)
            if spoke.spoke.account in revoked:
                if not dead or spoke.applied.acknowledged or spoke.facts:
                    self.accuse("I14 frozen", f"{spoke.spoke.name} is not frozen: {spoke.error}")
            elif spoke.error is not None and not isinstance(spoke.error, CollectionGone):
                self.accuse("I14 frozen", f"{spoke.spoke.name} stands still too: {spoke.error}")

    def counts(self, spoke: Spoke, copy: Copy) -> bool:
        """Whether a tick counts.

        An older ledger can't know of a turn that comes after one that it lost, nor of what it never knew
        and a listing does not name any more.
        """
        if self.book.progress(copy.identity) == "done":
            return True
        later = copy.identity.occurrence.startswith("n") and copy.identity.occurrence > "n000001"
        hidden = Capability.CONDITIONAL_WRITES in spoke.lacks
        return self.restored_once and (later or hidden) and not self.book.lives(spoke, copy.identity)

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
        if clean:
            self._given_way({spoke.spoke for spoke in report.spokes if not (spoke.error or spoke.elsewhere)})
        self._retitled.clear()
        self._renamed.clear()
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
