"""What is wrong with a value that a connector hands out; None where nothing is. Pure.

The shapes are those of `syncer.connector` and `syncer.core.model`. An item that is wrong is set aside as one
that can't be read, and the rest goes on; an address that is wrong leaves nothing to go on with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Set
from typing import Any, TypeVar

from syncer.connector import Ack, Broken, Capability, Collection, Gone, Image, Listing, Scope, Seen
from syncer.core.model import Alarm, Day, Item, Kind, Slot, Status
from syncer.fence.errors import Wrong, line

LARGEST_ITEM = 1_048_576
"""Characters of all texts of one item together."""
LARGEST_IMAGE = 4 * LARGEST_ITEM
LONGEST_NAME = 8_192
"""Characters of an address, a revision or a name."""
LONGEST_CURSOR = LARGEST_ITEM

T = TypeVar("T")


def listing(answer: object) -> Listing:
    """The listing, its wrong items set aside. Raises Wrong."""
    told = only(answer, Listing)
    sound = [_shown(seen) for seen in all_of(told.seen, Seen)]
    broken = [_broken(item) for item in all_of(told.broken, Broken)]
    if told.cursor is not None:
        _text(told.cursor, "a cursor", LONGEST_CURSOR)
    return Listing(
        only(told.scope, Scope),
        tuple(seen for seen in sound if isinstance(seen, Seen)),
        _addresses(told.same),
        _addresses(told.gone),
        (*broken, *(item for item in sound if isinstance(item, Broken))),
        told.cursor,
    )


def answers(found: object, asked: Set[str]) -> list[Seen | Gone | Broken]:
    """The answers about single addresses. Raises Wrong; nobody may say Gone of what was not asked."""
    told: list[Seen | Gone | Broken] = []
    for answer in all_of(found, object):
        if isinstance(answer, Seen):
            told.append(_shown(answer))
        elif isinstance(answer, Broken):
            told.append(_broken(answer))
        elif only(answer, Gone).ref in asked:
            told.append(only(answer, Gone))
        else:
            raise Wrong("it says Gone of an address that it was not asked about")
    return told


def finds(found: object, uids: Set[str]) -> list[Seen]:
    """Items found by their UIDs; wrong ones and others are left out. Raises Wrong."""
    sound = (_shown(seen) for seen in all_of(found, Seen))
    return [seen for seen in sound if isinstance(seen, Seen) and seen.item.uid in uids]


def address(found: object) -> str | None:
    """Where an item is created, if that is known. Raises Wrong."""
    if found is not None:
        _name(found, "an address")
    return found  # type: ignore[return-value]  # None, or a text as was just seen


def moment(found: object) -> dt.datetime | None:
    """A clock's time in UTC, if it is one."""
    return found.astimezone(dt.UTC) if isinstance(found, dt.datetime) and _aware(found) else None


def images(found: object) -> list[Image]:
    """The images. Raises Wrong."""
    for image in (taken := all_of(found, Image)):
        _name(image.ref, "an address")
        _revision(image.revision)
        _text(image.raw, "an image", LARGEST_IMAGE)
    return taken


def collection(found: object) -> Collection:
    """The collection. Raises Wrong."""
    told = only(found, Collection)
    _name(told.ref, "a collection's address")
    _text(told.name, "a collection's name", LONGEST_NAME)
    all_of(told.kinds, Kind)
    if told.identity is not None:
        _text(told.identity, "a collection's identity", LONGEST_NAME)
    return told


def capabilities(found: object) -> frozenset[Capability]:
    """What a connector declares. Raises Wrong."""
    return frozenset(all_of(found, Capability))


def flaw_of_echo(ack: Ack, uid: str) -> str | None:
    """What is wrong with the acknowledgement of a write of the item `uid`."""
    try:
        _name(ack.ref, "an address")
        _revision(ack.revision)
    except Wrong as flaw:
        return str(flaw)
    flawed = flaw_of(ack.item)
    if flawed is None and only(ack.item, Item).uid != uid:
        return "it acknowledges another item than was written"
    return flawed


def flaw_of(item: object) -> str | None:
    """What is wrong with an item."""
    if not isinstance(item, Item):
        return f"{type(item).__name__} is no Item"
    given: Any = item  # whatever its fields are said to be
    texts = (given.uid, given.title, given.notes, given.rule)
    if not all(isinstance(text, str) for text in texts):
        return "its uid, title, notes and rule are texts"
    if sum(map(len, texts)) > LARGEST_ITEM:
        return f"it is longer than {LARGEST_ITEM} characters"
    if not all(_storable(text) for text in texts):
        return "its texts hold half a character (a lone surrogate)"
    if not isinstance(given.kind, Kind) or not isinstance(given.status, Status):
        return "its kind is a Kind, its status a Status"
    if given.percent is not None and not _whole(given.percent):
        return "its percent is a whole number, or None"
    if given.completed is not None and not _aware(given.completed):
        return "its completed is a datetime with a zone, or None"
    if not isinstance(given.alarms, tuple) or not all(
        isinstance(alarm, Alarm) and isinstance(alarm.offset, dt.timedelta) for alarm in given.alarms
    ):
        return "its alarms are a tuple of Alarm"
    return _flaw_of_when(given.when)


def _flaw_of_when(when: object) -> str | None:
    if when is None:
        return None
    if isinstance(when, Day):
        return None if _is_day(when.date) else "the date of its day is a date without a time"
    if isinstance(when, Slot):
        fits = _aware(when.start) and _whole(when.minutes) and when.minutes >= 0
        return None if fits else "its start is a datetime with a zone, its minutes are a whole number"
    return "its when is a Day, a Slot or None"


def only(value: object, kind: type[T]) -> T:
    """The value, of this kind. Raises Wrong."""
    if not isinstance(value, kind):
        raise Wrong(f"it is {type(value).__name__}, not {kind.__name__}")
    return value


def all_of(found: object, kind: type[T]) -> list[T]:
    """Several values, each of this kind. Raises Wrong, also where they can't be gone through."""
    if not isinstance(found, Iterable) or isinstance(found, str | bytes):
        raise Wrong(f"it is {type(found).__name__}, where there may be several {kind.__name__}")
    return [only(value, kind) for value in found]


def _shown(seen: Seen) -> Seen | Broken:
    _name(seen.ref, "an address")
    _revision(seen.revision)
    flaw = flaw_of(seen.item)
    return seen if flaw is None else Broken(seen.ref, seen.revision, flaw)


def _broken(item: Broken) -> Broken:
    _name(item.ref, "an address")
    _revision(item.revision)
    return Broken(item.ref, item.revision, line(item.reason) or "it can't be read")


def _addresses(found: object) -> frozenset[str]:
    refs = all_of(found, str)
    for ref in refs:
        _name(ref, "an address")
    return frozenset(refs)


def _revision(value: object) -> None:
    if value is not None:
        _text(value, "a revision", LONGEST_NAME)


def _name(value: object, what: str) -> None:
    _text(value, what, LONGEST_NAME)
    if not value:
        raise Wrong(f"{what} is empty")


def _text(value: object, what: str, longest: int) -> None:
    if not isinstance(value, str):
        raise Wrong(f"{what} is a text, not {type(value).__name__}")
    if len(value) > longest or not _storable(value):
        raise Wrong(f"{what} is longer than {longest} characters, or holds half a character")


def _storable(text: str) -> bool:
    """Whether a database takes it: a lone surrogate can't be written as UTF-8."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31


def _is_day(value: object) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _aware(value: object) -> bool:
    return isinstance(value, dt.datetime) and value.utcoffset() is not None
