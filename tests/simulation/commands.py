"""What a household tells Evenhold: entries in the ledger, made as the commands make them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from syncer.core.entries import Entry
from syncer.core.fold import Memory
from syncer.core.model import BundleState, Rule, Task
from syncer.core.ownership import define, give, set_state
from syncer.ledger import bindings, record, views
from tests.simulation.events import Command, Order
from tests.simulation.household import HOUSE, PARTNERS
from tests.simulation.world import World

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def command(world: World, event: Command) -> None:
    """Carry out an order."""
    if event.order is Order.ANSWER:
        answer(world, event.which, event.pick)
        return
    with world.calm(), world.ledger.write() as connection:
        rows = views.state(connection, HOUSE.id)
        entries = _entries(world, rows, event)
        record.append(connection, HOUSE.id, entries)
    for entry in entries:
        world.say(
            f"household: {event.order} {entry.task or entry.bundle} {dict(entry.data).get('owner', '')}"
        )


def _entries(world: World, rows: Memory, event: Command) -> list[Entry]:
    bundle = rows.bundles[sorted(rows.bundles)[event.which % len(rows.bundles)]]
    match event.order:
        case Order.GIVE:
            to = next(name for name in PARTNERS if name != bundle.owner)
            world.oracle.handed_over(bundle.id)
            return give(bundle, to, world.now, "sim")
        case Order.PAUSE:
            active = bundle.state is BundleState.ACTIVE
            world.oracle.handed_over(bundle.id)
            return set_state(bundle, BundleState.PAUSED if active else BundleState.ACTIVE, world.now, "sim")
        case Order.OUTCOME:
            changed = replace(bundle, outcome=f"Outcome {event.pick % 100}")
            mine = [task for task in rows.tasks.values() if task.bundle == bundle.id and not task.removed]
            return define(changed, mine, rows, world.now, "sim")
        case _:
            return _about_task(world, rows, event)


def _about_task(world: World, rows: Memory, event: Command) -> list[Entry]:
    live = [task for _, task in sorted(rows.tasks.items()) if not task.removed]
    if not live:
        return []
    task = live[event.which % len(live)]
    mine = [other for other in live if other.bundle == task.bundle]
    changed: list[Task] = [_changed(world, other, event) if other is task else other for other in mine]
    if event.order is Order.REMOVE:
        world.oracle.ruled.add(f"rule of {task.id}")
        changed = [other for other in mine if other is not task]
    return define(rows.bundles[task.bundle], changed, rows, world.now, "sim")


def _changed(world: World, task: Task, event: Command) -> Task:
    if event.order is Order.RENAME:
        world.oracle.renamed(task.id)
        return replace(task, title=f"Title {event.pick % 100}")
    if event.order is not Order.RETIME:
        return task
    if event.pick % 2 and isinstance(task.repeat, Rule):
        world.oracle.ruled.add(f"rule of {task.id}")
        return replace(task, repeat=Rule(f"FREQ=WEEKLY;BYDAY={_DAYS[event.pick % 7]}"))
    return replace(task, at=dt.time(event.pick % 14 + 6, 15)) if task.at else task


def answer(world: World, which: int, pick: int) -> bool:
    """Answer a held plan, with a tick on its notice or by command; whether one was there."""
    waiting = world.oracle.book.holds()
    if not waiting:
        return False
    hold = waiting[which % len(waiting)]
    name = f"{hold['account']}/{hold['collection']}"
    spoke = next(s for s in world.spokes if s.name == name)
    names = [*hold["items"], *hold["completed"]]
    if pick % 3 == 0:
        said = "restore"
        world.oracle.denied(names)
    else:
        said = "accept"
        world.oracle.accepted(names)
    if said == "accept" and pick % 2 and world.tick_notice(spoke, hold["number"]):
        world.say(f"{spoke.partner}: ticks the notice about {name}")
        return True
    with world.calm(), world.ledger.write() as connection:
        bindings.answer(connection, HOUSE.id, spoke, said)
    world.say(f"household: {said}s what is held in {name}")
    return True
