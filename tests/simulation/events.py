"""What a history is made of: values, each with the numbers that its details follow.

A number points at the n-th of whatever there is to choose from when its event comes, so that a history can be
cut short: dropping one event changes no number of another.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from syncer.testing.faults import Fault, Strike


class Deed(StrEnum):
    """What a person does in an app."""

    TICK = "tick"
    UNTICK = "untick"
    MOVE = "move"
    NOTE = "note"
    RETITLE = "retitle"
    REMIND = "remind"
    DELETE = "delete"
    CANCEL = "cancel"
    CLEAR = "clear done"
    RELOCATE = "relocate"
    RECUR = "make recurring"
    COMPLETE_SERIES = "complete series"
    FOREIGN_ADD = "add a foreign item"
    FOREIGN_EDIT = "edit a foreign item"
    RETURN = "put back what was deleted"


class Order(StrEnum):
    """What a household tells Evenhold."""

    GIVE = "give"
    PAUSE = "pause or resume"
    RETIME = "retime"
    RENAME = "rename"
    OUTCOME = "outcome"
    REMOVE = "remove task"
    ANSWER = "answer what is held"


@dataclass(frozen=True, slots=True)
class Act:
    """A deed on the `item`-th fitting item of the `place`-th collection."""

    deed: Deed
    place: int
    item: int
    pick: int


@dataclass(frozen=True, slots=True)
class Command:
    """An order about the `which`-th bundle, task or held plan."""

    order: Order
    which: int
    pick: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Nobody does anything, and the daemon is off."""

    hours: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something befalls a collection or the ledger between two passes."""

    fault: Fault
    place: int
    pick: int


@dataclass(frozen=True, slots=True)
class Run:
    """One pass of the daemon, in which these strikes come."""

    strikes: tuple[Strike, ...] = ()


Event = Act | Command | Wait | Trouble | Run


@dataclass(frozen=True, slots=True)
class History:
    """A seed's whole story.

    `shape` counts `household.SHAPES`, `manner` picks what kind each account's provider is; a `fresh` one
    begins with empty apps.
    """

    seed: int
    shape: int
    manner: int
    fresh: bool
    events: tuple[Event, ...]
