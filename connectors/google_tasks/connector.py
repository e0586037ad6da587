"""The Google Tasks connector as the engine sees it: it puts listing, reading and writing together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from connectors.google import scopes
from connectors.google.login import login
from connectors.google.service import Service
from connectors.google.settings import GoogleSettings
from connectors.google_tasks import calls
from connectors.google_tasks.codec import LONGEST_TITLE
from connectors.google_tasks.listing import EVERYTHING, Lister
from connectors.google_tasks.reading import Reader
from connectors.google_tasks.shelf import Shelf
from connectors.google_tasks.writing import Writer
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

ADDRESS = "https://tasks.google.com/"


class GoogleTasks(Connector):
    """One account at Google Tasks. Addresses are the ids that Google gives; revisions are ETags with a UID.

    There is no time of day, no reminder and no id of our choice. A deleted item's UID can be used again: to
    Google it is only a line in the notes.
    """

    name: ClassVar[str] = "google_tasks"
    family: ClassVar[str] = "google"
    settings: ClassVar[type[Settings]] = GoogleSettings
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.TODOS, Capability.NOTES, Capability.CONDITIONAL_WRITES, Capability.REUSED_IDS}
    )

    @classmethod
    def login(cls, settings: Settings) -> Login:
        """A consent on Google's page, shared with `google_calendar`."""
        return login(Kind.TODO, scopes.TASKS)

    def __init__(self, settings: Settings, context: Context) -> None:
        """Take the settings; the secret is read and Google met with the first request."""
        if not isinstance(settings, GoogleSettings):
            raise TypeError("Google Tasks needs GoogleSettings")
        self._settings, self._context = settings, context
        self.service = Service("tasks", "v1", settings, context)
        self._lister = Lister(self.service, context)
        self._reader = Reader(self.service, self._lister)
        self._shelves: dict[str, Shelf] = {}

    @property
    def address(self) -> str:
        """Where a person finds their tasks."""
        return self._settings.root or ADDRESS

    @property
    def user(self) -> str:
        """The account's mail address, if the settings tell it."""
        return self._settings.user

    def collections(self) -> Sequence[Collection]:
        """The account's lists."""
        return self._lister.collections()

    def create_collection(self, name: str, kind: Kind) -> Collection:
        """A new list, unless one of that name is there. It is sent once: after trouble, look again."""
        if kind is not Kind.TODO:
            raise Refused(
                "Google Tasks holds no events", subject=self.service.account, cure="Choose a calendar"
            )
        for collection in self.collections():
            if collection.name == name:
                return collection
        if len(name) > LONGEST_TITLE:
            raise Refused(
                "the list's name is too long", subject=self.service.account, cure="Shorten the name"
            )
        made = self.service.call(calls.insert_list(name, self.service.account))
        return Collection(made.data["id"], str(made.data.get("title", name)), frozenset({Kind.TODO}))

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """What was updated since the cursor, completed, hidden and deleted tasks too, or everything."""
        return self._lister.pull(collection, cursor, known, self._shelf(collection))

    def read(self, collection: Collection, refs: Sequence[str]) -> Sequence[Seen | Gone | Broken]:
        """Single tasks; a deleted one is Gone, one that lost its marker is known by what we hold."""
        return self._reader.read(collection.ref, refs, self._shelf(collection))

    def address_of(self, collection: Collection, uid: str) -> str | None:
        """Google chooses."""
        return None

    def find(self, collection: Collection, uids: Sequence[str]) -> Sequence[Seen]:
        """By their markers, completed and hidden ones too. There is no search: the whole list is read."""
        if not uids:
            return []
        shelf, wanted = self._shelf(collection), set(uids)
        shelf.fresh = False
        found: list[Seen] = []
        for task in self._lister.all(collection.ref, EVERYTHING):
            uid = self._lister.uid_of(task, shelf)
            if uid in wanted and isinstance(answer := self._lister.answer(task, uid), Seen):
                shelf.uids[answer.ref] = answer.item.uid
                found.append(answer)
        return found

    def images(self, collection: Collection, refs: Sequence[str]) -> Sequence[Image]:
        """The fields of our tasks that Google would take back."""
        return list(self._reader.images(collection, refs, self._shelf(collection)))

    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        """Batches of fifty; outcomes come batch by batch."""
        shelf = self._shelf(collection)
        writer = Writer(self.service, self._lister, self._reader, self._context, collection.ref, shelf)
        return writer.push(operations)

    def server_time(self) -> dt.datetime | None:
        """The Date of Google's last answer (RFC 9110 section 6.6.1)."""
        return self.service.server_time()

    def close(self) -> None:
        """Let go of the connections."""
        self.service.close()

    def _shelf(self, collection: Collection) -> Shelf:
        return self._shelves.setdefault(collection.ref, Shelf())
