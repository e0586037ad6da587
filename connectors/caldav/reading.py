"""Reading: what changed in a collection, and single items afresh. Of strangers' items, nothing.

A listing names every address with its revision; contents are fetched for addresses that we know or that
are named like an item of ours. The one exception is in `_moved`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from connectors.caldav.fetching import NOT_HERE, Fetcher, Found
from connectors.caldav.listing import Changes, Lister
from connectors.caldav.multistatus import key, stem
from syncer.connector import Broken, Collection, Context, Gone, Listing, Retry, Scope, Seen

TOLD = NOT_HERE | {200, 413}
"""Answers that settle what stands at an address; 413 is larger than we read."""


class Reader:
    """Reads one account's collections."""

    def __init__(self, lister: Lister, fetcher: Fetcher, context: Context) -> None:
        self._lister = lister
        self._fetcher = fetcher
        self._context = context
        self._doubts: dict[str, str | None] = {}

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """What changed since `cursor`, or everything; in one request where nothing of ours did."""
        changes = self._lister.changes(collection, cursor)
        if changes.scope is Scope.CHANGES and not (changes.etags or changes.gone or changes.elsewhere):
            return Listing(changes.scope, cursor=changes.token)
        held = {key(ref): ref for ref in known}
        wanted: list[str] = []
        heavy: dict[str, Found] = {}
        same: set[str] = set()
        for name, etag in changes.etags.items():
            ref = held.get(name)
            if ref is not None and etag is not None and etag == known[ref]:
                same.add(ref)
            elif ref is not None or self._context.claims(stem(changes.hrefs[name])):
                ref = ref or changes.hrefs[name]
                if name in changes.heavy:
                    heavy[ref] = Found(413, etag)
                else:
                    wanted.append(ref)
        found = heavy | _shown(self._fetcher.texts(collection, wanted))
        seen: list[Seen] = []
        broken = self._elsewhere(changes)
        gone = {held[name] for name in changes.gone if name in held}
        for ref, what in found.items():
            match self._fetcher.understood(ref, what):
                case Seen() as item if item.revision == known.get(ref):
                    same.add(ref)  # a server without ETags: only the content tells
                case Seen() as item:
                    seen.append(item)
                case Broken() as bad:
                    broken.append(bad)
                case Gone():
                    broken += self._doubted(ref, changes.etags[key(ref)])
        if changes.scope is Scope.COMPLETE:
            return Listing(
                changes.scope, tuple(seen), frozenset(same), broken=tuple(broken), cursor=changes.token
            )
        if gone:
            seen += self._moved(collection, changes, {key(ref) for ref in (*known, *found)})
        return Listing(
            changes.scope, tuple(seen), gone=frozenset(gone), broken=tuple(broken), cursor=changes.token
        )

    def read(self, collection: Collection, refs: Sequence[str]) -> list[Seen | Gone | Broken]:
        """One answer for each address; an item of ours that moved within the collection is found there.

        Raises CollectionGone where nothing is left to read in.
        """
        found = _shown(self._fetcher.texts(collection, refs))
        if found and all(what.status in NOT_HERE for what in found.values()):
            self._fetcher.check_alive(collection)
        answers = [self._fetcher.understood(ref, what) for ref, what in found.items()]
        lost = {stem(answer.ref): answer for answer in answers if isinstance(answer, Gone)}
        ours = [uid for uid in lost if self._context.claims(uid)]
        moved = _shown(self._fetcher.texts(collection, self._fetcher.whereabouts(collection, ours)))
        for href, what in moved.items():
            item = self._fetcher.understood(href, what)
            if isinstance(item, Seen) and item.item.uid in lost:
                answers[answers.index(lost.pop(item.item.uid))] = item
        return answers

    def find(self, collection: Collection, addresses: Mapping[str | None, str]) -> list[Seen]:
        """The items with the UIDs of `addresses`: where we put them, else where the server says.

        All addresses cost one request, a UID that is not at its own one each. Two items with one UID are one.
        """
        places = [ref for ref in addresses if ref is not None]
        there = _shown(self._fetcher.texts(collection, places))
        if there and all(what.status in NOT_HERE for what in there.values()):
            self._fetcher.check_alive(collection)
        found = self._of(there, set(addresses.values()))
        missing = [uid for uid in addresses.values() if uid not in found]
        moved = _shown(self._fetcher.texts(collection, self._fetcher.whereabouts(collection, missing)))
        return [*found.values(), *self._of(moved, set(missing)).values()]

    def _of(self, shown: Mapping[str, Found], uids: Set[str]) -> dict[str, Seen]:
        """The readable items with one of these UIDs, by UID."""
        answers = [self._fetcher.understood(ref, what) for ref, what in shown.items()]
        return {
            answer.item.uid: answer
            for answer in answers
            if isinstance(answer, Seen) and answer.item.uid in uids
        }

    def _doubted(self, ref: str, etag: str | None) -> list[Broken]:
        """What to make of an address that was listed, and then was not there.

        Two answers that contradict each other prove nothing: a cache or replica lags behind, or it was
        deleted in between, which the next listing says itself, from the same cursor. So this one is done
        again; but where a server keeps listing what isn't there, that is one item's trouble alone.
        """
        if ref in self._doubts and self._doubts[ref] == etag:
            return [Broken(ref, etag, "listed by the server, but not there")]
        self._doubts[ref] = etag
        raise Retry("an item was listed, but is not there", subject=ref)

    def _elsewhere(self, changes: Changes) -> list[Broken]:
        """Entries named like ours that are not in the collection: told, never followed."""
        return [
            Broken(entry.href, entry.etag, "the address is outside its calendar")
            for entry in changes.elsewhere
            if self._context.claims(stem(entry.href))
        ]

    def _moved(self, collection: Collection, changes: Changes, mine: set[str]) -> list[Seen]:
        """Items of ours under a stranger's name, looked for only when one of ours vanished in this listing.

        An app that moves an item gives it an address of its own choosing. The strangers that are new in
        the listing are read, and what is not ours is let go of at once.
        """
        strangers = [
            href for name, href in changes.hrefs.items() if name in changes.etags and name not in mine
        ]
        found: Mapping[str, Found] = self._fetcher.texts(collection, strangers)
        answers = [self._fetcher.understood(ref, what) for ref, what in found.items()]
        return [answer for answer in answers if isinstance(answer, Seen)]


def _shown(found: dict[str, Found]) -> dict[str, Found]:
    """The answers themselves; Retry where one says neither what stands there nor that nothing does.

    Taken for an unreadable item it would be lost: the cursor moves on, and the item is not listed again.
    """
    for ref, what in found.items():
        if what.status not in TOLD:
            raise Retry(
                "the server did not show an item",
                subject=ref,
                cure="It is tried again by itself; if it stays so, check the account's rights to that item",
            )
    return found
