"""Listing a collection: which addresses changed, or all of them, with their revisions and no contents.

By sync-collection (RFC 6578) where the server has it, else by comparing ETags. Requests go through
`transport`. An answer that is no listing is raised, never returned as an empty one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from connectors.caldav import bodies, errors, quirks
from connectors.caldav.fetching import NO_REPORT, NOT_HERE, Fetcher
from connectors.caldav.limits import LARGEST_ITEM
from connectors.caldav.multistatus import CAL, Entry, Multistatus, child_of, key
from connectors.caldav.transport import Answer, Transport, parsed
from syncer.connector import Collection, CursorExpired, Scope

MOST_PAGES = 1000
BAD_TOKEN = frozenset({400, 403, 409, 410, 412})
"""Answers to a sync token that is not known (RFC 6578 section 3.2 wants 403 or 409 with a precondition)."""


@dataclass(slots=True)
class Changes:
    """The members that a listing named, by `key`: address, and ETag (None where there is none).

    `gone` are those that are no longer there, `heavy` those larger than we read (where the server tells
    sizes), `elsewhere` entries that are no members: they are never followed.
    """

    scope: Scope
    token: str | None = None
    hrefs: dict[str, str] = field(default_factory=dict)
    etags: dict[str, str | None] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    heavy: set[str] = field(default_factory=set)
    elsewhere: list[Entry] = field(default_factory=list)

    def take(self, page: Multistatus, collection: Collection, host: str) -> None:
        """Add a page; what it says replaces what an earlier page said about the same address."""
        for entry in page.entries:
            name = key(entry.href)
            if _is(collection, entry):
                continue
            if not child_of(collection.ref, entry.href) or entry.host not in ("", host):
                self.elsewhere.append(entry)
                continue
            self.hrefs[name] = entry.href
            if entry.status in NOT_HERE:
                self.gone.add(name)
                self.etags.pop(name, None)
            else:
                self.etags[name] = entry.etag
                self.gone.discard(name)
                if entry.size > LARGEST_ITEM:
                    self.heavy.add(name)


class Lister:
    """Lists the collections of one account, and remembers which have no sync-collection."""

    def __init__(self, transport: Transport, fetcher: Fetcher) -> None:
        self._transport = transport
        self._fetcher = fetcher
        self._without_sync: set[str] = set()

    def changes(self, collection: Collection, cursor: str | None) -> Changes:
        """What changed since `cursor`, or everything. Raises CursorExpired, CollectionGone, Retry.

        Where sync-collection is refused for good that is remembered; where its answer is merely odd, this
        listing compares ETags and the next one asks again.
        """
        if collection.ref not in self._without_sync:
            changes = self._sync(collection, cursor)
            if changes is not None:
                return changes
        return self._compare(collection)

    def _sync(self, collection: Collection, cursor: str | None) -> Changes | None:
        """Changes by sync-collection, page after page; None where they can't be had that way."""
        if cursor is not None and not quirks.usable_token(cursor):
            raise CursorExpired("the sync token is not the server's", subject=collection.ref)
        changes = Changes(Scope.COMPLETE if cursor is None else Scope.CHANGES, cursor)
        for _ in range(MOST_PAGES):
            answer = self._transport.send(
                "REPORT",
                collection.ref,
                bodies.sync_collection(changes.token),
                {"Depth": "0"},
                accept=BAD_TOKEN | NO_REPORT | NOT_HERE,
            )
            if answer.status // 100 != 2:
                self._blame_token(collection, changes.token, answer)
                return None
            page = parsed(answer, collection.ref)
            if not quirks.usable_token(page.token):
                return None  # RFC 6578 section 3.2: each answer has one, or it is none
            changes.take(page, collection, self._host)
            if page.truncated and page.token == changes.token:
                return None  # cut short, and no way to go on
            changes.token = page.token
            if not page.truncated:
                return changes
        return None

    def _blame_token(self, collection: Collection, token: str | None, answer: Answer) -> None:
        """Raise what an error on sync-collection means; returns where another way must do."""
        names = errors.local_names(answer.preconditions)
        if answer.status in NOT_HERE and "valid-sync-token" not in names:
            self._fetcher.check_alive(collection)
        if token is not None and answer.status in BAD_TOKEN and "supported-report" not in names:
            raise CursorExpired("the server no longer knows the sync token", subject=collection.ref)
        if answer.status in NO_REPORT | {403} or "supported-report" in names:
            self._without_sync.add(collection.ref)

    def _compare(self, collection: Collection) -> Changes:
        """Members with their ETags, where there is no sync-collection; the collection must name itself."""
        answer = self._transport.send(
            "PROPFIND", collection.ref, bodies.ETAGS, {"Depth": "1"}, accept=NOT_HERE
        )
        if answer.status in NOT_HERE:
            self._fetcher.check_alive(collection)
        listing = parsed(answer, collection.ref)
        itself = [entry for entry in listing.entries if _is(collection, entry)]
        if not itself:
            raise errors.malformed(collection.ref)
        if f"{CAL}calendar" not in itself[0].types:
            self._fetcher.check_alive(collection)
        changes = Changes(Scope.COMPLETE)
        changes.take(listing, collection, self._host)
        return changes

    @property
    def _host(self) -> str:
        return urlsplit(self._transport.origin).hostname or ""


def _is(collection: Collection, entry: Entry) -> bool:
    """Whether an entry is the collection itself."""
    return key(entry.href).rstrip("/") == key(collection.ref).rstrip("/")
