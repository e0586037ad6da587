"""Reading single tasks, and taking images of them. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeGuard

from connectors.google import errors
from connectors.google.service import Call, Reply, Service
from connectors.google_tasks import calls, images
from connectors.google_tasks.listing import Lister
from connectors.google_tasks.revisions import revision
from connectors.google_tasks.shelf import Shelf, Task
from syncer.connector import Broken, Collection, ConnectorError, Gone, Image, Seen

NOT_HERE = frozenset({404})


def stands(task: Task | None) -> TypeGuard[Task]:
    """Whether there is a task, and not only what is left of a deleted one."""
    return task is not None and not task.get("deleted")


class Reader:
    """Reads the tasks of one account by their ids."""

    def __init__(self, service: Service, lister: Lister) -> None:
        self._service, self._lister = service, lister

    def read(self, held: str, refs: Sequence[str], shelf: Shelf) -> Sequence[Seen | Gone | Broken]:
        """One answer for each id. Raises ConnectorError; then nothing is known of any of them."""
        shelf.fresh = False
        standing = self.standing(held, refs)
        return [self._answer(ref, standing[ref], shelf) for ref in refs]

    def images(self, collection: Collection, refs: Sequence[str], shelf: Shelf) -> Iterator[Image]:
        """What stands at these ids and is ours; of nothing else is a copy kept. Raises ConnectorError.

        What a listing showed a moment ago is not read again: whatever is written on it holds its ETag.
        """
        kept = {ref: shelf.tasks[ref] for ref in refs if shelf.fresh and ref in shelf.tasks}
        shelf.fresh = False
        standing = kept | self.standing(collection.ref, [ref for ref in refs if ref not in kept])
        for ref, task in standing.items():
            if stands(task) and (uid := self._lister.uid_of(task, shelf)) is not None:
                shelf.keep(task, uid)
                yield Image(ref, revision(task, uid), images.taken(task))

    def standing(self, held: str, refs: Sequence[str]) -> dict[str, Task | None]:
        """The tasks at these ids, deleted ones too, None where Google knows none. Raises ConnectorError.

        A 404 says so only once the list itself has been seen alive.
        """
        ask = list(dict.fromkeys(refs))
        found: dict[str, Task | None] = {}
        for ref, reply in zip(ask, self.send([calls.get(held, ref) for ref in ask]), strict=True):
            if isinstance(reply, ConnectorError):
                raise reply
            if reply.gone:
                found[ref] = None
            elif not reply.good:
                raise reply.failure(ref)
            elif not isinstance(reply.data, dict) or reply.data.get("id") != ref:
                raise errors.malformed(ref)
            else:
                found[ref] = reply.data
        if found and not any(found.values()):
            self.check_alive(held)
        return found

    def check_alive(self, held: str) -> None:
        """Raise CollectionGone where the list is not there."""
        self._service.call(calls.one_list(held))

    def send(self, asked: Sequence[Call]) -> list[Reply | ConnectorError]:
        """Read by a call each, in a batch where there are several."""
        if len(asked) == 1:
            try:
                return [self._service.call(asked[0], accept=NOT_HERE)]
            except ConnectorError as error:
                return [error]
        return self._service.batch(asked) if asked else []

    def _answer(self, ref: str, task: Task | None, shelf: Shelf) -> Seen | Gone | Broken:
        if not stands(task):
            return Gone(ref)
        return self._lister.answer(task, self._lister.uid_of(task, shelf))
