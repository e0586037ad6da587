"""The laws that hold when all is at rest: apps and ledger agree, and nothing that people did was lost."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter
from typing import Any

from syncer.core.identity import Identity
from syncer.core.model import Day, Item, Kind, Slot, Status
from syncer.core.spoke import Spoke
from syncer.testing.manners import MISERLY, SHORT
from tests.simulation.claims import MARKS, looks_done
from tests.simulation.household import HORIZON, ZONE, ours
from tests.simulation.world import World

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def at_rest(world: World) -> None:
    """Accuse whatever is not as it must be."""
    oracle = world.oracle
    if oracle.book.holds():
        oracle.accuse("I15 rest", "a plan is still held")
    if oracle.book.number("intent WHERE outcome IS NULL"):
        oracle.accuse("I8 intent", "an intent is still open")
    _record(world)
    _foreign(world)
    tasks = {task["id"]: task for task in oracle.book.tasks()}
    for spoke in world.spokes:
        shelf = world.shelf(spoke)
        assert shelf is not None
        standing = {
            ref: (identity, item)
            for ref, (_, item) in shelf.items.items()
            if (identity := ours(item.uid)) is not None
        }
        once_each(world, spoke)
        _accounted(world, spoke, standing)
        for identity, item in standing.values():
            if not identity.reserved:
                _in_step(world, spoke, identity, item, tasks)
        _wanted(world, spoke, {i.name: item for i, item in standing.values()}, tasks)
        _kept(world, spoke, {item.uid: item for _, item in standing.values()})


def once_each(world: World, spoke: Spoke) -> None:
    """I3: an occurrence stands in a collection at most once."""
    shelf = world.shelf(spoke)
    found = Counter(
        identity.plain
        for _, item in (shelf.items.values() if shelf else ())
        if (identity := ours(item.uid)) is not None
    )
    for identity, number in found.items():
        if number > 1:
            world.oracle.accuse("I3 twice", f"{identity.name} stands {number} times in {spoke.name}")


def _record(world: World) -> None:
    """I2, I10: everything in the record goes back to what somebody did, as often as they did it."""
    oracle = world.oracle
    for name, kinds in oracle.book.counts().items():
        done, reopened = kinds["done"], kinds["reopened"]
        if done > oracle.ticks[name]:
            oracle.accuse("I2 counted", f"{name} counts {done} times, ticked {oracle.ticks[name]} times")
        elif done > 1 + reopened:
            oracle.accuse("I2 counted", f"{name} counts {done} times, reopened {reopened} times")
        if reopened > oracle.unticks[name]:
            oracle.accuse("I2 reopened", f"{name}: {reopened} times, by people {oracle.unticks[name]} times")
        if kinds["skipped"] and name not in oracle.may_skip:
            oracle.accuse("I10 skipped", f"{name}, which nobody deleted")


def _foreign(world: World) -> None:
    """I5: what is not ours is as its people left it."""
    for spoke in world.spokes:
        shelf = world.shelf(spoke)
        found = {ref: item for ref, (_, item) in shelf.items.items() if not ours(item.uid)} if shelf else {}
        kept = {ref: item for (place, ref), item in world.oracle.foreign.items() if place == spoke.name}
        if found != kept:
            world.oracle.accuse("I5 foreign", f"{spoke.name}: {sorted(found)} instead of {sorted(kept)}")


def _accounted(world: World, spoke: Spoke, standing: dict[str, tuple[Identity, Item]]) -> None:
    """I4: every item is live, or its end is recorded."""
    oracle = world.oracle
    there = {identity.name: ref for ref, (identity, _) in standing.items()}
    known = oracle.book.standing(spoke)
    if world.providers[spoke.account].manner.hides_done:  # nobody looks again for what is done and not listed
        there = {
            i.name: ref for ref, (i, item) in standing.items() if i.name in known or not looks_done(item)
        }
    for name in sorted({*there, *known}):
        if there.get(name) != known.get(name) and not (oracle.restored_once and name not in known):
            oracle.accuse(
                "I4 accounted",
                f"{name} in {spoke.name}: stands at {there.get(name)}, known at {known.get(name)}",
            )
    ever = oracle.book.ever(spoke)
    for place, name in sorted(oracle.created):
        if place == spoke.name and name not in ever and not oracle.restored_once:
            oracle.accuse("I4 accounted", f"{name} stood in {spoke.name} and has no end")


def _in_step(world: World, spoke: Spoke, identity: Identity, item: Item, tasks: dict[str, Any]) -> None:
    """I6: what an app shows of an occurrence is what the ledger says of it, and it stands with its owner."""
    oracle, task = world.oracle, tasks[identity.task]
    progress = oracle.book.progress(identity)
    done = looks_done(item)
    if oracle.restored_once and identity.name not in oracle.book.standing(spoke):
        return  # a turn that an older ledger does not know yet: left alone, it may be made up
    if done != (progress == "done"):
        oracle.accuse("I6 step", f"{item.uid} in {spoke.name} shows done={done}, the ledger says {progress}")
    if done or progress == "skipped":
        return
    if task["owner"] != spoke.partner:
        oracle.accuse("I21 owner", f"{identity.name} stands in {spoke.name}, owned by {task['owner']}")
    elif task["state"] != "active":
        oracle.accuse("I6 step", f"{identity.name} stands in {spoke.name}, its bundle is {task['state']}")


def _wanted(world: World, spoke: Spoke, standing: dict[str, Item], tasks: dict[str, Any]) -> None:
    """Everything that should stand in a collection does, with the words and times of the ledger."""
    today = world.now.astimezone(ZONE).date()
    for task in tasks.values():
        fits = spoke.timed if task["at"] else spoke.due
        if task["owner"] != spoke.partner or task["state"] != "active" or task["removed"] or not fits:
            continue
        mine = {name: item for name, item in standing.items() if name.startswith(f"{task['id']}/")}
        if spoke.kind is Kind.EVENT and "after_done" not in task["repeat"]:
            for day in _days(task, today):
                name = f"{task['id']}/{day}"
                if world.oracle.book.progress(Identity(task["id"], str(day))) != "open":
                    continue
                if name not in mine:
                    world.oracle.accuse("I6 wanted", f"{name} does not stand in {spoke.name}")
                else:
                    _says(world, spoke, task, day, mine[name])
        elif spoke.kind is Kind.TODO:
            _list(world, spoke, task, mine)


def _days(task: dict[str, Any], today: dt.date) -> list[dt.date]:
    """The days from today to the horizon that a task falls on."""
    start = dt.date.fromisoformat(task["start"])
    days = [today + dt.timedelta(days=n) for n in range(HORIZON + 1)]
    if "once" in task["repeat"]:
        return [day for day in days if day == start]
    weekday = _DAYS.index(task["repeat"]["rule"].rpartition("=")[2])
    return [day for day in days if day.weekday() == weekday and day >= start]


def _list(world: World, spoke: Spoke, task: dict[str, Any], mine: dict[str, Item]) -> None:
    """In a list stands the current occurrence of each task, and no other that nobody touched."""
    oracle = world.oracle
    open_ = [name for name, item in mine.items() if not looks_done(item) and item.status is Status.OPEN]
    over = "once" in task["repeat"] and oracle.book.number(
        f"occurrence WHERE task = '{task['id']}' AND progress IN ('done', 'skipped')"
    )
    if not open_ and not over:
        oracle.accuse("I6 wanted", f"nothing of {task['id']} stands in {spoke.name}")
    reopened = any(oracle.unticks[name] for name in (*mine, *oracle.unticks) if name.startswith(task["id"]))
    moved = any((spoke.name, mine[name].uid, "when") in oracle.touched for name in open_)
    ahead = oracle.book.number(
        f"occurrence WHERE task = '{task['id']}' AND progress != 'open'"
        f" AND key > '{min(open_, default='').partition('/')[2]}'"
    )
    changed = oracle.restored_once or oracle.retimed(task["id"]) or bool(ahead)
    if len(open_) > 1 and not (reopened or moved or changed):
        oracle.accuse("I6 wanted", f"{open_} stand in {spoke.name} at once")


def _unclear(world: World, spoke: Spoke, item: Item) -> bool:
    """Whether nobody can tell who wrote the notes: a create's answer was lost, and the server shortens texts.

    Then they count as the owner's, which loses nothing, and the record tells what gave way.
    """
    identity = ours(item.uid)
    assert identity is not None
    where = f"task = '{identity.task}' AND occurrence = '{identity.occurrence}'"
    told = world.oracle.book.number(f"entry WHERE kind = 'overruled' AND {where}")
    return bool(told) and world.providers[spoke.account].manner is MISERLY


def _says(world: World, spoke: Spoke, task: dict[str, Any], day: dt.date, item: Item) -> None:
    """An event that nobody touched says what the ledger says."""
    touched = world.oracle.touched
    if world.oracle.restored_once:
        return  # what its later self wrote looks to an older ledger like its owner's words
    if (spoke.name, item.uid, "title") not in touched and _plain("title", item.title) != task["title"]:
        world.oracle.accuse("I6 says", f"{item.uid} in {spoke.name}: {item.title!r}, not {task['title']!r}")
    outdated = not item.notes.startswith(task["outcome"][:SHORT])
    if (spoke.name, item.uid, "notes") not in touched and outdated and not _unclear(world, spoke, item):
        world.oracle.accuse("I6 says", f"{item.uid} in {spoke.name}: notes without {task['outcome']!r}")
    due: Day | Slot = Day(day)
    if task["at"]:
        at = dt.time.fromisoformat(task["at"])
        due = Slot(dt.datetime.combine(day, at, ZONE), task["duration"])
    name = Identity(task["id"], str(day)).name
    moved = any(what == "when" and (i := ours(uid)) and i.name == name for _, uid, what in touched)
    if not moved and item.when != due:
        world.oracle.accuse("I6 says", f"{name} in {spoke.name} is at {item.when}, not {due}")


def _kept(world: World, spoke: Spoke, standing: dict[str, Item]) -> None:
    """I1 and the rules of edits: people's last word stands, where the bundle is still theirs."""
    oracle = world.oracle
    for (place, uid), copy in oracle.copies.items():
        item = standing.get(uid)
        if place != spoke.name or item is None:
            continue
        if copy.done and not oracle.counts(spoke, copy):
            oracle.accuse("I1 lost", f"{uid} in {place} was ticked and does not count")
        if copy.done is False and looks_done(item):
            oracle.accuse("I1 reopened", f"{uid} in {place} was unticked and is ticked again")
        owner, _ = oracle.book.owner(copy.identity.task.partition(".")[0])
        for name, (value, whose) in copy.edits.items():
            if owner != whose:
                continue
            now = getattr(item, name)
            if _plain(name, now) != _plain(name, value):
                oracle.accuse(
                    "edit lost", f"{name} of {uid} in {place} is {now!r}, its owner wrote {value!r}"
                )


def _plain(name: str, value: object) -> object:
    """A value without what anybody's tick and any server's rewriting add to it."""
    if name == "title":
        value = unicodedata.normalize("NFC", str(value))
        head, _, rest = str(value).partition(" ")
        return rest if head in (*MARKS, "x", "done:") else value
    if name == "notes":
        return " ".join(str(value).split())
    return value
