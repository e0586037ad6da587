"""What people do in their apps: each deed changes items at a provider and tells the oracle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace

from syncer.connector import Capability, Create, Operation
from syncer.core.model import Alarm, Day, Item, Kind, Slot, Status, When
from syncer.core.spoke import Spoke
from syncer.testing.memory import Shelf
from tests.simulation.claims import MARKS, looks_done
from tests.simulation.events import Act, Deed
from tests.simulation.household import ours
from tests.simulation.series import complete_series, make_recurring
from tests.simulation.world import World

Do = Callable[[World, Spoke, Shelf, str, int], str]


def act(world: World, event: Act) -> None:
    """Do a deed, if there is anything to do it to."""
    spoke = world.spokes[event.place % len(world.spokes)]
    shelf = world.shelf(spoke)
    if shelf is None:
        return
    if event.deed is Deed.FOREIGN_ADD:
        _add_foreign(world, spoke, shelf, event.pick)
        return
    if event.deed is Deed.CLEAR:
        for ref, item in _items(shelf):
            if _mine(item) and looks_done(item):
                world.say(f"{spoke.partner} in {spoke.name}: clears {item.uid}")
                remove(world, spoke, shelf, ref)
        return
    if event.deed is Deed.RETURN:
        world.trash.put_back(world, spoke, shelf, event.item)
        return
    fits, do = _DEEDS[event.deed]
    refs = [ref for ref, item in _items(shelf) if fits(item)]
    if refs:
        ref = refs[event.item % len(refs)]
        said = do(world, spoke, shelf, ref, event.pick)
        world.say(f"{spoke.partner} in {spoke.name}: {event.deed} {said}")


def meddle(world: World, account: str, operation: Operation, pick: int) -> None:
    """Somebody changes the very item that is about to be written."""
    if isinstance(operation, Create):
        return
    for spoke in world.spokes:
        shelf = world.shelf(spoke) if spoke.account == account else None
        if shelf is None or operation.ref not in shelf.items:
            continue
        item = shelf.items[operation.ref][1]
        fields: frozenset[str] = getattr(operation, "fields", frozenset())
        safe = world.can(spoke, Capability.CONDITIONAL_WRITES)
        deeds = [
            deed
            for deed, changed in _MEDDLING.items()
            if _DEEDS[deed][0](item) and (safe or (fields and changed and changed not in fields))
        ]
        if not _mine(item) or not deeds:
            continue
        deed = deeds[pick % len(deeds)]
        said = _DEEDS[deed][1](world, spoke, shelf, operation.ref, pick // 4)
        world.say(f"  meanwhile {spoke.partner} in {spoke.name}: {deed} {said}")


_MEDDLING = {Deed.TICK: "status", Deed.NOTE: "notes", Deed.MOVE: "when", Deed.DELETE: ""}
"""What people do in the middle of a pass, and the field that it changes.

Without conditional writes the last to write a field wins, whoever that is: nothing can be expected."""


def _items(shelf: Shelf) -> list[tuple[str, Item]]:
    return sorted((ref, item) for ref, (_, item) in shelf.items.items())


def _mine(item: Item) -> bool:
    """Whether it stands for an occurrence."""
    identity = ours(item.uid)
    return identity is not None and not identity.reserved


def _open(item: Item) -> bool:
    return _mine(item) and not looks_done(item) and item.status is Status.OPEN


def tick(world: World, spoke: Spoke, shelf: Shelf, ref: str, pick: int) -> str:
    """A tick, in one of the notations that people use."""
    item = shelf.items[ref][1]
    world.oracle.ticked(spoke, item)
    if item.kind is Kind.TODO:
        completed = world.now if pick % 3 else None
        shelf.put(ref, replace(item, status=Status.DONE, completed=completed))
        return f"{item.uid} (status)"
    # A mark that could begin a title by accident counts only before the title that was there.
    doubtful = ("x", "done:") if (spoke.name, item.uid, "title") not in world.oracle.touched else ()
    mark = (*MARKS, *doubtful)[pick % (len(MARKS) + len(doubtful))]
    shelf.put(ref, replace(item, title=f"{mark} {item.title}"))
    return f"{item.uid} ({mark})"


def _untick(world: World, spoke: Spoke, shelf: Shelf, ref: str, pick: int) -> str:
    item = shelf.items[ref][1]
    world.oracle.unticked(spoke, item)
    title = item.title
    if item.kind is Kind.EVENT:
        title = title.partition(" ")[2] if looks_done(item) else title
    shelf.put(ref, replace(item, status=Status.OPEN, completed=None, percent=None, title=title))
    return item.uid


def _move(world: World, spoke: Spoke, shelf: Shelf, ref: str, pick: int) -> str:
    item = shelf.items[ref][1]
    when: When | None = None
    days = dt.timedelta(days=pick % 12 - 3)
    if isinstance(item.when, Slot):
        when = Slot(item.when.start + days + dt.timedelta(minutes=15 * (pick % 7)), item.when.minutes)
    elif isinstance(item.when, Day):
        when = Day(item.when.date + days)
    if item.kind is Kind.TODO and pick % 17 == 0:
        when = None
    shelf.put(ref, replace(item, when=when))
    world.oracle.edited(spoke, item, "when", when)
    return f"{item.uid} to {when}"


def _note(world: World, spoke: Spoke, shelf: Shelf, ref: str, pick: int) -> str:
    item = shelf.items[ref][1]
    shelf.put(ref, replace(item, notes=f"Note {pick % 1000}"))
    world.oracle.edited(spoke, item, "notes", f"Note {pick % 1000}")
    return item.uid


def _retitle(world: World, spoke: Spoke, shelf: Shelf, ref: str, pick: int) -> str:
    item = shelf.items[ref][1]
    words = f"My words {pick % 1000}"
    shelf.put(ref, replace(item, title=words))
    world.oracle.edited(spoke, item, "title", words)
    return f"{item.uid} as {words!r}"


def _remind(world: World, spoke: Spoke, shelf: Shelf, ref: str, pick: int) -> str:
    item = shelf.items[ref][1]
    alarms = (Alarm(dt.timedelta(minutes=-(pick % 60))),)
    shelf.put(ref, replace(item, alarms=alarms))
    world.oracle.edited(spoke, item, "alarms", alarms)
    return item.uid


def remove(world: World, spoke: Spoke, shelf: Shelf, ref: str, pick: int = 0) -> str:
    """A deletion; the item can be put back."""
    item = shelf.items[ref][1]
    world.oracle.dropped(spoke, item)
    world.trash.add(spoke, ref, item)
    shelf.drop(ref)
    return item.uid


def _cancel(world: World, spoke: Spoke, shelf: Shelf, ref: str, pick: int) -> str:
    item = shelf.items[ref][1]
    world.oracle.may_skip.add((ours(item.uid) or world.oracle.copy(spoke, item).identity).name)
    shelf.put(ref, replace(item, status=Status.CANCELLED))
    return item.uid


def _relocate(world: World, spoke: Spoke, shelf: Shelf, ref: str, pick: int) -> str:
    item = shelf.items[ref][1]
    if not world.can(spoke, Capability.REUSED_IDS) or not world.can(spoke, Capability.CHOSEN_IDS):
        return "nothing, which this provider does not know"
    new = f"{shelf.collection.ref}moved-{len(shelf.log)}"
    shelf.drop(ref)
    shelf.put(new, item)
    return f"{item.uid} to {new}"


def _add_foreign(world: World, spoke: Spoke, shelf: Shelf, pick: int) -> None:
    uid = f"somebody-{len(shelf.log)}"
    # A stranger's item may look much like ours: another household's, or a copy with a UID of its own.
    uid = uid if pick % 3 else f"evenhold-0123456789.bins.out.2026-12-{pick % 20 + 10}"
    if any(item.uid == uid for _, item in shelf.items.values()):
        return
    item = Item(uid, spoke.kind, f"Choir {pick % 100}", Day(world.now.date()), "private")
    ref = f"{shelf.collection.ref}{uid}"
    shelf.put(ref, item)
    world.oracle.foreign[spoke.name, ref] = item
    world.say(f"{spoke.partner} in {spoke.name}: adds {uid}")


def _edit_foreign(world: World, spoke: Spoke, shelf: Shelf, ref: str, pick: int) -> str:
    item = replace(shelf.items[ref][1], title=f"Choir {pick % 100}", status=Status.DONE)
    shelf.put(ref, item)
    world.oracle.foreign[spoke.name, ref] = item
    return item.uid


_DEEDS: Mapping[Deed, tuple[Callable[[Item], bool], Do]] = {
    Deed.TICK: (_open, tick),
    Deed.UNTICK: (
        lambda item: _mine(item) and (looks_done(item) or item.status is Status.CANCELLED),
        _untick,
    ),
    Deed.MOVE: (lambda item: _open(item) and not item.rule, _move),
    Deed.NOTE: (_mine, _note),
    Deed.RETITLE: (_open, _retitle),
    Deed.REMIND: (_mine, _remind),
    Deed.DELETE: (_mine, remove),
    Deed.CANCEL: (_open, _cancel),
    Deed.RELOCATE: (_mine, _relocate),
    Deed.RECUR: (
        lambda item: _open(item) and item.kind is Kind.TODO and item.when is not None,
        make_recurring,
    ),
    Deed.COMPLETE_SERIES: (lambda item: _open(item) and bool(item.rule), complete_series),
    Deed.FOREIGN_EDIT: (lambda item: ours(item.uid) is None, _edit_foreign),
}
"""Which items each deed can be done to, and how it is done."""
