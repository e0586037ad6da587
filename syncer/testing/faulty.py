"""A connector around another one that misbehaves as a plan says.

It wraps any connector, the reference in memory as well as a real one against an emulator, and keeps the
interface: what a provider does to a connector arrives as one of the failures that `syncer.connector` names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from syncer.connector import (
    Broken,
    Collection,
    Connector,
    ConnectorError,
    CredentialsDead,
    CursorExpired,
    Failure,
    Gone,
    Image,
    Listing,
    Operation,
    Outcome,
    Retry,
    Scope,
    Seen,
    Settings,
)
from syncer.core.model import Kind
from syncer.testing.faults import Fault, Plan, Strike, Where

_REFUSING: Mapping[Fault, str] = {
    Fault.RESET_BEFORE: "the connection was reset",
    Fault.TOO_MANY: "too many requests",
    Fault.SERVER_ERROR: "the server failed",
    Fault.TRUNCATED: "the answer was cut short",
    Fault.PARTIAL_PAGE: "a page was cut short",
    Fault.LOST_PAGE_TOKEN: "the page token is not known",
}
_LOSING: Mapping[Fault, str] = {
    Fault.RESET_AFTER: "the connection was reset",
    Fault.TRUNCATED: "the answer was cut short",
    Fault.MALFORMED: "the answer made no sense",
}


class Faulty(Connector):
    """Passes everything on to `inner`, except where the plan strikes."""

    name = "faulty"
    settings: ClassVar[type[Settings]] = Settings

    def __init__(self, inner: Connector, plan: Plan, account: str = "") -> None:
        """`account` is whose login dies when the plan revokes one."""
        self.inner, self.plan, self.account = inner, plan, account
        self.capabilities = inner.capabilities  # type: ignore[misc]  # those of the one inside
        self.acknowledged = 0
        self._shown: dict[str, dict[str, Seen]] = {}
        self._before: dict[str, tuple[dict[str, Seen], str | None]] = {}
        self._cursors: dict[str, str | None] = {}
        self._lying: set[str] = set()
        self._old: set[str] = set()

    @property
    def address(self) -> str:
        """The inner one's."""
        return self.inner.address

    @property
    def user(self) -> str:
        """The inner one's."""
        return self.inner.user

    def collections(self) -> Sequence[Collection]:
        """See the base."""
        self._request()
        return self.inner.collections()

    def create_collection(self, name: str, kind: Kind) -> Collection:
        """See the base."""
        self._request()
        made = self.inner.create_collection(name, kind)
        self._border()
        return made

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """See the base. A lie or an old state is told once, as a full listing."""
        self._border()
        self._login()
        ref = collection.ref
        if cursor is None and ref in self._old:
            self._old.discard(ref)
            return self._older(collection, known)
        if cursor is None and ref in self._lying:
            return Listing(Scope.COMPLETE, cursor=self.inner.pull(collection, None, known).cursor)
        self._lying.discard(ref)
        strike = self.plan.at(
            Where.PULL if cursor is None else Where.CHANGES, able=lambda s: self._able(s, known)
        )
        fault = strike.fault if strike is not None else None
        if strike is not None:
            self._refuse(strike)
        if fault in (Fault.LYING_EMPTY, Fault.STALE):
            (self._lying if fault is Fault.LYING_EMPTY else self._old).add(ref)
            if cursor is not None:
                raise CursorExpired("the cursor is not known any more", subject=ref)
            return self.pull(collection, None, known)
        if fault is Fault.EXPIRED_CURSOR:
            raise CursorExpired("the cursor is not known any more", subject=ref)
        listing = self.inner.pull(collection, cursor, known)
        self._remember(ref, listing)
        if fault is Fault.MALFORMED and listing.seen:
            listing = _one_broken(listing)
        elif fault is Fault.MALFORMED:
            raise Retry("the answer made no sense", subject=ref)
        elif fault is Fault.DUPLICATE:
            listing = replace(listing, seen=listing.seen + listing.seen)
        elif fault is Fault.REORDERED:
            listing = replace(listing, seen=listing.seen[::-1])
        self._border()
        return listing

    def read(self, collection: Collection, refs: Sequence[str]) -> Sequence[Seen | Gone | Broken]:
        """See the base."""
        strike = self._request()
        if collection.ref in self._lying:
            return [Gone(ref) for ref in refs]
        answers = self.inner.read(collection, refs)
        if strike is not None and strike.fault is Fault.MALFORMED and answers:
            hit = answers[strike.pick % len(answers)]
            if isinstance(hit, Seen):
                broken = Broken(hit.ref, hit.revision, "it makes no sense")
                return [broken if answer is hit else answer for answer in answers]
        return answers

    def images(self, collection: Collection, refs: Sequence[str]) -> Sequence[Image]:
        """See the base."""
        self._request()
        return self.inner.images(collection, refs)

    def address_of(self, collection: Collection, uid: str) -> str | None:
        """See the base; it asks nobody."""
        return self.inner.address_of(collection, uid)

    def find(self, collection: Collection, uids: Sequence[str]) -> Sequence[Seen]:
        """See the base."""
        self._request()
        return [] if collection.ref in self._lying else self.inner.find(collection, uids)

    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        """See the base. Each operation is a request of its own."""
        waiting = list(operations)
        self.truthful()
        self._border()
        if len(waiting) > 1 and self.plan.at(Where.BATCH) is not None:
            waiting.reverse()
        for operation in waiting:
            if self.account in self.plan.revoked:
                yield Failure(operation, self._dead())
                continue
            outcome = self._write(collection, operation)
            if outcome is None:
                return
            self._border()
            self.acknowledged += not isinstance(outcome, Failure)
            yield outcome
            self._border()

    def server_time(self) -> dt.datetime | None:
        """The inner one's."""
        return self.inner.server_time()

    def truthful(self) -> None:
        """From here on no lie is kept up."""
        self._lying.clear()
        self._old.clear()

    def close(self) -> None:
        """See the base."""
        self.inner.close()

    def _write(self, collection: Collection, operation: Operation) -> Outcome | None:
        strike = self.plan.at(Where.WRITE)
        fault = strike.fault if strike is not None else None
        if strike is not None and fault is not Fault.TRUNCATED:
            try:
                self._refuse(strike)
            except ConnectorError as error:
                return Failure(operation, error)
        outcome = next(iter(self.inner.push(collection, [operation])), None)
        if outcome is not None and fault is Fault.DUPLICATE:
            next(iter(self.inner.push(collection, [operation])), None)
        if outcome is not None and fault is Fault.TIMEOUT_AFTER:
            raise Retry("no answer in time", subject=operation.uid)
        if outcome is not None and fault is not None and fault in _LOSING:
            return Failure(operation, Retry(_LOSING[fault], subject=operation.uid))
        return outcome

    def _request(self) -> Strike | None:
        self._border()
        self._login()
        strike = self.plan.at(Where.REQUEST)
        if strike is not None:
            self._refuse(strike)
        return strike

    def _refuse(self, strike: Strike) -> None:
        """Raise what a strike raises before anything was done; let the world do what is the world's."""
        if strike.fault is Fault.REVOKED:
            self.plan.revoked.add(self.account)
            raise self._dead()
        if strike.fault in _REFUSING:
            after = 60.0 if strike.fault is Fault.TOO_MANY else None
            raise Retry(_REFUSING[strike.fault], subject=self.account, after=after)
        self.plan.perform(strike)

    def _login(self) -> None:
        if self.account in self.plan.revoked:
            raise self._dead()

    def _dead(self) -> ConnectorError:
        return CredentialsDead("the login is refused", subject=self.account, cure="Log in again")

    def _border(self) -> None:
        strike = self.plan.at(Where.BORDER)
        if strike is not None:
            self.plan.perform(strike)

    def _able(self, strike: Strike, known: Mapping[str, str | None]) -> bool:
        return strike.fault not in (Fault.LYING_EMPTY, Fault.STALE) or bool(known)

    def _remember(self, ref: str, listing: Listing) -> None:
        """Keep what was shown, and what had been shown before, so that it can be shown again."""
        shown = self._shown.setdefault(ref, {})
        if listing.seen or listing.gone:
            self._before[ref] = (dict(shown), self._cursors.get(ref))
        self._cursors[ref] = listing.cursor
        for seen in listing.seen:
            shown[seen.ref] = seen
        gone = listing.gone
        if listing.scope is Scope.COMPLETE:
            gone = frozenset(shown.keys() - {s.ref for s in listing.seen} - listing.same)
        for absent in gone:
            shown.pop(absent, None)

    def _older(self, collection: Collection, known: Mapping[str, str | None]) -> Listing:
        """A full listing as it was before the last change that was shown, with the cursor of then."""
        now = self._shown.get(collection.ref, {}), self._cursors.get(collection.ref)
        old, cursor = self._before.get(collection.ref, now)
        same = frozenset(ref for ref, seen in old.items() if known.get(ref) == seen.revision)
        seen = tuple(seen for ref, seen in old.items() if ref not in same)
        return Listing(Scope.COMPLETE, seen, same, cursor=cursor)


def _one_broken(listing: Listing) -> Listing:
    first, *rest = listing.seen
    broken = (*listing.broken, Broken(first.ref, first.revision, "it makes no sense"))
    return replace(listing, seen=tuple(rest), broken=broken)
