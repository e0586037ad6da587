"""One operation on its way: what has to hold before it is sent, and what became of it. Pure.

The API has no conditional writes, so a condition is looked at on the board, right before. What came back with
the write tells whether somebody came in between: then the echo is not `exact`, and the next look is to see
what they did.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.todoist import codec, commands, errors
from connectors.todoist.board import Board, Entry
from connectors.todoist.commands import Command, Namer
from syncer.connector import (
    Ack,
    Broken,
    Conflict,
    ConnectorError,
    Create,
    Delete,
    Failure,
    Operation,
    Outcome,
    Refused,
    Restore,
    Retry,
    Seen,
    Update,
)

AT_ONCE = dt.timedelta(minutes=2)
"""How old an item may be, by Todoist's clock, that was made by this very request."""
UNTOUCHED = dt.timedelta(seconds=2)
"""How much later than it was added an item may say that it was changed, if nobody did."""


@dataclass(frozen=True, slots=True)
class Step:
    """An operation with its commands. `section` is the one that has to be made for it in the same request.

    `before` is the item as it was known, `written` what of it is changed. `plain` says that a create goes
    without a section, because it failed with one.
    """

    operation: Operation
    commands: Sequence[Command]
    section: Command | None = None
    before: Entry | None = None
    written: frozenset[str] = frozenset()
    plain: bool = False

    @property
    def temp_id(self) -> str | None:
        """The temporary id of what it makes."""
        return next((one.temp_id for one in self.commands if one.temp_id is not None), None)


@dataclass(frozen=True, slots=True)
class Given:
    """What an answer says of commands. `first` says that they went out for the first time, and once."""

    statuses: Mapping[str, Any] = field(repr=False)
    ids: Mapping[str, Any]
    first: bool
    at: dt.datetime | None


def risky(operation: Operation) -> bool:
    """Whether a tick that came in between would be lost with the item, or a recurrence with its date."""
    match operation:
        case Update(fields=fields):
            return bool(fields & {"status", "rule"})
        case Create():
            return False
        case _:
            return True


def standing(operation: Update | Delete | Restore, board: Board) -> Entry | None:
    """What stands at an operation's address, None where nothing does. Raises Conflict where it changed."""
    entry = board.entries.get(operation.ref)
    if entry is None:
        if operation.ref not in board.gone:
            raise Refused("somebody else's item stands there", subject=operation.uid)
        return None
    if entry.uid != operation.uid:
        raise Conflict("something else stands there", subject=operation.uid)
    if operation.revision is not None and operation.revision != entry.revision:
        raise Conflict("somebody else changed it", subject=operation.uid)
    return entry


def restoring(operation: Restore, board: Board, namer: Namer) -> Step:
    """Put back what stood there; the look before showed what stands there now."""
    raw = commands.image(operation.raw)
    entry = standing(operation, board)
    if entry is None and operation.revision is not None:
        raise Conflict("the item is no longer there", subject=operation.uid)
    if operation.revision is None and (entry is not None or board.standing(operation.uid)):
        raise Conflict("it stands there already", subject=operation.uid)
    made = commands.restore(operation, raw, entry, board.sections, namer)
    every = frozenset(codec.values(raw))
    return Step(operation, made, before=entry, written=every)


def error_of(step: Step, given: Given) -> ConnectorError | None:
    """Why a step failed, the first of its commands that did."""
    for command in step.commands:
        status = given.statuses.get(command.uuid)
        if command.aside or status == "ok":
            continue
        if status is None:
            return Retry("Todoist did not say what came of it", subject=step.operation.uid)
        return errors.from_command(status, step.operation.uid)
    return None


def failed_by_section(step: Step, given: Given, error: ConnectorError) -> bool:
    """Whether a create failed because of its section alone, and may go without."""
    if step.plain or not isinstance(step.operation, Create) or isinstance(error, errors.FOR_ALL):
        return False
    if step.section is not None and given.statuses.get(step.section.uuid) != "ok":
        return True
    return isinstance(error, Conflict) and "section_id" in step.commands[0].args


def outcome(step: Step, given: Given, board: Board, seen: Seen | Broken | None) -> Outcome:
    """What became of a step that did not fail; `seen` is what stands there now, None where nothing does."""
    operation = step.operation
    if isinstance(operation, Delete):
        return Ack(operation, operation.ref, None, None)
    if seen is None:
        return Failure(operation, Conflict("it is gone again", subject=operation.uid))
    if isinstance(seen, Broken):
        return Failure(operation, Retry("written, but it could not be read back", subject=operation.uid))
    exact = given.first and _untouched(step, given, board.entries[seen.ref])
    return Ack(operation, seen.ref, seen.revision, seen.item, exact)


def _untouched(step: Step, given: Given, after: Entry) -> bool:
    """Whether the echo holds nothing but what stood there and what we wrote."""
    if step.before is None:
        added, changed = (codec.moment(after.raw.get(name)) for name in ("added_at", "updated_at"))
        if added is None or changed is None or given.at is None:
            return False
        done = any(command.type == "item_complete" for command in step.commands)
        return abs(given.at - added) <= AT_ONCE and changed - added <= UNTOUCHED and after.done == done
    was, now = codec.values(step.before.raw), codec.values(after.raw)
    same = all(was[name] == now[name] for name in was if name not in step.written)
    return same and (step.before.past is None) == (after.past is None)
