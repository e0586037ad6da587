"""What the tests of the engine share: a list of many errands, and what a person does to a collection.

No test logic may live here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace

from syncer.core.identity import Identity, read_uid
from syncer.core.model import Bundle, Category, Day, Effort, Item, Rule, Stage, Status, Task
from syncer.testing.manners import Manner
from syncer.testing.memory import Shelf
from tests.home import BINS, FOOD, HOUSE, MONDAY, TASKS, Home

ERRANDS = Bundle("errands", "Errands", Category.HOUSEHOLD_LOGISTICS, "What we need is there", "ada")
DUE = dt.date(2026, 11, 25)


def errand(number: int) -> Task:
    """One of many small weekly tasks, each due on the Wednesday."""
    return Task(
        f"errands.e{number}",
        "errands",
        f"Errand {number}",
        Stage.DO,
        Effort(do=5),
        Rule("FREQ=WEEKLY;BYDAY=WE"),
        MONDAY.date(),
    )


def busy(errands: int, manners: Mapping[str, Manner] | None = None) -> Home:
    """The household, in step, with so many errands in Ada's list besides."""
    tasks = {**TASKS, "errands": tuple(errand(number) for number in range(errands))}
    home = Home((BINS, FOOD, ERRANDS), tasks, manners or {})
    home.run()
    home.run()
    return home


def settled(manners: Mapping[str, Manner] | None = None) -> Home:
    """The household after two passes: everything stands, and nothing is new."""
    home = Home(manners=manners or {})
    home.run()
    home.run()
    return home


def names(home: Home, partner: str, collection: str, task: str = "errands.") -> list[str]:
    """The UIDs in a collection of items whose task begins so, in order."""
    found = home.providers[partner].items(collection)
    return sorted(u for u in found if (i := read_uid(u, HOUSE.id)) and i.task.startswith(task))


def empty(shelf: Shelf) -> dict[str, Item]:
    """Delete everything in a collection; returns what stood there, by address."""
    stood = {ref: item for ref, (_, item) in shelf.items.items()}
    for ref in stood:
        shelf.drop(ref)
    return stood


def refill(shelf: Shelf, items: Mapping[str, Item]) -> None:
    """Put items back where they stood."""
    for ref, item in items.items():
        shelf.put(ref, item)


def notices(home: Home, partner: str, collection: str) -> dict[Identity, Item]:
    """The notices that stand in a collection."""
    found = home.providers[partner].items(collection)
    return {i: item for u, item in found.items() if (i := read_uid(u, HOUSE.id)) is not None and i.reserved}


def tick(home: Home, partner: str, collection: str, uids: Iterable[str], at: dt.datetime | None) -> None:
    """A person, or an app, completes to-dos; `at` is what it says of when."""
    for uid in uids:
        home.providers[partner].edit(collection, uid, status=Status.DONE, completed=at)


def repeat(home: Home, uids: Iterable[str], rule: str = "FREQ=WEEKLY") -> None:
    """Ada lets her app repeat to-dos; a pass sees that."""
    for uid in uids:
        home.providers["ada"].edit("tasks", uid, rule=rule)
    home.run()


def move_on(home: Home, uids: Iterable[str], days: int = 7) -> None:
    """Her app completes recurring to-dos: the same UID, a later date, nothing that says done."""
    for uid in uids:
        item = home.providers["ada"].items("tasks")[uid]
        assert isinstance(item.when, Day)
        moved = replace(item.when, date=item.when.date + dt.timedelta(days=days))
        home.providers["ada"].edit("tasks", uid, when=moved)
