"""Fetching what stands at addresses, a hundred to a request. Requests go through `transport`.

Which addresses may be fetched is decided in `reading` and `writing`, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from connectors.caldav import bodies, codec, errors, quirks
from connectors.caldav.bodies import COMPONENTS
from connectors.caldav.limits import LARGEST_BATCH, LARGEST_ITEM, LARGEST_SINGLE
from connectors.caldav.multistatus import CAL, child_of, key, read
from connectors.caldav.transport import Transport, parsed
from syncer.connector import Broken, Collection, CollectionGone, Context, Gone, Refused, Retry, Seen

CHUNK = 100
NOT_HERE = frozenset({404, 410})
NO_REPORT = frozenset({405, 415, 501})
"""Answers to a REPORT that mean that the server has none of the kind."""


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at an address: `status` 200 with revision and text, 404, 413 or a refusal."""

    status: int
    revision: str | None = None
    text: str = ""


class Fetcher:
    """Reads resources of one account; `pool` runs the requests of a large read side by side."""

    def __init__(self, transport: Transport, context: Context, pool: Callable[[], Executor]) -> None:
        self._transport = transport
        self._context = context
        self._pool = pool

    def texts(self, collection: Collection, refs: Iterable[str]) -> dict[str, Found]:
        """What stands at each address, as raw iCalendar."""
        asked = list(dict.fromkeys(refs))
        chunks = [asked[start : start + CHUNK] for start in range(0, len(asked), CHUNK)]
        if len(chunks) <= 1:
            return self._multiget(collection, asked) if asked else {}
        found: dict[str, Found] = {}
        for part in self._pool().map(lambda chunk: self._multiget(collection, chunk), chunks):
            found.update(part)
        return found

    def understood(self, ref: str, found: Found) -> Seen | Gone | Broken:
        """The item at an address; a stranger's content at an address of ours is not looked at further."""
        if found.status in NOT_HERE:
            return Gone(ref)
        if found.status == 413:
            return Broken(ref, found.revision, "larger than 1 MiB")
        if found.status != 200:
            return Broken(ref, None, f"not shown by the server ({found.status})")
        try:
            item = codec.decode(found.text, self._context.zone)
        except codec.Unreadable as error:
            return Broken(ref, found.revision, str(error))
        if not self._context.claims(item.uid):
            return Broken(ref, found.revision, "the address holds somebody else's item")
        return Seen(ref, found.revision, item)

    def whereabouts(self, collection: Collection, uids: Sequence[str]) -> list[str]:
        """Where the collection holds items with these UIDs, whatever their addresses; misses are left out.

        An app that moves an item gives it an address of its own choosing. A server that can't be asked
        (RFC 4791 section 7.8) says nothing.
        """
        if len(uids) < 2:  # also asked from within the pool, which must not wait for itself
            found: Iterable[str | None] = [self._by_uid(collection, uid) for uid in uids]
        else:
            found = self._pool().map(lambda uid: self._by_uid(collection, uid), uids)
        return [href for href in found if href is not None]

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

    def _by_uid(self, collection: Collection, uid: str) -> str | None:
        for kind in sorted(collection.kinds):
            answer = self._transport.send(
                "REPORT",
                collection.ref,
                bodies.by_uid(COMPONENTS[kind], uid),
                {"Depth": "1"},
                accept=NOT_HERE | NO_REPORT | {403},
            )
            listing = read(answer.root) if answer.status // 100 == 2 else None
            for entry in listing.entries if listing else ():
                if entry.status == 200 and child_of(collection.ref, entry.href):
                    return entry.href
        return None

    def _multiget(
        self, collection: Collection, refs: Sequence[str], *, weighed: bool = False
    ) -> dict[str, Found]:
        """One calendar-multiget; what it leaves out is asked for singly.

        An answer that is too large is asked for again without the items that are (where the server doesn't
        tell their sizes, and where an item makes it no well-formed XML, in halves): one item of 100 MB costs
        one answer that is broken off and one listing, or seven answers.
        """
        try:
            answer = self._transport.send(
                "REPORT",
                collection.ref,
                bodies.multiget(refs),
                accept=NOT_HERE | NO_REPORT,
                most=LARGEST_SINGLE if len(refs) == 1 else LARGEST_BATCH,
            )
        except (errors.TooLarge, errors.IllFormed) as error:
            large = isinstance(error, errors.TooLarge)
            if len(refs) == 1:
                return {refs[0]: Found(413) if large else self._get(refs[0])}
            if large and not weighed and (heavy := self._heavy(collection, refs)):
                light = [ref for ref in refs if ref not in heavy]
                rest = self._multiget(collection, light, weighed=True) if light else {}
                return rest | dict.fromkeys(heavy, Found(413))
            half = len(refs) // 2
            return self._multiget(collection, refs[:half], weighed=True) | self._multiget(
                collection, refs[half:], weighed=True
            )
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

    def _heavy(self, collection: Collection, refs: Sequence[str]) -> set[str]:
        """Those of the addresses at which the server says that more stands than we read."""
        try:
            listing = self._transport.multistatus("PROPFIND", collection.ref, bodies.SIZES, "1")
        except (Refused, Retry):  # then we go without
            return set()
        large = {key(entry.href) for entry in listing.entries if entry.size > LARGEST_ITEM}
        return {ref for ref in refs if key(ref) in large}

    def _get(self, ref: str) -> Found:
        """One item by GET: its answer is explicit."""
        try:
            answer = self._transport.send("GET", ref, accept=NOT_HERE | {403}, most=LARGEST_SINGLE)
        except errors.TooLarge:
            return Found(413)
        if answer.status // 100 != 2:
            return Found(answer.status)
        return Found(200, quirks.revision_of(answer.etag, answer.text), answer.text)
