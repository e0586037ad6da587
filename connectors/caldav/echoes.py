"""What became of a write, judged by what stands there afterwards. Pure.

A write counts only once it has been read back: then we know what the server made of it, and where an answer
was lost on the way, whether the write went through.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import Enum, auto

from connectors.caldav import codec, images
from connectors.caldav.fetching import Found
from syncer.connector import (
    Ack,
    Conflict,
    ConnectorError,
    Create,
    Delete,
    Failure,
    Outcome,
    Refused,
    Restore,
    Retry,
    Update,
)
from syncer.core.model import Item, Slot


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


def outcome(step: Written, echo: Found | None, unread: ConnectorError | None, zone: dt.tzinfo) -> Outcome:
    """The acknowledgement of a write, from what stands there now; `unread` is why nothing could be read."""
    operation = step.operation
    lost = Retry(
        "written, but it could not be read back",
        subject=operation.uid,
        after=unread.after if isinstance(unread, Retry) else None,
    )
    whole = not isinstance(operation, Update)
    # A create or restore would meet what can't be read again and again; an update says it next time.
    unreadable = occupied("an unreadable item stands there", operation) if whole else lost
    if whole and echo is not None and echo.status == 413:
        return Failure(operation, unreadable)
    if echo is None or echo.status != 200:
        return Failure(operation, lost)
    try:
        item = codec.decode(echo.text, zone)
    except codec.Unreadable:
        return Failure(operation, unreadable)
    if whole and item.uid != operation.uid:
        return Failure(operation, occupied("somebody else's item stands at that address", operation))
    if item.uid != operation.uid or (step.check is Check.AS_WANTED and not _holds(item, echo, operation)):
        return Failure(operation, Conflict("something else stands there", subject=operation.uid))
    exact = step.check is Check.NOTHING and step.etag is not None and step.etag == echo.revision
    return Ack(operation, step.ref, echo.revision, item, exact)


def occupied(condition: str, operation: Create | Update | Restore | Delete) -> Refused:
    """What stands at an address is none of ours to replace."""
    return Refused(condition, subject=operation.uid, cure="Delete it in the app")


def _holds(item: Item, echo: Found, operation: Create | Update | Restore) -> bool:
    """Whether what stands there is what the operation wanted."""
    match operation:
        case Restore():
            return images.same(echo.text, operation.raw)
        case Update():
            fields = operation.fields - codec.NOT_PATCHED
            return all(
                _plain(getattr(item, name)) == _plain(getattr(operation.item, name)) for name in fields
            )
        case _:
            return True


def _plain(value: object) -> object:
    """A value in which times are instants: Python compares those of one zone by what the clock shows."""
    return replace(value, start=value.start.astimezone(dt.UTC)) if isinstance(value, Slot) else value
