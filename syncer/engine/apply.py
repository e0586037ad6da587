"""Apply: commit intents, send, commit what was acknowledged. Nothing is sent without an intent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from syncer.connector import Ack, Collection, Conflict, Connector, ConnectorError, Create, Delete, Refused
from syncer.core.identity import Identity
from syncer.core.reconcile import Projection, Step, settle_echo
from syncer.core.spoke import Spoke
from syncer.engine.happenings import Happening, Tell, What
from syncer.engine.observe import contained
from syncer.ledger import intents, projections
from syncer.ledger.store import Ledger

BATCH = 50
"""How many acknowledgements are committed at once; after a crash the rest are settled by looking."""


@dataclass
class Applied:
    """What became of a list of steps. `unsure` may have taken effect and will be settled by looking."""

    created: int = 0
    changed: int = 0
    deleted: int = 0
    refused: int = 0
    conflicts: list[Identity] = field(default_factory=list)
    unsure: int = 0
    error: ConnectorError | None = None

    def add(self, more: Applied) -> None:
        """Take in what became of a further round."""
        self.created += more.created
        self.changed += more.changed
        self.deleted += more.deleted
        self.refused += more.refused
        self.unsure += more.unsure
        self.conflicts = more.conflicts
        self.error = more.error

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


def apply(
    ledger: Ledger,
    household: str,
    connector: Connector,
    spoke: Spoke,
    collection: Collection,
    steps: Sequence[Step],
    run: str,
    clock: Callable[[], dt.datetime],
    tell: Tell,
) -> Applied:
    """Send steps and keep the ledger in step with what the provider acknowledged."""
    with ledger.write() as connection:
        numbers = intents.intend(connection, household, spoke, run, steps, clock())
    # An operation is a value and may stand twice in no list: its UID tells the steps apart.
    by_uid = {step.operation.uid: (number, step) for number, step in zip(numbers, steps, strict=True)}
    applied = Applied()
    batch: list[tuple[int, Step, Ack]] = []
    tell(Happening(What.SENDING, spoke, count=len(steps)))
    try:
        with contained(spoke):
            for outcome in connector.push(collection, [step.operation for step in steps]):
                number, step = by_uid[outcome.operation.uid]
                if isinstance(outcome, Ack):
                    batch.append((number, step, outcome))
                    tell(Happening(What.SENT, spoke, step=step, count=1))
                    if len(batch) >= BATCH:
                        _commit(ledger, household, spoke, batch, applied, clock())
                else:
                    _failed(ledger, household, spoke, number, step, outcome.error, applied, clock(), tell)
    except ConnectorError as error:
        applied.error = error
    finally:
        _commit(ledger, household, spoke, batch, applied, clock())
    tell(Happening(What.SENT_ALL, spoke, count=applied.acknowledged, text=applied.summary))
    return applied


def _commit(
    ledger: Ledger,
    household: str,
    spoke: Spoke,
    batch: list[tuple[int, Step, Ack]],
    applied: Applied,
    at: dt.datetime,
) -> None:
    if not batch:
        return
    with ledger.write() as connection:
        deletes = [(step.identity, step.why) for _, step, _ in batch if isinstance(step.operation, Delete)]
        projections.end(connection, household, spoke, deletes, at)
        echoes = [
            settle_echo(step, ack.ref, ack.revision, ack.item, ack.exact)
            for _, step, ack in batch
            if not isinstance(step.operation, Delete)
        ]
        projections.keep(connection, household, spoke, echoes)
        intents.settle(connection, [number for number, _, _ in batch], "acknowledged", at)
    for _, step, _ in batch:
        if isinstance(step.operation, Create):
            applied.created += 1
        elif isinstance(step.operation, Delete):
            applied.deleted += 1
        else:
            applied.changed += 1
    batch.clear()


def _failed(
    ledger: Ledger,
    household: str,
    spoke: Spoke,
    number: int,
    step: Step,
    error: ConnectorError,
    applied: Applied,
    at: dt.datetime,
    tell: Tell,
) -> None:
    if isinstance(error, Conflict):
        applied.conflicts.append(step.identity)
        with ledger.write() as connection:
            intents.settle(connection, [number], "conflict", at)
    elif isinstance(error, Refused):
        applied.refused += 1
        with ledger.write() as connection:
            _remember_refusal(connection, household, spoke, step)
            intents.settle(connection, [number], "refused", at)
        tell(Happening(What.REFUSED, spoke, step=step, text=error.condition, cure=error.cure))
    else:
        # It may have taken effect: the intent stays open and the next pass looks.
        applied.unsure += 1
        applied.error = error


def _remember_refusal(connection: Connection, household: str, spoke: Spoke, step: Step) -> None:
    """So that the same thing is not sent again and again: only something else is tried anew."""
    if isinstance(step.operation, Delete) or step.ours is None:
        return
    if isinstance(step.operation, Create):
        item = step.operation.item
        empty = Projection(step.identity, item.uid, "", None, item.kind, None, None, step.ours)
        projections.keep(connection, household, spoke, [empty])
        return
    projections.refuse(connection, household, spoke, step.identity, step.ours)
