"""Chance: the history that belongs to a seed. Nothing but the seed goes in."""

from __future__ import annotations

import random
from typing import TypeVar

from syncer.testing.faults import STRIKES, Fault, Strike
from tests.simulation.events import Act, Command, Deed, Event, History, Order, Run, Trouble, Wait
from tests.simulation.household import MANNERS, SHAPES

_DEEDS = {
    Deed.TICK: 20,
    Deed.UNTICK: 7,
    Deed.MOVE: 8,
    Deed.NOTE: 7,
    Deed.RETITLE: 6,
    Deed.REMIND: 3,
    Deed.DELETE: 9,
    Deed.CANCEL: 3,
    Deed.CLEAR: 3,
    Deed.RELOCATE: 3,
    Deed.RECUR: 5,
    Deed.COMPLETE_SERIES: 6,
    Deed.FOREIGN_ADD: 4,
    Deed.FOREIGN_EDIT: 2,
    Deed.RETURN: 3,
}
_ORDERS = {
    Order.GIVE: 8,
    Order.PAUSE: 4,
    Order.RETIME: 3,
    Order.RENAME: 4,
    Order.OUTCOME: 3,
    Order.REMOVE: 1,
    Order.ANSWER: 3,
}
_TROUBLES = {
    Fault.OLD_BACKUP: 5,
    Fault.MASS_DELETE: 5,
    Fault.MASS_COMPLETION: 3,
    Fault.MISSING: 3,
    Fault.REBUILT: 2,
    Fault.SWAPPED: 3,
    Fault.NORMALISED: 5,
}
_STRIKES = dict.fromkeys(STRIKES, 3) | {
    Fault.CLOCK_JUMP: 3,
    Fault.KILL: 9,
    Fault.CONFLICT: 6,
    Fault.SECOND_DAEMON: 5,
    Fault.EXPIRED_CURSOR: 4,
    Fault.STALE: 5,
    Fault.RESET_AFTER: 5,
    Fault.TIMEOUT_AFTER: 5,
}
_EVENTS = {"act": 50, "order": 12, "wait": 8, "trouble": 8, "run": 26}
T = TypeVar("T")
_BIG = 10**6


def history(seed: int) -> History:
    """The history of a seed."""
    chance = random.Random(seed)
    fresh = chance.random() < 0.04
    events = [_event(chance) for _ in range(chance.randint(6, 13))]
    if not any(isinstance(event, Run) for event in events):
        events.append(_run(chance))
    shape, manner = chance.randrange(len(SHAPES)), chance.randrange(MANNERS)
    return History(seed, shape, manner, fresh, tuple(events))


def _event(chance: random.Random) -> Event:
    kind = _drawn(chance, _EVENTS)
    if kind == "act":
        return Act(
            _drawn(chance, _DEEDS), chance.randrange(_BIG), chance.randrange(_BIG), chance.randrange(_BIG)
        )
    if kind == "order":
        return Command(_drawn(chance, _ORDERS), chance.randrange(_BIG), chance.randrange(_BIG))
    if kind == "wait":
        return Wait(chance.choice((5, 20, 40, 80, 200)))
    if kind == "trouble":
        return Trouble(_drawn(chance, _TROUBLES), chance.randrange(_BIG), chance.randrange(_BIG))
    return _run(chance)


def _run(chance: random.Random) -> Run:
    number = chance.choice((0, 1, 1, 1, 2, 3))
    return Run(tuple(_strike(chance) for _ in range(number)))


def _strike(chance: random.Random) -> Strike:
    fault = _drawn(chance, _STRIKES)
    skip = chance.randrange(30) if fault in (Fault.KILL, Fault.SECOND_DAEMON) else chance.randrange(4)
    return Strike(fault, skip, chance.randrange(_BIG))


def _drawn(chance: random.Random, weights: dict[T, int]) -> T:
    return chance.choices(list(weights), list(weights.values()))[0]
