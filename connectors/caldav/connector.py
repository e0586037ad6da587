"""The CalDAV connector as the engine sees it: it puts discovery, reading and writing together."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import ClassVar
from urllib.parse import urlsplit

from connectors.caldav import images, quirks, writing
from connectors.caldav.conditions import Keeping
from connectors.caldav.discovery import Discovery
from connectors.caldav.fetching import Fetcher, Found
from connectors.caldav.listing import Lister
from connectors.caldav.login import login
from connectors.caldav.reading import Reader
from connectors.caldav.settings import CalDAVSettings
from connectors.caldav.transport import Transport
from connectors.caldav.writing import Writer
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
    Seen,
    Settings,
)
from syncer.core.model import Kind


class CalDAV(Connector):
    """One account at one CalDAV server. Addresses are URL paths; revisions are ETags."""

    name: ClassVar[str] = "caldav"
    settings: ClassVar[type[Settings]] = CalDAVSettings
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability)

    @classmethod
    def login(cls, settings: Settings) -> Login:
        """A password; at iCloud an app-specific one."""
        assert isinstance(settings, CalDAVSettings)
        return login(settings)

    def __init__(self, settings: Settings, context: Context) -> None:
        """Take the settings; the secret is read and the server met with the first request."""
        if not isinstance(settings, CalDAVSettings):
            raise TypeError("CalDAV needs CalDAVSettings")
        self._settings = settings
        self._context = context
        self.transport = Transport(settings, context)
        self._discovery = Discovery(self.transport)
        self._fetcher = Fetcher(self.transport, context, self._executor)
        self._reader = Reader(Lister(self.transport, self._fetcher), self._fetcher, context)
        self.keeping = Keeping()
        self._read: dict[str, Found] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """The URL, domain or mail address of the settings."""
        return self._settings.url

    @property
    def user(self) -> str:
        """The login's name."""
        return self._settings.user

    def collections(self) -> Sequence[Collection]:
        """The account's calendars and lists."""
        return self._discovery.collections()

    def create_collection(self, name: str, kind: Kind) -> Collection:
        """MKCALENDAR below the calendar home, unless one of that name and kind is there."""
        return self._discovery.create(name, kind)

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """Changes by RFC 6578, or by comparing ETags where the server has no sync-collection."""
        self._locate()
        self._read = {}
        return self._reader.pull(collection, cursor, known)

    def read(self, collection: Collection, refs: Sequence[str]) -> Sequence[Seen | Gone | Broken]:
        """Single items by calendar-multiget, or GET where that leaves one out."""
        self._locate()
        return self._reader.read(collection, refs)

    def address_of(self, collection: Collection, uid: str) -> str | None:
        """The UID in the collection, with `.ics`."""
        return writing.address_of(collection, uid)

    def find(self, collection: Collection, uids: Sequence[str]) -> Sequence[Seen]:
        """At the addresses that we gave them, else by asking the server for their UIDs."""
        self._locate()
        return self._reader.find(collection, {self.address_of(collection, uid): uid for uid in uids})

    def images(self, collection: Collection, refs: Sequence[str]) -> Sequence[Image]:
        """The resources of ours as the server shows them; the next push need not read them again."""
        self._locate()
        self._read = self._fetcher.texts(collection, refs)
        return [
            Image(ref, found.revision, images.whole(found.text))
            for ref, found in self._read.items()
            if found.status == 200 and images.is_of(found.text, self._context.claims)
        ]

    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        """PUT and DELETE side by side, each conditional and read back; outcomes come by the hundred."""
        self._locate()
        read, self._read = self._read, {}
        writer = Writer(self.transport, self._fetcher, self._context, self._executor, self.keeping, read)
        return writer.push(collection, operations)

    def server_time(self) -> dt.datetime | None:
        """The Date of the last answer (RFC 9110 section 6.6.1)."""
        return self.transport.server_time()

    def close(self) -> None:
        """Let what is under way end, and close the connections."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
        self.transport.close()

    def _executor(self) -> Executor:
        """The threads for requests, made when they are first needed."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._settings.parallel, thread_name_prefix="caldav")
            return self._pool

    def _locate(self) -> None:
        """Where the provider keeps accounts on hosts of their own, find ours before the first request."""
        host = urlsplit(self._settings.url).hostname if self._settings.full_url else None
        if host is not None and quirks.is_partitioned(host):
            self._discovery.find()
