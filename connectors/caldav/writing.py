"""Writing: operations side by side, a hundred at a time, each read back.

Requests go through `transport`. While one hundred is read back the next is being written. Nothing is decided
here about what to write; how each operation is sent is `sending`'s, what became of it `echoes`'.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from itertools import islice

from connectors.caldav import echoes, errors, quirks
from connectors.caldav.conditions import Keeping
from connectors.caldav.echoes import Written
from connectors.caldav.fetching import CHUNK, Fetcher, Found
from connectors.caldav.sending import Sender
from connectors.caldav.sending import address_of as address_of
from connectors.caldav.transport import Transport
from syncer.connector import (
    Ack,
    Collection,
    CollectionGone,
    ConnectorError,
    Context,
    Create,
    CredentialsDead,
    Delete,
    Failure,
    Operation,
    Outcome,
    ProviderGone,
    Restore,
    Update,
)

FOR_ALL = (CredentialsDead, CollectionGone, ProviderGone, errors.Unavailable)
"""Failures after which the other operations need not be tried."""

NOTHING = Found(404)
Step = Written | Ack | Failure | None


class Writer:
    """Applies the operations of one push.

    `read` holds what was read of their addresses a moment ago: a write that carries its ETag needs no reading
    again, for it goes through only if nothing changed since.
    """

    def __init__(
        self,
        transport: Transport,
        fetcher: Fetcher,
        context: Context,
        pool: Callable[[], Executor],
        keeping: Keeping,
        read: Mapping[str, Found],
    ) -> None:
        self._sender = Sender(transport, fetcher, context, keeping)
        self._fetcher = fetcher
        self._context = context
        self._pool = pool
        self._keeping = keeping
        self._read = {ref: found for ref, found in read.items() if quirks.is_strong(found.revision)}
        self._halt: ConnectorError | None = None

    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        """Yield one outcome for each operation that was tried, a hundred at a time."""
        source = iter(operations)
        under_way: deque[list[Future[Step]]] = deque()
        try:
            while not self._context.stopping() and (chunk := list(islice(source, CHUNK))):
                under_way.append(self._start(collection, chunk))
                if len(under_way) > 1:
                    yield from self._finish(collection, under_way[0])
                    under_way.popleft()
            while under_way:
                yield from self._finish(collection, under_way[0])
                under_way.popleft()
        finally:  # whoever stops listening early leaves no write running behind his back
            left = [future for futures in under_way for future in futures if not future.cancel()]
            wait(left)

    def _start(self, collection: Collection, chunk: Sequence[Operation]) -> list[Future[Step]]:
        """Read what has to be known first, in one request, and hand the writes to the pool."""
        places = [self._place(collection, operation) for operation in chunk]
        current = {
            operation.ref: self._read.pop(operation.ref)
            for operation in chunk
            if isinstance(operation, Update) and operation.ref in self._read
        }
        failure: ConnectorError | None = None
        try:
            unknown = [ref for ref in places if ref is not None and ref not in current]
            current |= self._fetcher.texts(collection, unknown)
        except ConnectorError as error:
            failure = error
        now = dt.datetime.now(dt.UTC)

        def step(operation: Operation, ref: str | None) -> Step:
            found = current.get(ref) if ref is not None else None
            blind = failure if ref is not None and found is None else None
            return self._step(collection, operation, found, blind, now)

        pool = self._pool()
        return [pool.submit(step, *pair) for pair in zip(chunk, places, strict=True)]

    def _place(self, collection: Collection, operation: Operation) -> str | None:
        """The address that has to be read before this operation, if any."""
        if not self._keeping.needs_reading(operation):
            return None
        return address_of(collection, operation.uid) if isinstance(operation, Create) else operation.ref

    def _step(
        self,
        collection: Collection,
        operation: Operation,
        found: Found | None,
        blind: ConnectorError | None,
        now: dt.datetime,
    ) -> Step:
        """One operation, in a thread of the pool; `blind` is why what stands there is not known.

        None means that it was not begun.
        """
        if self._context.stopping():
            return None
        if self._halt is not None:
            return Failure(operation, self._halt)
        try:
            if blind is not None:
                raise blind
            match operation:
                case Create():
                    return self._sender.create(collection, operation, found, now)
                case Update():
                    return self._sender.update(collection, operation, found or NOTHING, now)
                case Restore():
                    return self._sender.restore(collection, operation, found or NOTHING)
                case Delete():
                    return self._sender.delete(operation, found)
        except ConnectorError as error:
            if isinstance(error, FOR_ALL):
                self._halt = error
            return Failure(operation, error)

    def _finish(self, collection: Collection, under_way: list[Future[Step]]) -> Iterator[Outcome]:
        """Wait for one hundred writes, read them back in one request, and yield what became of each."""
        steps = [future.result() for future in under_way]
        unread: ConnectorError | None = None
        found: Mapping[str, Found] = {}
        try:
            found = self._fetcher.texts(collection, [step.ref for step in steps if isinstance(step, Written)])
        except ConnectorError as error:
            unread = error
        for step in steps:
            if isinstance(step, Written):
                yield echoes.outcome(step, found.get(step.ref), unread, self._context.zone)
            elif step is not None:
                yield step
