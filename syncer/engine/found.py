"""What a look reads, collected by identity: an item that changed its address is one, two of one are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from syncer.connector import Broken, Collection, Connector, Gone, Seen
from syncer.core.identity import Identity, read_uid
from syncer.core.standing import Sighting
from syncer.ledger.projections import Place


class Found:
    """What was read of one collection, whose items are `known`.

    `seen` has each occurrence once; `twice` are further items of the same occurrence. `gone` are addresses of
    ours that were read and found empty, `broken` items that can't be understood, `answered` the addresses of
    which anything was said.
    """

    def __init__(self, household: str, known: Mapping[Identity, Place]) -> None:
        self._household, self._known = household, known
        self._at = {place.ref: identity for identity, place in known.items()}
        self.seen: dict[Identity, Sighting] = {}
        self.twice: list[Sighting] = []
        self.answered: set[str] = set()
        self.uids: set[str] = set()
        self.gone: list[Identity] = []
        self.broken: list[Broken] = []

    def take(self, items: Iterable[Seen]) -> None:
        """Take in items that stand there."""
        for item in items:
            identity = read_uid(item.item.uid, self._household)
            if identity is None:
                continue
            self.answered.add(item.ref)
            self.uids.add(item.item.uid)
            sight = Sighting(identity, item.ref, item.revision, item.item)
            held = self.seen.get(identity.plain)
            # Another answer about the same address is a later one. Of two resources with one UID (RFC 4791
            # section 5.3.2.1 forbids it; a create that arrived twice makes them) the known one is kept.
            if held is None or held.ref == item.ref:
                self.seen[identity.plain] = sight
            elif self._at.get(item.ref) == identity.plain:
                self.twice.append(held)
                self.seen[identity.plain] = sight
            elif item.ref not in (other.ref for other in self.twice):
                self.twice.append(sight)

    def answers(self, answers: Iterable[Seen | Gone | Broken]) -> None:
        """Take in answers to reads of single addresses."""
        for answer in answers:
            if isinstance(answer, Seen):
                self.take([answer])
            elif isinstance(answer, Broken):
                self.broken.append(answer)
            else:
                self.answered.add(answer.ref)
                if answer.ref in self._at:
                    self.gone.append(self._at[answer.ref])

    def confirm(
        self, connector: Connector, collection: Collection, refs: Sequence[str], *, whole: bool
    ) -> None:
        """A suspected absence counts only once the address itself was read and found empty.

        A `whole` listing names what moved under its new address, if it is one; so it is asked once more, by
        marker.
        """
        ask = [ref for ref in refs if self._at[ref] not in self.gone and self._at[ref] not in self.seen]
        if not ask:
            return
        before = len(self.gone)
        self.answers(connector.read(collection, ask))
        lost = [self._known[identity].uid for identity in self.gone[before:]]
        if whole and lost:
            self.take(connector.find(collection, lost))

    def tell_apart(self, connector: Connector, collection: Collection) -> None:
        """Whether an item that was seen at another address than its own moved there, or is a second one."""
        elsewhere = [
            place.ref
            for identity, sight in self.seen.items()
            if (place := self._known.get(identity)) is not None
            and place.ref != sight.ref
            and place.ref not in self.answered
            and identity not in self.gone
        ]
        if elsewhere:
            self.answers(connector.read(collection, elsewhere))
