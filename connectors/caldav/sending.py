"""Sending one operation: a PUT or DELETE on its condition, and what its answer means.

Requests go through `transport`. Nothing is read here but where the server says that an item stands at another
address; what stands at the address itself is passed in. Each raises a ConnectorError where it did not go.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from connectors.caldav import codec, errors, images
from connectors.caldav.conditions import FREE, Keeping, still_there, unchanged
from connectors.caldav.echoes import Check, Written, occupied
from connectors.caldav.fetching import NOT_HERE, Fetcher, Found
from connectors.caldav.transport import Answer, Transport
from syncer.connector import (
    Ack,
    Collection,
    Conflict,
    ConnectorError,
    Context,
    Create,
    Delete,
    Refused,
    Restore,
    Update,
)
from syncer.core.model import Kind

CALENDAR = {"Content-Type": "text/calendar; charset=utf-8"}
CONDITION_FAILED = frozenset({403, 404, 409, 410, 412})
UID_TAKEN = frozenset({"no-uid-conflict", "unique-scheduling-object-resource"})


def address_of(collection: Collection, uid: str) -> str:
    """Where an item with this UID is created."""
    return f"{collection.ref.rstrip('/')}/{uid}.ics"


class Sender:
    """Sends operations on the items of one account."""

    def __init__(self, transport: Transport, fetcher: Fetcher, context: Context, keeping: Keeping) -> None:
        self._transport = transport
        self._fetcher = fetcher
        self._context = context
        self._keeping = keeping

    def create(
        self, collection: Collection, operation: Create, found: Found | None, now: dt.datetime
    ) -> Written:
        """PUT where nothing may stand yet. What stands there already is read, and adopted if it is ours."""
        ref = address_of(collection, operation.uid)
        if found is not None and found.status in (200, 413):
            return Written(operation, ref, None, Check.OURS)
        try:
            body = codec.encode(operation.item, now)
        except Exception as error:  # whatever the library trips over, this item alone can't be written
            raise _unwritable(operation, error) from None
        answer = self._put(ref, body, FREE)
        if answer.status // 100 == 2:
            return Written(
                operation, ref, self._keeping.ask(self._put, ref, body, answer.etag), Check.NOTHING
            )
        if errors.local_names(answer.preconditions) & UID_TAKEN:
            return Written(operation, self._elsewhere(collection, operation.uid), None, Check.OURS)
        if answer.status == 412 and not answer.preconditions:
            self._keeping.refused()
            return Written(operation, ref, None, Check.OURS)
        raise self._refusal(collection, answer, operation.uid)

    def update(self, collection: Collection, operation: Update, found: Found, now: dt.datetime) -> Written:
        """PUT the stored text with the named fields changed, on the condition that it is still that text."""
        still_there(operation, found)
        try:
            body = codec.patch(found.text, operation.item, operation.fields, now, self._context.zone)
        except codec.Unreadable as error:
            raise Refused(f"the item can't be changed: {error}", subject=operation.uid) from None
        except Exception as error:  # as above
            raise _unwritable(operation, error) from None
        answer = self._put(operation.ref, body, unchanged(found.revision))
        return self._overwritten(collection, operation, answer)

    def restore(self, collection: Collection, operation: Restore, found: Found) -> Written:
        """PUT what stood there before, where nothing stands or where our own write still does.

        What stands there already, because an earlier attempt went through unheard, is as good.
        """
        if found.status == 200 and images.same(found.text, operation.raw):
            return Written(operation, operation.ref, None, Check.AS_WANTED)
        if operation.revision is not None:
            still_there(operation, found)
            body = images.restored(operation.raw, found.text)
            return self._overwritten(
                collection, operation, self._put(operation.ref, body, unchanged(found.revision))
            )
        if found.status == 200:
            raise Conflict("something stands there again", subject=operation.uid)
        if found.status not in NOT_HERE:
            raise occupied("an unreadable item stands there", operation)
        # Somebody may have brought it back under another name; not every server forbids a UID twice.
        for href in self._fetcher.whereabouts(collection, [operation.uid]):
            return Written(operation, href, None, Check.AS_WANTED)
        answer = self._put(operation.ref, images.restored(operation.raw, None), FREE)
        if errors.local_names(answer.preconditions) & UID_TAKEN:
            return Written(operation, self._elsewhere(collection, operation.uid), None, Check.AS_WANTED)
        return self._overwritten(collection, operation, answer)

    def delete(self, operation: Delete, found: Found | None) -> Ack:
        """DELETE what is still as we knew it; not there is as good."""
        done = Ack(operation, operation.ref, None, None)
        if found is not None:
            if found.status in NOT_HERE:
                return done
            still_there(operation, found)
        answer = self._transport.send(
            "DELETE", operation.ref, headers=unchanged(operation.revision), accept=NOT_HERE | {412}
        )
        if answer.status == 412:
            raise Conflict("the item is not as we knew it", subject=operation.uid)
        return done

    def _overwritten(self, collection: Collection, operation: Update | Restore, answer: Answer) -> Written:
        """What the answer to a PUT over something known means."""
        if answer.status // 100 == 2:
            return Written(operation, operation.ref, answer.etag, Check.NOTHING)
        if answer.status == 412 and not answer.preconditions and answer.attempts > 1:
            # An attempt that seemed to fail may have been the one that changed the ETag.
            return Written(operation, operation.ref, None, Check.AS_WANTED)
        raise self._refusal(collection, answer, operation.uid)

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

    def _elsewhere(self, collection: Collection, uid: str) -> str:
        """Where the server holds this UID: an app may have moved the item (RFC 4791 section 5.3.2.1)."""
        for href in self._fetcher.whereabouts(collection, [uid]):
            return href
        raise Conflict("the server holds this item where we can't find it", subject=uid)


def _unwritable(operation: Create | Update, error: Exception) -> Refused:
    """Why an item can't be put into iCalendar; the library's own words would quote it."""
    if operation.item.kind is Kind.EVENT and operation.item.when is None:
        reason = "an event needs a time"
    elif isinstance(error, codec.Unreadable):
        reason = str(error)
    elif isinstance(error, ValueError | ArithmeticError):
        reason = "its time is out of reach"
    else:
        reason = "its content is not valid"
    return Refused(f"the item can't be written: {reason}", subject=operation.uid)
