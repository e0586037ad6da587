"""Apply: commit intents, send, commit what was acknowledged. Nothing is sent without an intent.

With an intent stands what was there before, so that a person can take the change back (`undo`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from syncer.connector import (
    Ack,
    Collection,
    Conflict,
    Connector,
    ConnectorError,
    Create,
    Delete,
    IdSpent,
    Image,
    Refused,
)
from syncer.core.identity import Identity
from syncer.core.model import Kind
from syncer.core.spoke import Spoke
from syncer.core.standing import Projection, Step
from syncer.core.writing import settle_echo
from syncer.engine.happenings import Happening, Tell, What
from syncer.engine.holder import Holder
from syncer.engine.house import House
from syncer.engine.observe import contained
from syncer.ledger import bindings, intents, projections
from syncer.ledger.intents import Outcome
from syncer.ledger.store import Ledger

BATCH = 50
"""How many acknowledgements are committed at once; after a crash the rest are settled by looking."""


@dataclass
class Applied:
    """What became of a list of steps. `unsure` may have taken effect and will be settled by looking.

    `overtaken` says that another daemon wrote about the collection after the decision: nothing was sent.
    """

    created: int = 0
    changed: int = 0
    deleted: int = 0
    refused: int = 0
    conflicts: list[Identity] = field(default_factory=list)
    unsure: int = 0
    error: ConnectorError | None = None
    overtaken: bool = False

    def add(self, more: Applied) -> None:
        """Take in what became of a further round."""
        self.created += more.created
        self.changed += more.changed
        self.deleted += more.deleted
        self.refused += more.refused
        self.unsure += more.unsure
        self.conflicts = more.conflicts
        self.error = more.error
        self.overtaken = more.overtaken

    @property
    def acknowledged(self) -> int:
        """Operations that took effect."""
        return self.created + self.changed + self.deleted

    @property
    def told(self) -> int:
        """Operations of which anything is known."""
        return self.acknowledged + self.refused + len(self.conflicts) + self.unsure

    @property
    def summary(self) -> str:
        """What took effect, in a few words."""
        counts = ((self.created, "put up"), (self.changed, "changed"), (self.deleted, "taken down"))
        return ", ".join(f"{number} {verb}" for number, verb in counts if number)


@dataclass(frozen=True)
class Sender:
    """Sends steps to one collection and keeps the ledger in step with what the provider acknowledged."""

    ledger: Ledger
    household: str
    connector: Connector
    spoke: Spoke
    collection: Collection
    run: str
    holder: Holder
    clock: Callable[[], dt.datetime]
    tell: Tell

    @classmethod
    def of(cls, house: House, connector: Connector, spoke: Spoke, collection: Collection, run: str) -> Sender:
        """The sender of a household's run to one collection."""
        place = (connector, spoke, collection)
        return cls(house.ledger, house.id, *place, run, house.holder, house.clock, house.tell)

    def send(self, steps: Sequence[Step], turn: int) -> Applied:
        """Send steps that were decided at a turn of the spoke's; one outcome for each that was tried."""
        applied = Applied()
        try:
            with contained(self.spoke):
                images = self._images(steps)
        except ConnectorError as error:
            applied.error = error
            return applied
        named = self._intend(steps, turn, images)
        if named is None:
            applied.overtaken = True
            return applied
        by_token = {step.operation.token: (number, step) for number, step in named}
        batch: list[tuple[int, Step, Ack]] = []
        self.tell(Happening(What.SENDING, self.spoke, count=len(steps)))
        try:
            with contained(self.spoke):
                for outcome in self.connector.push(self.collection, [step.operation for _, step in named]):
                    number, step = by_token[outcome.operation.token]
                    if isinstance(outcome, Ack):
                        batch.append((number, step, outcome))
                        self.tell(Happening(What.SENT, self.spoke, step=step, count=1))
                        if len(batch) >= BATCH:
                            self._commit(batch, applied)
                    else:
                        self._failed(number, step, outcome.error, applied)
        except ConnectorError as error:
            applied.error = error
        finally:
            self._commit(batch, applied)
        self.tell(Happening(What.SENT_ALL, self.spoke, count=applied.acknowledged, text=applied.summary))
        return applied

    def _images(self, steps: Sequence[Step]) -> dict[str, Image]:
        """What stands where something is about to be changed or removed."""
        refs = [step.operation.ref for step in steps if not isinstance(step.operation, Create)]
        return {image.ref: image for image in self.connector.images(self.collection, refs)} if refs else {}

    def _intend(
        self, steps: Sequence[Step], turn: int, images: dict[str, Image]
    ) -> list[tuple[int, Step]] | None:
        """Commit the intents; None where the decision was overtaken."""
        with self.ledger.write() as connection:
            if bindings.binding(connection, self.household, self.spoke).turn != turn:
                return None
            bindings.advance(connection, self.household, self.spoke)
            return intents.intend(
                connection,
                self.household,
                self.spoke,
                self.run,
                steps,
                self.clock(),
                holder=self.holder.name,
                images=images,
            )

    def _commit(self, batch: list[tuple[int, Step, Ack]], applied: Applied) -> None:
        if not batch:
            return
        at = self.clock()
        with self.ledger.write() as connection:
            deleted = [step for _, step, _ in batch if isinstance(step.operation, Delete)]
            ended = [(step.identity, step.why) for step in deleted if not step.second]
            projections.end(connection, self.household, self.spoke, ended, at)
            taken_back = [_nothing(step) for step in deleted if step.undoes]
            projections.keep(connection, self.household, self.spoke, taken_back)
            echoes = [
                settle_echo(step, ack.ref, ack.revision, ack.item, ack.exact)
                for _, step, ack in batch
                if not isinstance(step.operation, Delete)
            ]
            projections.keep(connection, self.household, self.spoke, echoes)
            acks = [(number, ack.ref, ack.revision) for number, _, ack in batch]
            intents.acknowledge(connection, acks, at)
            bindings.advance(connection, self.household, self.spoke)
        for _, step, _ in batch:
            if isinstance(step.operation, Create):
                applied.created += 1
            elif isinstance(step.operation, Delete):
                applied.deleted += 1
            else:
                applied.changed += 1
        batch.clear()

    def _failed(self, number: int, step: Step, error: ConnectorError, applied: Applied) -> None:
        if isinstance(error, Conflict):
            if not step.second:  # the next look shows it again
                applied.conflicts.append(step.identity)
            with self.ledger.write() as connection:
                intents.settle(connection, [number], Outcome.CONFLICT, self.clock())
                if isinstance(error, IdSpent):
                    self._spend(connection, step)
                bindings.advance(connection, self.household, self.spoke)
        elif isinstance(error, Refused):
            applied.refused += 1
            with self.ledger.write() as connection:
                self._remember_refusal(connection, step)
                intents.settle(connection, [number], Outcome.REFUSED, self.clock())
                bindings.advance(connection, self.household, self.spoke)
            self.tell(Happening(What.REFUSED, self.spoke, step=step, text=error.condition, cure=error.cure))
        else:
            # It may have taken effect: the intent stays open and the next pass looks.
            applied.unsure += 1
            applied.error = error

    def _spend(self, connection: Connection, step: Step) -> None:
        """Note that an id is used up, so that the next round takes a further generation."""
        assert isinstance(step.operation, Create)
        item = step.operation.item
        empty = Projection(step.identity, item.uid, "", None, item.kind, None, None)
        projections.keep(connection, self.household, self.spoke, [empty])
        ended = [(step.identity, "its id was in use before")]
        projections.end(connection, self.household, self.spoke, ended, self.clock())

    def _remember_refusal(self, connection: Connection, step: Step) -> None:
        """So that the same thing is not sent again and again: only something else is tried anew."""
        if isinstance(step.operation, Delete) or step.ours is None:
            return
        if isinstance(step.operation, Create):
            item = step.operation.item
            empty = Projection(step.identity, item.uid, "", None, item.kind, None, None, step.ours)
            projections.keep(connection, self.household, self.spoke, [empty])
            return
        projections.refuse(connection, self.household, self.spoke, step.identity, step.ours)


def _nothing(step: Step) -> Projection:
    """That nothing stands for an occurrence because a person took its creation back."""
    kind = step.known.kind if step.known is not None else Kind.TODO
    return Projection(step.identity, step.operation.uid, "", None, kind, None, None, undone=step.undoes)


def as_it_stands(step: Step, unread: dict[str, str | None]) -> Step:
    """A delete of what can't be read, at the revision at which it stands there."""
    operation = step.operation
    if isinstance(operation, Delete) and operation.ref in unread:
        return replace(step, operation=replace(operation, revision=unread[operation.ref]))
    return step
