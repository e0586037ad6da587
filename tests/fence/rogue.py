"""A connector to a provider in memory that goes wrong in one way at a time, and the ways in which it does.

Lives here: `Rogue` and `ways`. Each way is a function that is given the method's own answer (not computed
yet) and does something else. What must not come of it is said in the tests.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NoReturn, cast

from syncer.connector import (
    Ack,
    ConnectorError,
    Context,
    Failure,
    Gone,
    Image,
    Listing,
    Retry,
    Seen,
    Settings,
)
from syncer.core.model import Day, Item, Slot
from syncer.testing.memory import MemoryConnector, Provider

Way = Callable[..., Any]
SECRET = "canary-of-the-rogue"
METHODS = ("collections", "create_collection", "pull", "read", "find", "images", "address_of", "push")


class Rogue(MemoryConnector):
    """Does as it should, but for the method named in `wrong`."""

    wrong: tuple[str, Way] | None = None
    at: Provider

    def __init__(self, settings: Settings, context: Context) -> None:
        context.secret()
        if self.wrong is not None and self.wrong[0] == "__init__":
            self.wrong[1]()
        super().__init__(settings, context, self.at)

    def __getattribute__(self, name: str) -> Any:
        wrong = type(self).wrong
        there = object.__getattribute__(self, name)
        if wrong is None or wrong[0] != name:
            return there
        if callable(there):
            return lambda *given: wrong[1](lambda: there(*given), *given)
        return wrong[1]()


class Speechless(Exception):
    """An exception that can't even be said."""

    def __str__(self) -> str:
        raise KeyError("no words")


class Odd(ConnectorError):
    """One of the set that does not do as the set does."""

    def __init__(self) -> None:
        """Set nothing."""

    def __str__(self) -> str:
        raise KeyError("no words")


class NoZone(dt.tzinfo):
    """A zone that nobody can ask."""

    def utcoffset(self, _: dt.datetime | None) -> dt.timedelta:
        raise LookupError("somewhere")

    def dst(self, _: dt.datetime | None) -> None:
        return None

    def tzname(self, _: dt.datetime | None) -> None:
        return None


def raising(error: BaseException) -> Way:
    def way(*_: object) -> NoReturn:
        raise error

    return way


def giving(answer: object) -> Way:
    return lambda *_: answer


def altered(change: Callable[[Any], Any]) -> Way:
    """The true answer, changed."""
    return lambda true, *_: change(true())


def with_item(**fields: object) -> Way:
    """A listing whose items all have some field changed."""

    def change(listing: Listing) -> Listing:
        seen = [replace(one, item=replace(one.item, **cast(Any, fields))) for one in listing.seen]
        return replace(listing, seen=tuple(seen))

    return altered(change)


def with_seen(**fields: object) -> Way:
    """A listing whose sightings all have some field changed."""
    return altered(
        lambda listing: replace(
            listing, seen=tuple(replace(one, **cast(Any, fields)) for one in listing.seen)
        )
    )


def listed(**fields: object) -> Way:
    return altered(lambda listing: replace(listing, **cast(Any, fields)))


def yielding(change: Callable[[list[Any]], object]) -> Way:
    """The true outcomes, changed as a list."""
    return lambda true, *_: iter(cast(Any, change(list(true()))))


def acked(**fields: object) -> Way:
    def change(outcomes: list[Any]) -> list[Any]:
        return [replace(one, **cast(Any, fields)) if isinstance(one, Ack) else one for one in outcomes]

    return yielding(change)


def failing(error: object) -> Way:
    return lambda true, _, operations: iter([Failure(one, cast(Any, error)) for one in operations])


def breaking_off(error: BaseException) -> Way:
    def way(true: Callable[[], Iterator[Any]], *_: object) -> Iterator[Any]:
        yield next(true())
        raise error

    return way


def retry(**fields: object) -> Retry:
    made = Retry("busy")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _somebody_elses(outcomes: list[Any]) -> list[Any]:
    return [replace(one, operation=replace(one.operation, token="another")) for one in outcomes]


DAY, NOON = dt.date(2026, 11, 24), dt.datetime(2026, 11, 24, 12)
ERRORS: Mapping[str, BaseException] = {
    "KeyError": KeyError("x"),
    "SystemExit": SystemExit(3),
    "StopIteration": StopIteration(),
    "GeneratorExit": GeneratorExit(),
    "CancelledError": asyncio.CancelledError(),
    "RecursionError": RecursionError(),
    "MemoryError": MemoryError(),
    "OSError": OSError(5, "Input/output error"),
    "an exception that can't be said": Speechless(),
    "an error of the set that can't be said": Odd(),
    "an error of the set with the secret in it": Retry(f"no {SECRET}\n\x1b[2J" + "x" * 9_999),
    "waits until soon": retry(after="soon"),
    "waits for ever": retry(after=float("inf")),
    "waits until yesterday": retry(after=-1.0),
    "waits for nan": retry(after=float("nan")),
    "says None": retry(condition=None, subject=None, cure=7),
}
RUBBISH: Mapping[str, object] = {"None": None, "a number": 7, "a text": "abc", "a list of None": [None]}
ITEMS: Mapping[str, Way] = {
    "a title of None": with_item(title=None),
    "a title of bytes": with_item(title=b"x"),
    "a title of half a character": with_item(title="a\ud800"),
    "a title of a megabyte": with_item(title="x" * 2_000_000),
    "notes of None": with_item(notes=None),
    "a rule of None": with_item(rule=None),
    "a uid of None": with_item(uid=None),
    "no kind": with_item(kind="todo"),
    "no status": with_item(status="done"),
    "a percent of text": with_item(percent="50"),
    "a percent beyond": with_item(percent=10**30),
    "completed at no zone": with_item(completed=NOON),
    "completed as text": with_item(completed="2026-11-24"),
    "a list of alarms": with_item(alarms=[]),
    "alarms that are none": with_item(alarms=(5,)),
    "a day of text": with_item(when="2026-11-24"),
    "a day with a time": with_item(when=Day(NOON)),
    "a slot without a zone": with_item(when=Slot(NOON)),
    "a slot in a zone that can't be asked": with_item(when=Slot(NOON.replace(tzinfo=NoZone()))),
    "a slot of text": with_item(when=Slot(cast(Any, "noon"))),
    "a slot of less than nothing": with_item(when=Slot(NOON.replace(tzinfo=dt.UTC), -5)),
    "a slot of for ever": with_item(when=Slot(NOON.replace(tzinfo=dt.UTC), 10**12)),
    "the first moment of all": with_item(
        when=Slot(dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=14))))
    ),
    "the last moment of all": with_item(
        when=Slot(dt.datetime.max.replace(tzinfo=dt.timezone(-dt.timedelta(hours=14))), 9)
    ),
    "the first day of all": with_item(when=Day(dt.date.min)),
    "the last day of all": with_item(when=Day(dt.date.max)),
    "no item": with_seen(item=None),
    "a dictionary": with_seen(item={}),
}
LISTINGS: Mapping[str, Way] = {
    "an address of None": with_seen(ref=None),
    "an empty address": with_seen(ref=""),
    "an address of half a character": with_seen(ref="\udc80"),
    "a revision of a number": with_seen(revision=7),
    "a scope of text": listed(scope="complete"),
    "seen is None": listed(seen=None),
    "seen holds None": listed(seen=(None,)),
    "same is None": listed(same=None),
    "same holds numbers": listed(same=frozenset({1})),
    "broken holds None": listed(broken=(None,)),
    "a cursor of bytes": listed(cursor=b"7"),
    "a cursor of a megabyte": listed(cursor="x" * 2_000_000),
    "a generator that breaks off": altered(lambda it: replace(it, seen=_broken_off(it.seen))),
    "a bare list": altered(lambda listing: listing.seen),
}
OUTCOMES: Mapping[str, Way] = {
    "nothing to go through": giving(None),
    "None": yielding(lambda told: [None]),
    "the words done": yielding(lambda told: ["done"] * len(told)),
    "too early an end": yielding(lambda told: told[:1]),
    "no outcome at all": yielding(lambda told: []),
    "each twice": yielding(lambda told: told + told),
    "of something else": yielding(_somebody_elses),
    "a ref of None": acked(ref=None),
    "a revision of a number": acked(revision=3),
    "no item": acked(item=None),
    "another's item": yielding(lambda told: [replace(one, item=_other(one.item)) for one in told]),
    "a failure of a ValueError": failing(ValueError("x")),
    "a failure of None": failing(None),
    "a failure that can't be said": failing(Odd()),
    "a failure that waits until soon": failing(retry(after="soon")),
    "breaks off": breaking_off(KeyError("x")),
    "exits": breaking_off(SystemExit(1)),
}


def _broken_off(seen: tuple[Seen, ...]) -> Iterator[Seen]:
    yield from seen[:1]
    raise KeyError("the rest")


def _other(item: Item | None) -> Item | None:
    return None if item is None else replace(item, uid="another")


FURTHER: Mapping[str, Mapping[str, Way]] = {
    "pull": {**ITEMS, **LISTINGS},
    "push": OUTCOMES,
    "read": {"Gone of everything": lambda true, _, refs: [Gone(ref) for ref in (*refs, "elsewhere")]},
    "images": {"an image of None": giving([Image("x", "1", cast(Any, None))])},
    "server_time": {"no zone": giving(NOON), "a text": giving("now")},
    "capabilities": {"a text": giving("todos")},
}


def ways(method: str) -> Mapping[str, Way]:
    """The ways in which a method goes wrong, by what is wrong."""
    some = ERRORS if method in ("__init__", "pull", "push") else ("KeyError", "SystemExit")
    found = {name: raising(ERRORS[name]) for name in some}
    if method in METHODS:
        found |= {name: giving(answer) for name, answer in RUBBISH.items()}
    return {**found, **FURTHER.get(method, {})}
