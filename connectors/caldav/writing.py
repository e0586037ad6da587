"""Writing: creates, updates and deletes side by side, each conditional, each read back.

Requests go through `transport`. Operations are taken a hundred at a time; while one hundred is read back
the next is being written. Nothing is decided here about what to write.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import islice

from connectors.caldav import codec, errors, quirks
from connectors.caldav.fetching import CHUNK, NOT_HERE, Fetcher, Found
from connectors.caldav.transport import Answer, Transport
from syncer.connector import (
    Ack,
    Collection,
    CollectionGone,
    Conflict,
    ConnectorError,
    Context,
    Create,
    CredentialsDead,
    Delete,
    Failure,
    Operation,
    Outcome,
    ProviderGone,
    Refused,
    Restore,
    Retry,
    Update,
)
from syncer.core.model import Item, Kind, Slot

CALENDAR = {"Content-Type": "text/calendar; charset=utf-8"}
CONDITION_FAILED = frozenset({403, 404, 409, 410, 412})
UID_TAKEN = frozenset({"no-uid-conflict", "unique-scheduling-object-resource"})
FOR_ALL = (CredentialsDead, CollectionGone, ProviderGone, errors.Unavailable)
"""Failures after which the other operations need not be tried."""


class Check(Enum):
    """What must hold of the item that is read back after a write."""

    NOTHING = auto()
    OURS = auto()
    AS_WANTED = auto()


@dataclass(frozen=True, slots=True)
class Written:
    """A write that went through, or seems to have: to be read back at `ref`."""

    operation: Create | Update | Restore
    ref: str
    etag: str | None
    check: Check


Step = Written | Ack | Failure | None


def address_of(collection: Collection, uid: str) -> str:
    """Where an item with this UID is created."""
    return f"{collection.ref.rstrip('/')}/{uid}.ics"


class Writer:
    """Applies the operations of one push."""

    def __init__(
        self, transport: Transport, fetcher: Fetcher, context: Context, pool: Callable[[], Executor]
    ) -> None:
        self._transport = transport
        self._fetcher = fetcher
        self._context = context
        self._pool = pool
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
        refs = [
            operation.ref
            for operation in chunk
            if not isinstance(operation, Create) and _needs_reading(operation)
        ]
        failure: ConnectorError | None = None
        current: Mapping[str, Found] = {}
        try:
            current = self._fetcher.texts(collection, refs)
        except ConnectorError as error:
            failure = error
        now = dt.datetime.now(dt.UTC)
        pool = self._pool()
        return [pool.submit(self._write, collection, operation, current, failure, now) for operation in chunk]

    def _write(
        self,
        collection: Collection,
        operation: Operation,
        current: Mapping[str, Found],
        failure: ConnectorError | None,
        now: dt.datetime,
    ) -> Step:
        """One operation, in a thread of the pool. None means that it was not begun."""
        if self._context.stopping():
            return None
        if self._halt is not None:
            return Failure(operation, self._halt)
        try:
            match operation:
                case Create():
                    return self._create(collection, operation, now)
                case Update():
                    if failure is not None:
                        raise failure
                    return self._update(collection, operation, current[operation.ref], now)
                case Delete():
                    if failure is not None and _needs_reading(operation):
                        raise failure
                    return self._delete(operation, current.get(operation.ref))
                case Restore():
                    return self._restore(collection, operation)
        except ConnectorError as error:
            if isinstance(error, FOR_ALL):
                self._halt = error
            return Failure(operation, error)

    def _create(self, collection: Collection, operation: Create, now: dt.datetime) -> Step:
        """PUT where nothing may stand yet. What stands there already is read, and adopted if it is ours."""
        ref = address_of(collection, operation.uid)
        try:
            body = codec.encode(operation.item, now)
        except (ValueError, ArithmeticError) as error:
            raise _unwritable(operation, error) from None
        answer = self._put(ref, body, {"If-None-Match": "*"})
        if answer.status // 100 == 2:
            return Written(operation, ref, answer.etag, Check.NOTHING)
        if errors.local_names(answer.preconditions) & UID_TAKEN:
            return Written(operation, self._find(collection, operation), None, Check.OURS)
        if answer.status == 412 and not answer.preconditions:
            return Written(operation, ref, None, Check.OURS)
        raise self._refusal(collection, answer, operation.uid)

    def _update(self, collection: Collection, operation: Update, found: Found, now: dt.datetime) -> Step:
        """PUT the stored text with the named fields changed, on the condition that it is still that text."""
        _still_there(operation, found)
        try:
            body = codec.patch(found.text, operation.item, operation.fields, now, self._context.zone)
        except codec.Unreadable as error:
            raise Refused(f"the item can't be changed: {error}", subject=operation.uid) from None
        except (ValueError, ArithmeticError) as error:
            raise _unwritable(operation, error) from None
        answer = self._put(operation.ref, body, _if_match(found.revision))
        if answer.status // 100 == 2:
            return Written(operation, operation.ref, answer.etag, Check.NOTHING)
        if answer.status == 412 and not answer.preconditions and answer.attempts > 1:
            # An attempt that seemed to fail may have been the one that changed the ETag.
            return Written(operation, operation.ref, None, Check.AS_WANTED)
        raise self._refusal(collection, answer, operation.uid)

    def _restore(self, collection: Collection, operation: Restore) -> Step:
        """PUT what stood there before, where nothing stands or if it is still our write."""
        condition = _if_match(operation.revision) if operation.revision else {"If-None-Match": "*"}
        answer = self._put(operation.ref, operation.raw.encode(), condition)
        if answer.status // 100 == 2:
            return Written(operation, operation.ref, answer.etag, Check.NOTHING)
        raise self._refusal(collection, answer, operation.uid)

    def _delete(self, operation: Delete, found: Found | None) -> Step:
        """DELETE what is still as we knew it; not there is as good."""
        done = Ack(operation, operation.ref, None, None)
        if found is not None:
            if found.status in NOT_HERE:
                return done
            _still_there(operation, found)
        answer = self._transport.send(
            "DELETE", operation.ref, headers=_if_match(operation.revision), accept=NOT_HERE | {412}
        )
        if answer.status == 412:
            raise Conflict("the item is not as we knew it", subject=operation.uid)
        return done

    def _put(self, ref: str, body: bytes, condition: Mapping[str, str]) -> Answer:
        return self._transport.send(
            "PUT", ref, body.decode(), {**CALENDAR, **condition}, accept=CONDITION_FAILED
        )

    def _refusal(self, collection: Collection, answer: Answer, uid: str) -> ConnectorError:
        """What a refused PUT means; one below a collection that is gone means that (RFC 4918 9.7.1: 409)."""
        if answer.status in (404, 409, 410) and not answer.preconditions:
            self._fetcher.check_alive(collection)
            return Conflict("the item is not as we knew it", subject=uid)
        return errors.from_status(answer.status, answer.preconditions, answer.after, subject=uid)

    def _find(self, collection: Collection, operation: Create) -> str:
        """Where the server holds this UID: an app may have moved the item (RFC 4791 section 5.3.2.1)."""
        for href in self._fetcher.whereabouts(collection, [operation.uid]):
            return href
        raise Conflict("the server holds this item where we can't find it", subject=operation.uid)

    def _finish(self, collection: Collection, under_way: list[Future[Step]]) -> Iterator[Outcome]:
        """Wait for one hundred writes, read them back in one request, and yield what became of each."""
        steps = [future.result() for future in under_way]
        written = [step for step in steps if isinstance(step, Written)]
        try:
            echoes = self._fetcher.texts(collection, [step.ref for step in written])
        except ConnectorError as error:
            echoes = {}
            unread: ConnectorError | None = error
        else:
            unread = None
        for step in steps:
            if isinstance(step, Written):
                yield self._outcome(step, echoes.get(step.ref), unread)
            elif step is not None:
                yield step

    def _outcome(self, step: Written, echo: Found | None, unread: ConnectorError | None) -> Outcome:
        """The acknowledgement of a write, from what stands there now."""
        operation = step.operation
        lost = Retry(
            "written, but it could not be read back",
            subject=operation.uid,
            after=unread.after if isinstance(unread, Retry) else None,
        )
        new = isinstance(operation, Create)
        if new and echo is not None and echo.status == 413:
            return Failure(operation, _occupied("an unreadable item stands there", operation))
        if echo is None or echo.status != 200:
            return Failure(operation, lost)
        try:
            item = codec.decode(echo.text, self._context.zone)
        except codec.Unreadable:  # a create would meet it again and again; an update says it next time
            return Failure(
                operation, _occupied("an unreadable item stands there", operation) if new else lost
            )
        if new and item.uid != operation.uid:
            return Failure(operation, _occupied("somebody else's item stands at that address", operation))
        wanted = item.uid == operation.uid and (
            step.check is not Check.AS_WANTED or not isinstance(operation, Update) or _holds(item, operation)
        )
        if not wanted:
            return Failure(operation, Conflict("something else stands there", subject=operation.uid))
        exact = step.check is Check.NOTHING and step.etag is not None and step.etag == echo.revision
        return Ack(operation, step.ref, echo.revision, item, exact)


def _unwritable(operation: Create | Update, error: Exception) -> Refused:
    """Why an item can't be put into iCalendar; the library's own words would quote it."""
    if operation.item.kind is Kind.EVENT and operation.item.when is None:
        reason = "an event needs a time"
    else:
        reason = str(error) if isinstance(error, codec.Unreadable) else "its time is out of reach"
    return Refused(f"the item can't be written: {reason}", subject=operation.uid)


def _occupied(condition: str, operation: Create | Update | Restore) -> Refused:
    """What stands at the address of a create is none of ours to replace."""
    return Refused(condition, subject=operation.uid, cure="Delete it in the app")


def _needs_reading(operation: Operation) -> bool:
    """Whether the stored text must be known: to change it, or because no condition can be sent."""
    match operation:
        case Update():
            return True
        case Delete(revision=revision):
            return revision is not None and not quirks.is_strong(revision)
        case _:
            return False


def _still_there(operation: Update | Delete, found: Found) -> None:
    """Raise Conflict unless the item is at the revision that we know."""
    if found.status in NOT_HERE:
        raise Conflict("the item is no longer there", subject=operation.uid)
    if found.status != 200:
        raise Refused("the server does not show the item", subject=operation.uid)
    if operation.revision is not None and found.revision != operation.revision:
        raise Conflict("the item is not as we knew it", subject=operation.uid)


def _if_match(revision: str | None) -> dict[str, str]:
    return {"If-Match": revision} if revision is not None and quirks.is_strong(revision) else {}


def _holds(item: Item, operation: Update) -> bool:
    """Whether the item has the values that the update wanted."""
    return all(
        _plain(getattr(item, name)) == _plain(getattr(operation.item, name))
        for name in operation.fields - codec.NOT_PATCHED
    )


def _plain(value: object) -> object:
    """A value in which times are instants: Python compares those of one zone by what the clock shows."""
    return replace(value, start=value.start.astimezone(dt.UTC)) if isinstance(value, Slot) else value
