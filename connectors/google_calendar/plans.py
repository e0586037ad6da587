"""What is sent for an operation, from what is known of its place. Pure; each raises a ConnectorError where
nothing can be sent.

Nobody is ever written to by mail: every write says `sendUpdates=none`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.google.service import Call
from connectors.google_calendar import codec, ids, images
from connectors.google_calendar.held import Held, etag_of, is_series
from syncer.connector import Conflict, Create, Delete, Operation, Refused, Restore, Update
from syncer.core.model import Day
from syncer.core.ticks import begins_ticked

NOBODY = "none"


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation and its calls: the event's own first, then those of instances that differ.

    `ref` is where the event will stand, `spare` the number of the spare id that a restored one takes. `known`
    is what stood there; `after` are calls that must wait for the first to have gone through.
    """

    operation: Operation
    ref: str
    calls: tuple[Call, ...]
    known: Held | None = None
    spare: int = 0
    after: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of an operation's place: what stands there, and our events of that UID elsewhere.

    Unless it was `read` just now, that nothing is known does not mean that nothing stands there.
    """

    held: Held | None = None
    elsewhere: tuple[Held, ...] = ()
    read: bool = False


def needs_reading(operation: Operation, known: Held | None) -> bool:
    """Whether what stands there has to be read first; `known` was seen at the operation's revision.

    Without a revision the UID is the condition. A series' ETag says nothing of its instances, one of which
    may have been ticked meanwhile, and an all-day event of several days keeps its length.
    """
    match operation:
        case Create():
            return False
        case Restore(revision=revision):
            return revision is None or is_series(revision)
        case Delete(revision=revision):
            return revision is None or is_series(revision) or (known is not None and known.recurring)
        case Update(revision=revision):
            if revision is None or is_series(revision) or "rule" in operation.fields:
                return True
            days = "when" in operation.fields and isinstance(operation.item.when, Day)
            return known is None and (days or not operation.fields & codec.PATCHED)


def create(calendar: str, operation: Create) -> Plan:
    """Insert it under its own id; where that is taken, Google does not take the new body."""
    try:
        body = codec.encode(operation.item)
    except (ValueError, ArithmeticError) as error:
        raise _unwritable(operation, error) from None
    return Plan(operation, str(body["id"]), (_insert(calendar, body, operation.uid),))


def update(calendar: str, operation: Update, known: Held | None) -> Plan:
    """Patch the named fields; an instance that was ticked is unticked where the title says so."""
    try:
        body = codec.patch(operation.item, operation.fields, known)
    except (ValueError, ArithmeticError) as error:
        raise _unwritable(operation, error) from None
    if not body:
        return Plan(operation, operation.ref, (), known)
    etag = _etag(operation, known)
    calls = [_patch(calendar, operation.ref, body, etag, operation.uid)]
    unticks = "title" in operation.fields and "rule" not in operation.fields
    if known is not None and unticks and not begins_ticked(operation.item.title):
        calls += [
            _patch(
                calendar, str(one["id"]), {"summary": body["summary"]}, str(one.get("etag")), operation.uid
            )
            for one in known.ticked
        ]
    return Plan(operation, operation.ref, tuple(calls), known)


def delete(calendar: str, operation: Delete, known: Held | None) -> Plan:
    """Delete it with all its instances."""
    call = Call(
        lambda api: api.events().delete(calendarId=calendar, eventId=operation.ref, sendUpdates=NOBODY),
        operation.uid,
        _condition(_etag(operation, known)),
    )
    return Plan(operation, operation.ref, (call,), known)


def restore(calendar: str, operation: Restore, known: Held | None, spare: int = 0) -> Plan:
    """Write the whole event over what stands there, or, with a `spare`, insert it under a free id."""
    _, event, overrides = images.read(operation.raw)
    if not spare:
        body, ref = event, operation.ref
        call = Call(
            lambda api: api.events().update(
                calendarId=calendar, eventId=ref, body=body, sendUpdates=NOBODY, **images.knows(event)
            ),
            operation.uid,
            _condition(_etag(operation, known)),
        )
    else:
        ref = ids.event_id(operation.uid, spare)
        call = _insert(calendar, {**event, "id": ref}, operation.uid)
    after = [
        _instance(calendar, f"{ref}_{stamp}", body, operation.uid)
        for stamp, body in sorted(overrides.items())
    ]
    return Plan(operation, ref, (call,), known, spare, tuple(after))


def first_spare(operation: Restore) -> int:
    """The spare id to begin with: the one that follows on the id that was deleted."""
    return ids.next_spare(images.read(operation.raw)[0], operation.uid)


def still_there(operation: Update | Delete | Restore, held: Held | None, uid: str) -> Held:
    """What stands there, if it is the item and at the revision that we know. `uid` is what it says it is."""
    if held is None:
        raise Conflict("the item is no longer there", subject=operation.uid)
    if uid != operation.uid:
        raise Conflict("something else stands there", subject=operation.uid)
    if operation.revision is not None and held.revision != operation.revision:
        raise Conflict("the item is not as we knew it", subject=operation.uid)
    return held


def _etag(operation: Update | Delete | Restore, known: Held | None) -> str | None:
    revision = known.revision if known is not None else operation.revision
    return etag_of(revision) if revision is not None else None


def _condition(etag: str | None) -> dict[str, str]:
    """The condition that it is still what we saw ("Conditional modification")."""
    return {"If-Match": etag} if etag is not None else {}


def _insert(calendar: str, body: Mapping[str, Any], uid: str) -> Call:
    return Call(
        lambda api: api.events().insert(
            calendarId=calendar, body=dict(body), sendUpdates=NOBODY, **images.knows(body)
        ),
        uid,
    )


def _patch(calendar: str, ref: str, body: Mapping[str, Any], etag: str | None, uid: str) -> Call:
    return Call(
        lambda api: api.events().patch(calendarId=calendar, eventId=ref, body=dict(body), sendUpdates=NOBODY),
        uid,
        _condition(etag),
    )


def _instance(calendar: str, ref: str, body: Mapping[str, Any], uid: str) -> Call:
    """An instance put back as it was: deleted, or different from its series."""
    if body.get("status") == "cancelled":
        return Call(
            lambda api: api.events().delete(calendarId=calendar, eventId=ref, sendUpdates=NOBODY), uid
        )
    return Call(
        lambda api: api.events().update(
            calendarId=calendar, eventId=ref, body=dict(body), sendUpdates=NOBODY, **images.knows(body)
        ),
        uid,
    )


def _unwritable(operation: Create | Update, error: Exception) -> Refused:
    reason = str(error) if isinstance(error, ValueError) else "its time is out of reach"
    return Refused(f"the item can't be written: {reason}", subject=operation.uid)
