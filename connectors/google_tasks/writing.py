"""Sending operations, fifty to a request.

No id can be chosen, so a create is never simply sent again: where its answer was lost, the list is searched
for the marker first. A person's subtasks are lifted out of a task before it goes: Google's app would no
longer show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from connectors.google.limits import BATCH
from connectors.google.service import FOR_ALL, Call, Reply, Service
from connectors.google_tasks import calls, cursors
from connectors.google_tasks.listing import EVERYTHING, Lister
from connectors.google_tasks.reading import Reader
from connectors.google_tasks.revisions import etag_in, revision
from connectors.google_tasks.shelf import Shelf, Task
from connectors.google_tasks.steps import NOT_AS_KNOWN, Step
from syncer.connector import (
    Ack,
    ConnectorError,
    Context,
    Create,
    Delete,
    Failure,
    Operation,
    Outcome,
    Refused,
)

TWICE = 2
"""How often a write is sent where its condition did not hold: once more, if nobody changed the task."""


class Writer:
    """One push to one list."""

    def __init__(
        self, service: Service, lister: Lister, reader: Reader, context: Context, held: str, shelf: Shelf
    ) -> None:
        self._service, self._lister, self._reader = service, lister, reader
        self._context, self._held, self._shelf = context, held, shelf
        self._unread = bool(shelf.made)

    def push(self, operations: Iterable[Operation]) -> Iterator[Outcome]:
        """One outcome for each operation that was sent; after a failure that is everybody's, that for all."""
        halt: ConnectorError | None = None
        self._shelf.fresh = False
        for chunk in _chunks(operations):
            if self._context.stopping():
                return
            steps = [Step.of(operation) for operation in chunk]
            if halt is None:
                self._carry_out(steps)
                errors = [step.outcome.error for step in steps if isinstance(step.outcome, Failure)]
                halt = next((error for error in errors if isinstance(error, FOR_ALL)), None)
            else:
                for step in steps:
                    step.fail(halt)
            for step in steps:
                assert step.outcome is not None
                yield step.outcome

    def _carry_out(self, steps: Sequence[Step]) -> None:
        """Let each step have an outcome."""
        try:
            for _ in range(TWICE):
                self._round([step for step in steps if step.open])
            left = [step for step in steps if step.open]
            self._look(left)  # what is gone by now is none that somebody changed
            for step in left:
                if step.open:
                    step.conflict("the item is not as we knew it")
        except ConnectorError as error:
            for step in steps:
                if step.open:
                    step.fail(error)

    def _round(self, steps: Sequence[Step]) -> None:
        """Look at what has to be looked at, and send the rest. Raises ConnectorError where a look failed."""
        if not steps:
            return
        self._look(steps)
        asked: list[tuple[Step | None, Call]] = [(None, call) for call in self._search(steps)]
        self._lift([step for step in steps if step.open])
        for step in steps:
            if step.open:
                try:
                    asked.append((step, step.call(self._held, self._context.zone)))
                except Refused as error:
                    step.fail(error)
        if any(step is not None and step.creates for step, _ in asked):
            self._shelf.creating(self._service.server_time())
        for (of, _), reply in zip(asked, self._send([call for _, call in asked]), strict=True):
            if of is not None:
                of.answered(reply)
                self._note(of)

    # --- looking ---

    def _look(self, steps: Sequence[Step]) -> None:
        """Read the tasks that have to be read before anything is sent."""
        places: dict[int, str] = {}
        for n, step in enumerate(steps):
            if isinstance(step.operation, Create):
                ref = self._shelf.ref_of(step.uid)
                if ref is not None and step.uid not in self._shelf.doubted:
                    places[n] = ref
            elif step.look:
                places[n] = step.operation.ref
        standing = self._reader.standing(self._held, list(places.values()))
        for n, ref in places.items():
            task = standing[ref]
            uid = self._lister.uid_of(task, self._shelf) if task is not None else None
            steps[n].met_again(task, uid, self._shelf)

    def _search(self, steps: Sequence[Step]) -> list[Call]:
        """Look for what may have been created unheard; returns the calls that remove what stands there twice.

        What an earlier push created since the list was last read is looked at too: a request may have arrived
        twice.
        """
        wanted = [step for step in steps if step.open and step.creates]
        doubted = [step for step in wanted if step.uid in self._shelf.doubted or step.anew]
        return self._look_for(doubted) if doubted or self._unread else []

    def _look_for(self, steps: Sequence[Step]) -> list[Call]:
        """Search by marker; what is found is adopted, and what is not stays as it was."""
        self._unread = False
        by_uid = {step.uid: step for step in steps}
        extras: list[Call] = []
        for uid, tasks in self._ours(everything=any(step.anew for step in steps)).items():
            ref = self._shelf.made.get(uid)
            if uid in by_uid:
                by_uid[uid].found(tasks[0])
                self._note(by_uid[uid])
                ref = tasks[0]["id"]
            if ref is not None:
                twice = (task for task in tasks if task["id"] != ref)
                extras += [calls.delete(self._held, task["id"], _etag(task, uid), uid) for task in twice]
        self._shelf.made.clear()
        return extras

    def _ours(self, *, everything: bool) -> dict[str, list[Task]]:
        """Our tasks by UID: all of them, or those that were written since the first create in doubt."""
        filters: dict[str, Any] = dict(EVERYTHING)
        if self._shelf.since is not None and not everything:
            filters["updatedMin"] = cursors.start(self._shelf.since)
        found: dict[str, list[Task]] = {}
        for task in self._lister.all(self._held, filters):
            uid = self._lister.uid_of(task, self._shelf)
            if uid is not None:
                found.setdefault(uid, []).append(task)
        return found

    # --- sending ---

    def _lift(self, steps: Sequence[Step]) -> None:
        """Make a person's subtasks tasks of their own before what they stand below goes."""
        leaving = {step.operation.ref: step for step in steps if isinstance(step.operation, Delete)}
        if not leaving:
            return
        if not self._shelf.whole:
            self._shelf.note(self._lister.all(self._held, {}), whole=True)
        below = self._shelf.below(leaving.keys())
        replies = self._send([calls.to_top(self._held, ref) for ref in below])
        for (ref, parent), reply in zip(below.items(), replies, strict=True):
            if isinstance(reply, ConnectorError):
                leaving[parent].fail(reply)
            elif reply.good or reply.gone:
                self._shelf.parents.pop(ref, None)
            else:
                leaving[parent].fail(reply.failure(ref))

    def _send(self, asked: Sequence[Call]) -> list[Reply | ConnectorError]:
        """Send calls: one by itself, several in a batch."""
        if len(asked) == 1:
            try:
                return [self._service.call(asked[0], accept=NOT_AS_KNOWN)]
            except ConnectorError as error:
                return [error]
        return self._service.batch(asked) if asked else []

    def _note(self, step: Step) -> None:
        """Remember what an outcome tells of the list."""
        if not isinstance(step.outcome, Ack):
            if step.creates and step.unsure:
                self._shelf.doubted.add(step.uid)
        elif isinstance(step.operation, Delete):
            self._shelf.gone([step.operation.ref])
        elif step.echo is not None:
            self._shelf.keep(step.echo, step.uid)
            if step.creates:
                self._shelf.doubted.discard(step.uid)
                if step.outcome.exact:
                    self._shelf.made[step.uid] = step.outcome.ref


def _etag(task: Task, uid: str) -> str | None:
    return etag_in(revision(task, uid))


def _chunks(operations: Iterable[Operation]) -> Iterator[list[Operation]]:
    chunk: list[Operation] = []
    for operation in operations:
        chunk.append(operation)
        if len(chunk) == BATCH:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
