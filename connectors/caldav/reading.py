"""Reading: what changed in a collection, and single items afresh. Requests go through `transport`.

Only ours are fetched. A listing names every address with its revision; contents are asked for addresses
that we know or that are named like an item of ours. The one exception is in `_moved`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from connectors.caldav import bodies, codec, errors, quirks
from connectors.caldav.multistatus import CAL, DAV, Multistatus, child_of, key, read, stem
from connectors.caldav.transport import Answer, Transport, parsed
from syncer.connector import (
    Broken,
    Collection,
    CollectionGone,
    Context,
    CursorExpired,
    Gone,
    Listing,
    Scope,
    Seen,
)

CHUNK = 100
MOST_PAGES = 1000
NOT_HERE = frozenset({404, 410})
NO_REPORT = frozenset({405, 415, 501})
"""Answers to a REPORT that mean that the server has none of the kind."""

BAD_TOKEN = frozenset({400, 403, 409, 410, 412})
"""Answers to a sync token that is not known (RFC 6578 section 3.2 wants 403 or 409 with a precondition)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at an address: `status` 200 with revision and text, 404, 413 or a refusal."""

    status: int
    revision: str | None = None
    text: str = ""


@dataclass(slots=True)
class Changes:
    """The addresses that a listing named, by `key`: the ETag, or None in `etags` where there is none."""

    hrefs: dict[str, str] = field(default_factory=dict)
    etags: dict[str, str | None] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    elsewhere: list[Entry] = field(default_factory=list)
    token: str | None = None

    def take(self, page: Multistatus, collection: Collection) -> None:
        """Add a page; what it says replaces what an earlier page said about the same address."""
        for entry in page.entries:
            name = key(entry.href)
            if not child_of(collection.ref, entry.href) or entry.host not in ("", host):
                self.elsewhere.append(entry)
                continue
            if name.rstrip("/") == key(collection.ref).rstrip("/"):
                continue
            self.hrefs[name] = entry.href
            if entry.status in NOT_HERE:
                self.gone.add(name)
                self.etags.pop(name, None)
            else:
                self.etags[name] = entry.etag
                self.gone.discard(name)


class Reader:
    """Reads one account's collections; `pool` runs the requests of a large read side by side."""

    def __init__(self, transport: Transport, context: Context, pool: Callable[[], Executor]) -> None:
        self._transport = transport
        self._context = context
        self._pool = pool
        self._without_sync: set[str] = set()

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """What changed since `cursor`, or everything; in one request where nothing of ours did."""
        changes = None if collection.ref in self._without_sync else self._sync(collection, cursor)
        scope = Scope.COMPLETE if cursor is None or changes is None else Scope.CHANGES
        if changes is None:
            self._without_sync.add(collection.ref)
            changes = self._compare(collection)
        held = {key(ref): ref for ref in known}
        wanted: list[str] = []
        same: set[str] = set()
        broken: list[Broken] = []
        for name, etag in changes.etags.items():
            ref = held.get(name)
            if ref is not None and etag is not None and etag == known[ref]:
                same.add(ref)
            elif ref is not None or self._context.claims(stem(changes.hrefs[name])):
                if child_of(collection.ref, changes.hrefs[name]):
                    wanted.append(ref or changes.hrefs[name])
                else:  # never followed: it may be anybody's
                    broken.append(Broken(changes.hrefs[name], etag, "the address is outside its calendar"))
        gone = {held[name] for name in changes.gone if name in held}
        found = self._fetch(collection, wanted)
        seen: list[Seen] = []
        for ref, what in found.items():
            match self._understood(ref, what):
                case Seen() as item if item.revision == known.get(ref):
                    same.add(ref)
                case Seen() as item:
                    seen.append(item)
                case Broken() as bad:
                    broken.append(bad)
                case Gone() if ref in known:  # deleted since it was listed
                    gone.add(ref)
        if scope is Scope.COMPLETE:
            return Listing(scope, tuple(seen), frozenset(same), frozenset(), tuple(broken), changes.token)
        seen += self._moved(collection, changes, known, found) if gone else []
        return Listing(scope, tuple(seen), frozenset(), frozenset(gone), tuple(broken), changes.token)

    def read(self, collection: Collection, refs: Sequence[str]) -> list[Seen | Gone | Broken]:
        """One answer for each address. Raises CollectionGone where nothing is left to read in."""
        found = self._fetch(collection, refs)
        if found and all(what.status in NOT_HERE for what in found.values()):
            self.check_alive(collection)
        return [self._understood(ref, what) for ref, what in found.items()]

    def texts(self, collection: Collection, refs: Sequence[str]) -> dict[str, Found]:
        """What stands at each address, as raw iCalendar."""
        return self._fetch(collection, refs)

    def check_alive(self, collection: Collection) -> None:
        """Raise CollectionGone unless the collection is where it was."""
        answer = self._transport.send(
            "PROPFIND", collection.ref, bodies.KIND, {"Depth": "0"}, accept=NOT_HERE
        )
        if answer.status not in NOT_HERE:
            entries = parsed(answer, collection.ref).entries
            # Xandikos says 404 inside a 207.
            if any(f"{CAL}calendar" in entry.types for entry in entries if entry.status == 200):
                return
            if not entries:
                raise errors.malformed(collection.ref)
        raise CollectionGone(
            "the calendar is not where it was",
            subject=collection.ref,
            cure="Check whether it was deleted or moved",
        )

    def _sync(self, collection: Collection, cursor: str | None) -> Changes | None:
        """Changes by sync-collection (RFC 6578), page after page; None where the server has no such thing."""
        if cursor is not None and not quirks.usable_token(cursor):
            raise CursorExpired("the sync token is not the server's", subject=collection.ref)
        changes = Changes(token=cursor)
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
                return None
            changes.take(page, collection)
            if page.truncated and page.token == changes.token:
                raise errors.malformed(collection.ref)  # cut short, and no way to go on
            changes.token = page.token
            if not page.truncated:
                return changes
        raise errors.malformed(collection.ref)

    def _blame_token(self, collection: Collection, token: str | None, answer: Answer) -> None:
        """Raise what an error on sync-collection means; returns where there is just no such report."""
        names = errors.local_names(answer.preconditions)
        if answer.status in NOT_HERE and "valid-sync-token" not in names:
            self.check_alive(collection)
        if token is not None and answer.status in BAD_TOKEN and "supported-report" not in names:
            raise CursorExpired("the server no longer knows the sync token", subject=collection.ref)

    def _compare(self, collection: Collection) -> Changes:
        """Members with its ETag, where there is no sync-collection. The collection itself must be named."""
        answer = self._transport.send(
            "PROPFIND", collection.ref, bodies.ETAGS, {"Depth": "1"}, accept=NOT_HERE
        )
        if answer.status in NOT_HERE:
            self.check_alive(collection)
        listing = parsed(answer, collection.ref)
        itself = [
            entry
            for entry in listing.entries
            if key(entry.href).rstrip("/") == key(collection.ref).rstrip("/")
        ]
        if not itself:
            raise errors.malformed(collection.ref)
        if f"{CAL}calendar" not in itself[0].types:
            self.check_alive(collection)
        changes = Changes()
        changes.take(listing, collection)
        return changes

    def _moved(
        self,
        collection: Collection,
        changes: Changes,
        known: Mapping[str, str | None],
        found: Mapping[str, Found],
    ) -> list[Seen]:
        """Items of ours under a stranger's name, looked for only when one of ours vanished in this listing.

        An app that moves an item gives it an address of its own choosing. The strangers are read, and what
        is not ours is let go of at once.
        """
        mine = {key(ref) for ref in (*known, *found)}
        strangers = [
            href
            for name, href in changes.hrefs.items()
            if name in changes.etags and name not in mine and child_of(collection.ref, href)
        ]
        answers = [self._understood(ref, what) for ref, what in self._fetch(collection, strangers).items()]
        return [answer for answer in answers if isinstance(answer, Seen)]

    def _understood(self, ref: str, found: Found) -> Seen | Gone | Broken:
        """The item at an address; a stranger's content at an address of ours is not looked at further."""
        if found.status in NOT_HERE:
            return Gone(ref)
        if found.status != 200:
            reason = (
                "larger than 32 MiB" if found.status == 413 else f"not shown by the server ({found.status})"
            )
            return Broken(ref, found.revision, reason)
        try:
            item = codec.decode(found.text, self._context.zone)
        except codec.Unreadable as error:
            return Broken(ref, found.revision, str(error))
        if not self._context.claims(item.uid):
            return Broken(ref, found.revision, "the address holds somebody else's item")
        return Seen(ref, found.revision, item)

    def _fetch(self, collection: Collection, refs: Iterable[str]) -> dict[str, Found]:
        """The contents of addresses, a hundred to a request, the requests side by side."""
        asked = list(dict.fromkeys(refs))
        chunks = [asked[start : start + CHUNK] for start in range(0, len(asked), CHUNK)]
        if len(chunks) <= 1:
            return self._multiget(collection, asked) if asked else {}
        found: dict[str, Found] = {}
        for part in self._pool().map(lambda chunk: self._multiget(collection, chunk), chunks):
            found.update(part)
        return found

    def _multiget(self, collection: Collection, refs: Sequence[str]) -> dict[str, Found]:
        """One calendar-multiget; what it leaves out is asked for singly, what is too large alone."""
        accept = NOT_HERE | NO_REPORT
        body = bodies.multiget(refs)
        try:
            answer = self._transport.send("REPORT", collection.ref, body, accept=accept)
        except errors.TooLarge:
            if len(refs) == 1:
                return {refs[0]: Found(413)}
            half = len(refs) // 2
            return self._multiget(collection, refs[:half]) | self._multiget(collection, refs[half:])
        if answer.status in NOT_HERE:
            self.check_alive(collection)
        listing = read(answer.root) if answer.status // 100 == 2 else None
        entries = {key(entry.href): entry for entry in listing.entries} if listing else {}
        found: dict[str, Found] = {}
        for ref in refs:
            entry = entries.get(key(ref))
            text = entry.text(f"{CAL}calendar-data") if entry else None
            if entry is not None and entry.status in NOT_HERE:
                found[ref] = Found(entry.status)
            elif entry is not None and entry.status == 200 and text is not None:
                found[ref] = Found(200, quirks.revision_of(entry.etag, text), text)
            else:
                found[ref] = self._get(ref)
        return found

    def _get(self, ref: str) -> Found:
        """One item by GET: its answer is explicit."""
        try:
            answer = self._transport.send("GET", ref, accept=NOT_HERE | {403})
        except errors.TooLarge:
            return Found(413)
        if answer.status // 100 != 2:
            return Found(answer.status)
        return Found(200, quirks.revision_of(answer.etag, answer.text), answer.text)


__all__ = ["CHUNK", "DAV", "NOT_HERE", "Found", "Reader"]
