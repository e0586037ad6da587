"""Reading lists: all tasks or those that were updated, page after page, and a listing of ours among them.

A page that is none, or a next page that does not come, is raised: a listing is whole or there is none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from connectors.google import errors
from connectors.google.service import Call, Service
from connectors.google_tasks import calls, codec, cursors
from connectors.google_tasks.revisions import revision
from connectors.google_tasks.shelf import Shelf, Task
from syncer.connector import Broken, Collection, Context, Listing, Scope, Seen
from syncer.core.model import Kind

MOST_PAGES = 1100
"""More than the 100,000 tasks of a whole account make."""

EVERYTHING = {"showCompleted": True, "showHidden": True}
"""What was ticked in Google's app is completed *and* hidden; without both it would seem to have vanished."""

NO_MARKER = "its notes no longer hold the line that says whose it is"


class Lister:
    """Reads the lists of one account."""

    def __init__(self, service: Service, context: Context) -> None:
        self._service, self._context = service, context

    def collections(self) -> Sequence[Collection]:
        """The account's lists. Raises ConnectorError."""
        account = self._service.account
        pages = self._pages(lambda token: calls.lists(token, account), "tasks#taskLists")
        return [
            Collection(one["id"], str(one.get("title", "")), frozenset({Kind.TODO}))
            for page in pages
            for one in page
        ]

    def all(self, held: str, filters: Mapping[str, Any]) -> list[Task]:
        """The tasks of a list that the filters leave over. Raises ConnectorError."""
        return [task for page in self._tasks(held, filters) for task in page]

    def pull(
        self, collection: Collection, cursor: str | None, known: Mapping[str, str | None], shelf: Shelf
    ) -> Listing:
        """What changed since the cursor, or everything. Raises ConnectorError."""
        shelf.know(known)
        shelf.fresh = False
        held = collection.ref
        since = cursors.read(cursor, held) if cursor is not None else None
        filters: dict[str, Any] = dict(EVERYTHING)
        if since is not None:
            filters |= {"updatedMin": cursors.start(since), "showDeleted": True}
        pages = self._tasks(held, filters)
        found = {task["id"]: task for task in next(pages)}
        now = self._service.server_time()  # as of the first page: what comes later is asked for again
        if since is not None:
            cursors.check(since, now, held)
        found |= {task["id"]: task for page in pages for task in page}
        listing = self._sorted(list(found.values()), known, shelf, whole=since is None, now=now)
        shelf.listed()
        shelf.fresh = True
        return listing

    def _sorted(
        self,
        tasks: Sequence[Task],
        known: Mapping[str, str | None],
        shelf: Shelf,
        *,
        whole: bool,
        now: dt.datetime | None,
    ) -> Listing:
        """The listing in tasks: ours told from strangers', and news from what is known."""
        seen: list[Seen] = []
        broken: list[Broken] = []
        same: set[str] = set()
        gone = {task["id"] for task in tasks if task.get("deleted")}
        there = [task for task in tasks if task["id"] not in gone]
        held = {task["id"]: self.uid_of(task, shelf) for task in there}
        if whole:
            shelf.gone([*shelf.uids])
            shelf.know(known)
        shelf.gone(gone)
        shelf.note(tasks, whole=whole)
        for task in there:
            ref, uid = task["id"], held[task["id"]]
            if uid is not None:
                shelf.keep(task, uid)
            if ref in known and (told := revision(task, uid)) is not None and known[ref] == told:
                same.add(ref)
            elif uid is not None or ref in known:
                answer = self.answer(task, uid)
                if isinstance(answer, Seen):
                    seen.append(answer)
                else:
                    broken.append(answer)
        return Listing(
            Scope.COMPLETE if whole else Scope.CHANGES,
            tuple(seen),
            frozenset(same),  # in changes too: what we wrote ourselves need not be read again
            frozenset() if whole else frozenset(ref for ref in gone if ref in known),
            tuple(broken),
            cursors.written(now) if now is not None else None,
        )

    def uid_of(self, task: Task, shelf: Shelf) -> str | None:
        """Whose a task is, by what we hold or by its marker."""
        return codec.uid_of(task, self._context.claims, shelf.uids.get(task["id"]))

    def answer(self, task: Task, uid: str | None) -> Seen | Broken:
        """A task that stands at an address of ours."""
        if uid is None:
            return Broken(task["id"], revision(task, None), NO_MARKER)
        try:
            return Seen(task["id"], revision(task, uid), codec.decode(task, uid))
        except codec.Unreadable as error:
            return Broken(task["id"], revision(task, uid), str(error))

    # --- pages ---

    def _tasks(self, held: str, filters: Mapping[str, Any]) -> Iterator[list[Task]]:
        return self._pages(lambda token: calls.page(held, token, filters), "tasks#tasks")

    def _pages(self, call: Callable[[str | None], Call], kind: str) -> Iterator[list[Task]]:
        token: str | None = None
        told: set[str] = set()
        for _ in range(MOST_PAGES):
            asked = call(token)
            data = self._service.call(asked).data
            items = data.get("items", []) if isinstance(data, dict) else None
            if not isinstance(items, list) or data.get("kind") != kind or not all(map(_is_one, items)):
                raise errors.malformed(asked.subject)
            yield items
            token = data.get("nextPageToken")
            if token is None:
                return
            if not isinstance(token, str) or not token or token in told:
                break
            told.add(token)
        raise errors.malformed(asked.subject)


def _is_one(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("id"), str) and bool(item["id"])
