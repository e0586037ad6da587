"""Writing: operations in requests of a hundred commands, each answered with what stands there afterwards.

Requests go through `transport`. What is sent is planned by `planning`; what became of it is told by `steps`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice

from connectors.todoist import edge, steps
from connectors.todoist.board import ALL, Board, Fresh
from connectors.todoist.errors import FOR_ALL
from connectors.todoist.packets import Packet
from connectors.todoist.planning import Planner
from connectors.todoist.reading import TYPES, Reader, check
from connectors.todoist.steps import Given, Step
from connectors.todoist.transport import Transport
from syncer.connector import (
    Broken,
    Conflict,
    ConnectorError,
    Context,
    Create,
    CursorExpired,
    Delete,
    Failure,
    Operation,
    Outcome,
    Retry,
    Seen,
)

CHUNK = 100


class Writer:
    """Applies the operations of one push to one project. `sent` are uuids that went out before."""

    def __init__(
        self,
        transport: Transport,
        reader: Reader,
        context: Context,
        board: Board,
        sent: set[str],
        *,
        in_sections: bool,
    ) -> None:
        self._transport, self._reader, self._context = transport, reader, context
        self._board, self._sent = board, sent
        self._planner = Planner(reader, context, board, in_sections=in_sections)
        self._halt: ConnectorError | None = None
        self._again: list[Operation] = []

    def push(self, operations: Iterable[Operation]) -> Iterator[Outcome]:
        """Yield one outcome for each operation that was tried."""
        source = iter(operations)
        packet = Packet()
        try:
            while not self._context.stopping() and (chunk := list(islice(source, CHUNK))):
                packet = yield from self._pack(packet, chunk, plain=False)
            yield from self._send(packet)
            again, self._again = self._again, []
            packet = yield from self._pack(Packet(), again, plain=True)
            yield from self._send(packet)
        finally:
            self._board.fresh = Fresh.NO

    def _pack(
        self, packet: Packet, chunk: Sequence[Operation], *, plain: bool
    ) -> Generator[Outcome, None, Packet]:
        """Prepare operations, and send each request that is full; returns the one that is not full yet."""
        try:
            if self._halt is None and chunk:
                self._planner.prepare(chunk)
        except ConnectorError as error:
            yield from self._failed(chunk, error)
            return packet
        for operation in chunk:
            found = self._step(operation, packet, plain=plain)
            if isinstance(found, Step) and not packet.fits(found):
                yield from self._send(packet)
                packet = Packet()
                found = self._step(operation, packet, plain=plain)  # sections were made meanwhile
            if isinstance(found, Step):
                packet.add(found)
            else:
                yield found
        return packet

    def _step(self, operation: Operation, packet: Packet, *, plain: bool) -> Step | Outcome:
        if self._halt is not None:
            return Failure(operation, self._halt)
        return self._planner.step(operation, packet, plain=plain)

    def _send(self, packet: Packet) -> Iterator[Outcome]:
        """One request, and the outcome of each of its steps."""
        if not packet.steps or self._context.stopping():
            return
        operations = [step.operation for step in packet.steps]
        if self._halt is not None:
            yield from self._failed(operations, self._halt)
            return
        packet, overtaken = self._checked(packet)
        yield from overtaken
        if not packet.steps:
            return
        operations = [step.operation for step in packet.steps]
        try:
            given = self._exchange(packet)
        except ConnectorError as error:
            yield from self._failed(operations, error)
            return
        for step in packet.steps:
            yield from self._told(step, given)

    def _checked(self, packet: Packet) -> tuple[Packet, list[Outcome]]:
        """The steps that still hold: a look for later ones may have told that somebody changed an item."""
        left, overtaken = Packet(), list[Outcome]()
        for step in packet.steps:
            try:
                if not isinstance(step.operation, Create):
                    steps.standing(step.operation, self._board)
                left.add(step)
            except Conflict as error:
                overtaken.append(Failure(step.operation, error))
        return left, overtaken

    def _exchange(self, packet: Packet) -> Given:
        """Send a request and take in what it is answered. Raises ConnectorError."""
        board = self._board
        uuids = {command.uuid for command in packet.commands}
        first = not uuids & self._sent
        self._sent |= uuids
        board.doubtful = True
        data = [command.data() for command in packet.commands]
        try:
            told = self._transport.sync(board.token, TYPES, data, board.project)
        except CursorExpired:  # sent again, a command that ran runs no second time
            first = False
            told = self._transport.sync(ALL, TYPES, data, board.project)
        kept = edge.kept(told.data, board.project)
        board.take(kept, self._context.claims)
        check(kept, board.project)
        self._reader.catch_up(board, kept)
        return Given(
            told.data["sync_status"],
            told.data.get("temp_id_mapping", {}),
            first and told.tries == 1,
            self._transport.server_time(),
        )

    def _told(self, step: Step, given: Given) -> Iterator[Outcome]:
        """The outcome of a step; none yet where it is tried once more."""
        error = steps.error_of(step, given)
        operation = step.operation
        if error is not None and steps.failed_by_section(step, given, error):
            self._again.append(operation)
            return
        if isinstance(operation, Delete) and isinstance(error, Conflict):
            error = None  # it was gone already
        if error is not None:
            yield from self._failed([operation], error)
            return
        try:
            seen = self._echo(step, given) if not isinstance(operation, Delete) else None
        except ConnectorError as unread:
            yield from self._failed([operation], unread)
            return
        yield steps.outcome(step, given, self._board, seen)

    def _echo(self, step: Step, given: Given) -> Seen | Broken | None:
        """What stands there after a write, asked for where the answer did not tell."""
        board, operation = self._board, step.operation
        if step.temp_id is None:
            ref = getattr(operation, "ref", None)
        else:
            ref = given.ids.get(step.temp_id) or next(iter(board.standing(operation.uid)), None)
        if not isinstance(ref, str):
            raise Retry("Todoist did not say where the item is", subject=operation.uid)
        self._reader.meet(board, [ref])
        return self._reader.shown(board, ref) if ref in board.entries else None

    def _failed(self, operations: Iterable[Operation], error: ConnectorError) -> Iterator[Outcome]:
        """The same failure for each; where it is everybody's, nothing more is sent."""
        if isinstance(error, FOR_ALL):
            self._halt = error
        yield from (Failure(operation, error) for operation in operations)
