"""What befalls collections and the ledger between two passes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from syncer.connector import Collection
from syncer.core.model import Day, Item, Kind, Slot, Status
from syncer.core.spoke import Spoke
from syncer.testing.faults import Fault
from syncer.testing.memory import Shelf
from tests.simulation.claims import looks_done
from tests.simulation.events import Trouble
from tests.simulation.household import ours
from tests.simulation.people import remove, tick
from tests.simulation.world import World


def befall(world: World, event: Trouble) -> None:
    """Let it happen, if it can."""
    if event.fault is Fault.OLD_BACKUP:
        restore(world, event)
        return
    spoke = world.spokes[event.place % len(world.spokes)]
    if event.fault is Fault.MISSING and world.bring_back(spoke):
        return
    shelf = world.shelf(spoke)
    if shelf is None:
        return
    happened = {
        Fault.MASS_DELETE: _mass_delete,
        Fault.MASS_COMPLETION: _mass_completion,
        Fault.MISSING: _missing,
        Fault.REBUILT: _rebuilt,
        Fault.SWAPPED: _swapped,
        Fault.NORMALISED: _normalised,
    }[event.fault](world, spoke, shelf, event.pick)
    if happened:
        world.plan.struck[event.fault] += 1
        world.say(f"{event.fault}: {spoke.name}")


def restore(world: World, event: Trouble) -> None:
    """An older ledger comes back; from outside that may be noticed (a command) or not (a whole folder)."""
    which = event.place % len(world.backups)
    noticed = bool(event.pick % 2)
    world.ledger.lay(world.backups[which])
    del world.backups[which + 1 :]
    world.oracle.restored(world.spokes, telling=noticed or _strange(world))
    world.start(restored=noticed)
    world.plan.struck[Fault.OLD_BACKUP] += 1
    world.say(f"{Fault.OLD_BACKUP}: number {which}, {'noticed' if noticed else 'not noticed'}")


def _strange(world: World) -> bool:
    """Whether an app holds something that this ledger never put there: who looks knows that it is older."""
    for spoke in world.spokes:
        shelf, ever = world.shelf(spoke), world.oracle.book.ever(spoke)
        if shelf is not None and any(
            (i := ours(shelf.items[ref][1].uid)) and i.name not in ever for ref in _ours(shelf)
        ):
            return True
    return False


def _ours(shelf: Shelf) -> list[str]:
    return sorted(
        ref for ref, (_, item) in shelf.items.items() if (i := ours(item.uid)) is not None and not i.reserved
    )


def _mass_delete(world: World, spoke: Spoke, shelf: Shelf, pick: int) -> bool:
    refs = _ours(shelf)
    for ref in refs[pick % 2 :]:
        remove(world, spoke, shelf, ref)
    return len(refs) > 1


def _mass_completion(world: World, spoke: Spoke, shelf: Shelf, pick: int) -> bool:
    open_ = [
        ref
        for ref in _ours(shelf)
        if not looks_done(shelf.items[ref][1]) and shelf.items[ref][1].status is Status.OPEN
    ]
    for ref in open_:
        tick(world, spoke, shelf, ref, pick)
    return len(open_) > 1


def _missing(world: World, spoke: Spoke, shelf: Shelf, pick: int) -> bool:
    world.take_away(spoke, shelf)
    world.oracle.unsettle(spoke)
    return True


def _rebuilt(world: World, spoke: Spoke, shelf: Shelf, pick: int) -> bool:
    shelves = world.providers[spoke.account].shelves
    old = shelf.collection
    del shelves[old.ref]
    ref = f"/{spoke.collection}-again-{world.now:%d%H%M}/"
    shelves[ref] = Shelf(Collection(ref, old.name, old.kinds, f"made at {world.now}"))
    world.oracle.lost(spoke)
    world.trash.forget(spoke)
    return True


def _swapped(world: World, spoke: Spoke, shelf: Shelf, pick: int) -> bool:
    """At the same address stands another collection, with somebody's things in it."""
    old = shelf.collection
    other = Shelf(replace(old, identity=f"swapped at {world.now}"), first=shelf.first + len(shelf.log) + 1000)
    world.providers[spoke.account].shelves[old.ref] = other
    world.oracle.lost(spoke)
    world.trash.forget(spoke)
    item = Item("somebody-else", spoke.kind, "Not yours", Day(world.now.date()))
    ref = f"{old.ref}somebody-else"
    other.put(ref, item)
    world.oracle.foreign[spoke.name, ref] = item
    return True


def _normalised(world: World, spoke: Spoke, shelf: Shelf, pick: int) -> bool:
    """The server rewrites what it holds; nobody meant anything by it."""
    refs = _ours(shelf)
    for ref in refs:
        item = shelf.items[ref][1]
        shelf.put(ref, _rewritten(item, pick % 4))
    return bool(refs)


def _rewritten(item: Item, way: int) -> Item:
    if way == 1:
        return replace(item, notes=item.notes.replace("\n", "\r\n") + "  \r\n")
    if way == 2 and item.kind is Kind.TODO and not looks_done(item):
        return replace(item, percent=0)
    if way == 3 and isinstance(item.when, Slot):
        return replace(item, when=replace(item.when, start=item.when.start.astimezone(dt.UTC)))
    return item
