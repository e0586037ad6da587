"""Playing a history: its events, then rest, then judgement."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from syncer.connector import Capability
from syncer.engine.report import PassReport
from syncer.testing.faults import Fault
from tests.simulation.claims import Wrong
from tests.simulation.commands import answer, command
from tests.simulation.events import Act, Command, Event, History, Run, Trouble, Wait
from tests.simulation.fold import folds
from tests.simulation.household import ZONE
from tests.simulation.laws import at_rest, once_each
from tests.simulation.people import act, meddle
from tests.simulation.troubles import befall
from tests.simulation.world import World

UNNOTICED = (Fault.LYING_EMPTY, Fault.OLD_BACKUP)
"""What a list of changes never shows again: the daily full comparison puts it right."""
ANSWERS = 6
"""So many plans may be held one after another while all comes to rest."""


@dataclass(frozen=True)
class Played:
    """What came of a history: the first law that it broke, the faults that struck, and what happened."""

    history: History
    wrong: Wrong | None
    struck: Counter[Fault]
    passes: int
    trace: tuple[str, ...] = ()


def play(history: History, *, saying: bool = False) -> Played:
    """Play a history to its end, or to the first law that is broken."""
    try:
        world = _world(history, saying=saying)
    except Exception as error:  # a broken engine may break off anywhere, in the first passes too
        return Played(history, _broke_off(error), Counter(), 0)
    try:
        _play(world, history)
    except Exception as error:
        world.oracle.wrong.append(_broke_off(error))
    wrong = world.oracle.wrong[0] if world.oracle.wrong else None
    return Played(history, wrong, world.plan.struck, world.passes, tuple(world.trace))


def _broke_off(error: Exception) -> Wrong:
    return Wrong("broke off", f"{type(error).__name__}: {error}")


def _world(history: History, *, saying: bool) -> World:
    restores = any(isinstance(e, Trouble) and e.fault is Fault.OLD_BACKUP for e in history.events)
    return World(
        history.shape,
        history.manner,
        fresh=history.fresh,
        meddler=meddle,
        keeping=restores,
        saying=saying,
    )


def _play(world: World, history: History) -> None:
    for event in history.events:
        world.later(minutes=7)
        _happen(world, event)
        if world.oracle.wrong:
            break
    else:
        _come_to_rest(world, history.seed)


def _happen(world: World, event: Event) -> None:
    match event:
        case Act():
            act(world, event)
        case Command():
            command(world, event)
        case Wait():
            world.later(hours=event.hours)
            world.say(f"{event.hours} hours pass")
        case Trouble():
            befall(world, event)
        case Run():
            world.say(
                f"pass {world.passes + 1} with {', '.join(s.fault for s in event.strikes) or 'no fault'}"
            )
            world.run(event)
            for spoke in world.spokes:
                if world.can(spoke, Capability.CHOSEN_IDS):
                    once_each(world, spoke)


def _come_to_rest(world: World, seed: int) -> None:
    """Nothing befalls anybody any more: two rounds, and the third writes nothing (I6, I7)."""
    world.plan.disarm()
    for spoke in world.spokes:
        world.bring_back(spoke)
    world.say("all comes to rest")
    if any(world.plan.struck[fault] for fault in UNNOTICED):
        world.later(hours=25)
    if world.now.astimezone(ZONE).hour >= 22:
        world.later(hours=4)  # a new day would bring new items in the third round
    for number in range(ANSWERS):
        # An older ledger that comes back learns of what it lost turn by turn.
        for _ in range(3 if world.oracle.restored_once else 2):
            report = world.run(Run())
        if world.oracle.wrong or not answer(world, 0, seed + number):
            break
    if world.oracle.wrong:
        return
    assert report is not None
    _finished(world, report)
    at_rest(world)
    folds(world)
    before = _written(world)
    report = world.run(Run())
    if _written(world) != before:
        world.oracle.accuse("I7 quiet", f"the third round wrote: {before} before, {_written(world)} after")


def _finished(world: World, report: PassReport) -> None:
    for spoke in report.spokes:
        if spoke.error or spoke.applied.error or spoke.applied.refused or spoke.parked or spoke.elsewhere:
            trouble = spoke.error or spoke.applied.error
            world.oracle.accuse("I6 rest", f"{spoke.spoke.name} is not through: {trouble}")


def _written(world: World) -> tuple[int, int]:
    """Writes that reached providers, and entries in the record."""
    return sum(provider.writes for provider in world.providers.values()), world.oracle.book.number("entry")
