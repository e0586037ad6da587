"""Writing: operations fifty at a time, in as few requests as they need.

Fifty plain operations are one batch. What must be known first, or is not clear afterwards, `placing` finds
out. Nothing is decided here: what is sent is `plans`', what became of it `outcomes`'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from connectors.google.limits import BATCH
from connectors.google.service import FOR_ALL, Reply, Service
from connectors.google_calendar import plans
from connectors.google_calendar.held import Held
from connectors.google_calendar.keeping import Keeping
from connectors.google_calendar.listing import Lister
from connectors.google_calendar.outcomes import Ask, Judge, Look
from connectors.google_calendar.placing import Places
from connectors.google_calendar.plans import Place, Plan
from connectors.google_calendar.reading import Reader
from syncer.connector import (
    Ack,
    Collection,
    CollectionGone,
    ConnectorError,
    Context,
    Create,
    Delete,
    Failure,
    Operation,
    Outcome,
    Restore,
    Retry,
)

HALTING = (*FOR_ALL, CollectionGone)
"""Failures after which the other operations of a push need not be tried."""


class Writer:
    """Applies the operations of one push."""

    def __init__(
        self, service: Service, lister: Lister, reader: Reader, context: Context, keeping: Keeping
    ) -> None:
        self._service, self._lister = service, lister
        self._context, self._keeping = context, keeping
        self._judge = Judge(context.claims, context.zone)
        self._places = Places(lister, reader, keeping, self._judge.uid)
        self._halt: ConnectorError | None = None

    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        """Yield one outcome for each operation that was tried, fifty at a time."""
        self._keeping.confirmed = None
        source = iter(operations)
        while not self._context.stopping() and (chunk := list(islice(source, BATCH))):
            if self._context.stopping():
                return
            for outcome in self._chunk(collection, chunk):
                if isinstance(outcome, Failure) and isinstance(outcome.error, HALTING):
                    self._halt = self._halt or outcome.error
                yield outcome

    def _chunk(self, collection: Collection, chunk: Sequence[Operation]) -> Iterator[Outcome]:
        """The outcomes of one batch of operations."""
        if self._halt is not None:
            yield from (Failure(operation, self._halt) for operation in chunk)
            return
        ready: list[Plan] = []
        for operation, place in self._places.before(collection, chunk):
            step = self._planned(collection, operation, place)
            if isinstance(step, Plan):
                ready.append(step)
            else:
                yield step
        while ready and not self._context.stopping():
            looks: list[Look] = []
            for sent in self._sent(collection, ready):
                if isinstance(sent, Look):
                    looks.append(sent)
                else:
                    yield sent
            ready = []
            for again in self._looked(collection, looks):
                if isinstance(again, Plan):
                    ready.append(again)
                else:
                    yield again

    # --- before ---

    def _planned(
        self, collection: Collection, operation: Operation, place: Place | ConnectorError
    ) -> Plan | Outcome:
        try:
            if isinstance(place, ConnectorError):
                raise place
            return self._plan(collection, operation, place)
        except ConnectorError as error:
            return Failure(operation, error)

    def _plan(self, collection: Collection, operation: Operation, place: Place) -> Plan | Outcome:
        held, calendar = place.held, collection.ref
        if isinstance(operation, Create):
            return plans.create(calendar, operation)
        if isinstance(operation, Restore) and operation.revision is None:
            return self._put_back(collection, operation, place)
        if isinstance(operation, Delete) and place.read and held is None:
            return Ack(operation, operation.ref, None, None)
        if place.read or held is not None:
            plans.still_there(operation, held, self._judge.uid(held) if held is not None else "")
        if isinstance(operation, Delete):
            return plans.delete(calendar, operation, held)
        if isinstance(operation, Restore):
            return plans.restore(calendar, operation, held)
        plan = plans.update(calendar, operation, held)
        if not plan.calls and held is not None:
            return self._judge.standing(plan, held)
        return plan

    def _put_back(self, collection: Collection, operation: Restore, place: Place) -> Plan | Outcome:
        """A deletion is undone where nothing stands; what an earlier attempt put back is as good."""
        plan = plans.restore(collection.ref, operation, None, plans.first_spare(operation))
        for held in [*([place.held] if place.held is not None else []), *place.elsewhere]:
            return self._judge.taken(plan, held)
        return plan

    # --- sending ---

    def _sent(self, collection: Collection, ready: Sequence[Plan]) -> Iterator[Outcome | Look]:
        """Send plans in one batch; what has to follow on them goes in a second."""
        told = iter(self._service.batch([call for plan in ready for call in plan.calls]))
        replies = [[next(told) for _ in plan.calls] for plan in ready]
        steps = [self._judge.replies(*pair) for pair in zip(ready, replies, strict=True)]
        steps = self._followed(steps)
        gone = self._calendar_gone(collection, [one for some in replies for one in some])
        for plan, step, (first, *_) in zip(ready, steps, replies, strict=True):
            if gone is not None and not isinstance(step, Look):
                yield Failure(plan.operation, gone)
                continue
            if isinstance(step, Ack) and isinstance(first, Reply):
                self._note(collection, plan, first)
            yield step

    def _followed(self, steps: Sequence[Outcome | Look]) -> list[Outcome | Look]:
        """Put the instances of restored series back, which must wait until the series is there."""
        waiting = [step.plan for step in steps if isinstance(step, Look) and step.ask is Ask.ECHO]
        told = iter(self._service.batch([call for plan in waiting for call in plan.after]))
        failed = {
            id(plan)
            for plan in waiting
            if not all(isinstance(one, Reply) and one.good for one in [next(told) for _ in plan.after])
        }

        def after(step: Outcome | Look) -> Outcome | Look:
            if not isinstance(step, Look) or id(step.plan) not in failed:
                return step
            operation = step.plan.operation
            return Failure(operation, Retry("an instance of the item is not back yet", subject=operation.uid))

        return [after(step) for step in steps]

    def _calendar_gone(
        self, collection: Collection, replies: Sequence[Reply | ConnectorError]
    ) -> ConnectorError | None:
        """Whether it is the calendar that was not found."""
        if not any(isinstance(reply, Reply) and reply.status == 404 for reply in replies):
            return None
        try:
            self._lister.check_alive(collection)
        except ConnectorError as error:
            return error
        return None

    def _note(self, collection: Collection, plan: Plan, reply: Reply) -> None:
        """Keep the echo: the next write or image of it asks no more."""
        if isinstance(plan.operation, Delete):
            self._keeping.drop(collection.ref, plan.ref)
        elif isinstance(reply.data, Mapping):
            self._keeping.keep(collection.ref, Held(reply.data))

    # --- after ---

    def _looked(self, collection: Collection, looks: Sequence[Look]) -> Iterator[Outcome | Plan]:
        """What became of the writes that are not clear."""
        for look, place in self._places.after(collection, looks):
            operation = look.plan.operation
            if isinstance(place, HALTING):
                yield Failure(operation, place)
            elif isinstance(place, ConnectorError):
                after = place.after if isinstance(place, Retry) else None
                lost = Retry("sent, but what became of it is not known", subject=operation.uid, after=after)
                yield Failure(operation, lost)
            else:
                step = self._judge.look(look, place)
                if isinstance(step, Plan):
                    assert isinstance(operation, Restore)
                    step = plans.restore(collection.ref, operation, None, step.spare + 1)
                yield step
