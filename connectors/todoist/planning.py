"""From operations to steps: what has to be known first, and what is then sent, if anything.

Looks go through `reading`. Looked at are, once for a hundred operations, addresses that the board does not
know, an item that is to be made and seems to stand there already, and, before anything is deleted or
completed, whether its owner was faster.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.todoist import commands, sections, steps
from connectors.todoist.board import Board, Fresh
from connectors.todoist.commands import Namer
from connectors.todoist.packets import Packet
from connectors.todoist.reading import Reader
from connectors.todoist.steps import Step
from syncer.connector import (
    Ack,
    Broken,
    Conflict,
    ConnectorError,
    Context,
    Create,
    Delete,
    Failure,
    Operation,
    Outcome,
    Restore,
    Seen,
    Update,
)


class Planner:
    """Plans the operations of one push to one project."""

    def __init__(self, reader: Reader, context: Context, board: Board, *, in_sections: bool) -> None:
        self._reader, self._context, self._board = reader, context, board
        self._in_sections = in_sections

    def prepare(self, chunk: Sequence[Operation]) -> None:
        """Look, where what the board holds is not enough to decide on. Raises ConnectorError."""
        board = self._board
        refs = [one.ref for one in chunk if not isinstance(one, Create)]
        creates = [one for one in chunk if isinstance(one, Create)]
        if (
            board.doubtful
            or any(ref not in board.entries and ref not in board.gone for ref in refs)
            or any(board.standing(one.uid) for one in creates)
            or (creates and self._in_sections and not board.whole)
            or (board.fresh is not Fresh.LOOKED and any(map(steps.risky, chunk)))
        ):
            self._reader.look(board)
        self._reader.meet(board, refs)

    def step(self, operation: Operation, packet: Packet, *, plain: bool) -> Step | Outcome:
        """What is to be sent for an operation, or its outcome where nothing is.

        `packet` is the request that it would go with; `plain` says that a create goes without a section.
        """
        try:
            match operation:
                case Create():
                    return self._create(operation, packet, plain=plain)
                case Update():
                    return self._update(operation)
                case Delete():
                    return self._delete(operation)
                case Restore():
                    return steps.restoring(operation, self._board, Namer(operation))
        except ConnectorError as error:
            return Failure(operation, error)

    def _create(self, operation: Create, packet: Packet, *, plain: bool) -> Step | Outcome:
        board, item, namer = self._board, operation.item, Namer(operation)
        if there := board.standing(operation.uid):
            return self._adopted(operation, there[0])
        section, name = None, None
        if self._in_sections and not plain:
            section, name = sections.place(item, board)
        new = None
        if name is not None:
            new = packet.sections.get(name) or commands.add_section(name, board.project, namer)
            section = new.temp_id
        zone = self._context.zone
        made = commands.create(operation, board.project, section, zone, namer, again=plain)
        return Step(operation, made, section=new, plain=plain)

    def _update(self, operation: Update) -> Step | Outcome:
        entry = steps.standing(operation, self._board)
        if entry is None:
            raise Conflict("the item is no longer there", subject=operation.uid)
        made, written = commands.update(operation, entry, self._context.zone, Namer(operation))
        if not made:
            return self._adopted(operation, operation.ref)
        return Step(operation, made, before=entry, written=frozenset(written))

    def _delete(self, operation: Delete) -> Step | Outcome:
        board = self._board
        if steps.standing(operation, board) is None:
            return Ack(operation, operation.ref, None, None)
        below = board.below(operation.ref)
        return Step(operation, commands.delete(operation.ref, board.project, below, Namer(operation)))

    def _adopted(self, operation: Operation, ref: str) -> Outcome:
        """What stands there already is the outcome, whoever put it so."""
        match self._reader.shown(self._board, ref):
            case Seen() as seen:
                return Ack(operation, ref, seen.revision, seen.item, exact=False)
            case Broken():
                error = Conflict("an unreadable item stands there", subject=operation.uid)
                return Failure(operation, error)
