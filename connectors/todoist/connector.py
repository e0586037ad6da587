"""The Todoist connector as the engine sees it: reading and writing put together, a board for each project."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from connectors.todoist.board import ALL, Board, Fresh
from connectors.todoist.errors import from_command, malformed
from connectors.todoist.login import LOGIN
from connectors.todoist.reading import Reader
from connectors.todoist.settings import TodoistSettings
from connectors.todoist.transport import Transport
from connectors.todoist.writing import Writer
from syncer.connector import (
    Broken,
    Capability,
    Collection,
    Connector,
    Context,
    Gone,
    Image,
    Listing,
    Login,
    Operation,
    Outcome,
    Refused,
    Seen,
    Settings,
)
from syncer.core.model import Kind

TODOS = frozenset({Kind.TODO})


class Todoist(Connector):
    """One account at Todoist. Collections are projects; addresses are the ids that Todoist gives to items."""

    name: ClassVar[str] = "todoist"
    settings: ClassVar[type[Settings]] = TodoistSettings
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.TODOS, Capability.TIME_OF_DAY_TODOS, Capability.NOTES}
    )

    @classmethod
    def login(cls, settings: Settings) -> Login:
        """The API token."""
        return LOGIN

    def __init__(self, settings: Settings, context: Context) -> None:
        """Take the settings; the secret is read and Todoist met with the first request."""
        if not isinstance(settings, TodoistSettings):
            raise TypeError("Todoist needs TodoistSettings")
        self._settings, self._context = settings, context
        self.transport = Transport(settings, context)
        self._reader = Reader(self.transport, context)
        self._boards: dict[str, Board] = {}
        self._sent: set[str] = set()

    @property
    def address(self) -> str:
        """The URL of the settings."""
        return self._settings.url

    @property
    def user(self) -> str:
        """The account's mail address, if the settings tell it."""
        return self._settings.user

    def collections(self) -> Sequence[Collection]:
        """The account's projects; those that were archived are not there."""
        return [
            Collection(project.id, project.name, TODOS)
            for project in self.transport.projects()
            if not project.is_archived
        ]

    def create_collection(self, name: str, kind: Kind) -> Collection:
        """A new project, unless one of that name is there."""
        if kind is not Kind.TODO:
            raise Refused("Todoist has no calendars", subject=name, cure="Put events into another account")
        there = next((one for one in self.collections() if one.name == name), None)
        if there is not None:
            return there
        command, temp = str(uuid.uuid4()), str(uuid.uuid4())
        args = {"type": "project_add", "uuid": command, "temp_id": temp, "args": {"name": name}}
        told = self.transport.sync(ALL, ("projects",), [args], self.transport.host).data
        status = told["sync_status"].get(command)
        if status != "ok":
            raise from_command(status, self.transport.host)
        ref = told.get("temp_id_mapping", {}).get(temp)
        if not isinstance(ref, str):
            raise malformed(self.transport.host)
        return Collection(ref, name, TODOS)

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """Changes by sync token; without one, what is open, and from the history what was completed."""
        return self._reader.pull(self._board(collection), cursor, known)

    def read(self, collection: Collection, refs: Sequence[str]) -> Sequence[Seen | Gone | Broken]:
        """Single items: one sync for all that stand there, one request for each that does not."""
        return self._reader.read(self._board(collection), refs)

    def address_of(self, collection: Collection, uid: str) -> str | None:
        """None: Todoist chooses."""
        return None

    def find(self, collection: Collection, uids: Sequence[str]) -> Sequence[Seen]:
        """By the marker below their notes, what was completed too."""
        return self._reader.find(self._board(collection), uids)

    def images(self, collection: Collection, refs: Sequence[str]) -> Sequence[Image]:
        """The items as the API writes them; what was pulled right before is not asked for again."""
        board = self._board(collection)
        if not refs:
            return []
        if board.fresh is not Fresh.PULLED or not all(ref in board.entries for ref in refs):
            self._reader.look(board)
            self._reader.meet(board, refs)
        return [
            Image(ref, board.entries[ref].revision, json.dumps(dict(board.entries[ref].raw)))
            for ref in dict.fromkeys(refs)
            if ref in board.entries
        ]

    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        """Commands of the sync endpoint, a hundred to a request, answered with what stands there then."""
        writer = Writer(
            self.transport,
            self._reader,
            self._context,
            self._board(collection),
            self._sent,
            in_sections=self._settings.sections,
        )
        return writer.push(operations)

    def server_time(self) -> dt.datetime | None:
        """The Date of the last answer (RFC 9110 section 6.6.1)."""
        return self.transport.server_time()

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()

    def _board(self, collection: Collection) -> Board:
        return self._boards.setdefault(collection.ref, Board(collection.ref))
