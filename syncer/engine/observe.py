"""Observe: look at one collection and say what stands there, what is proven gone, and what is unknown.

The only reads of a pass happen here. Nothing is decided and nothing is written, neither there nor in
the ledger, except that a collection which was never there is made (and that only outside a rehearsal).
"""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Collection as Collection_
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from syncer.connector import (
    Broken,
    Collection,
    CollectionGone,
    Connector,
    ConnectorError,
    CursorExpired,
    Listing,
    Retry,
    Scope,
    Seen,
)
from syncer.core.identity import Identity
from syncer.core.spoke import Spoke
from syncer.core.standing import Sighting
from syncer.engine.found import Found
from syncer.ledger.bindings import Binding
from syncer.ledger.intents import Intent
from syncer.ledger.projections import Place
from syncer.ledger.quarantine import TRIES, SetAside
from syncer.ledger.store import LedgerError


@dataclass(frozen=True, slots=True)
class Memory:
    """What the ledger remembers of a collection before the look.

    `known` maps each living item's identity to its place. `restored` says that all this came back from
    a backup, and may be older than what stands there. `aside` are items that could not be understood.
    """

    binding: Binding
    known: Mapping[Identity, Place]
    intents: Sequence[Intent]
    restored: bool = False
    aside: Sequence[SetAside] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What one look showed.

    `collection` is None in a rehearsal of a collection that would be made. `full` says that everything
    was compared. `rebuilt` says that the collection had been away: what lacks is put back, not skipped.
    `fresh` says that there were items which no listing had shown yet; now one has. `partial` says that
    only some items were read again, so that silence about the others means nothing. `swapped` says that the
    collection at the address is another than the one that was read before. `strange` are those seen that were
    not known here, `twice` further items of one occurrence, `answered` the addresses of which something
    was said. `older` says that the ledger came from a backup; `pending` are those that we meant to delete and
    of which this look proves nothing. `turn` is the spoke's when the look began.
    """

    spoke: Spoke
    collection: Collection | None
    binding: Binding
    seen: tuple[Sighting, ...] = ()
    gone: tuple[Identity, ...] = ()
    broken: tuple[Broken, ...] = ()
    looked_up: tuple[Intent, ...] = ()
    full: bool = False
    made: bool = False
    rebuilt: bool = False
    fresh: bool = False
    partial: bool = False
    swapped: bool = False
    older: bool = False
    pending: tuple[Identity, ...] = ()
    twice: tuple[Sighting, ...] = ()
    strange: tuple[Identity, ...] = ()
    answered: frozenset[str] = frozenset()
    turn: int = 0

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to learn."""
        return not (self.seen or self.gone or self.looked_up or self.made or self.rebuilt or self.twice)


@contextmanager
def contained(spoke: Spoke) -> Iterator[None]:
    """Turn whatever a connector raises beside its interface into trouble of its account alone.

    A stranger's connector may have bugs; they must not stop the other accounts (architecture.md).
    """
    try:
        yield
    except (ConnectorError, LedgerError):
        raise
    except Exception as bug:
        where = traceback.extract_tb(bug.__traceback__)[-1]
        place = f"{Path(where.filename).name}, line {where.lineno}"
        raise Retry(
            f"the connector broke off with {type(bug).__name__} ({place})",
            subject=spoke.name,
            cure="Tell its author; the other accounts go on.",
        ) from bug


def look(
    connector: Connector,
    spoke: Spoke,
    memory: Memory,
    household: str,
    now: dt.datetime,
    *,
    compare_every: dt.timedelta,
    rehearse: bool = False,
) -> Look:
    """Look at a spoke's collection. Raises ConnectorError; then nothing is known, least of all a deletion."""
    collection, binding, made = _collection(connector, spoke, memory.binding, rehearse)
    if collection is None:
        return Look(spoke, None, binding)
    due = binding.compared_at is None or now - binding.compared_at >= compare_every
    known = {place.ref: place.revision for place in memory.known.values()}
    rebuilt = binding.missing_since is not None or binding.ref != memory.binding.ref
    whole = due or rebuilt or memory.restored
    try:
        listing = _pull(connector, collection, None if whole else binding.cursor, known)
    except CollectionGone:
        elsewhere = _find(connector, spoke)
        if elsewhere is None or elsewhere.ref == collection.ref:
            raise
        binding = Binding(elsewhere.ref, elsewhere.name, elsewhere.identity, missing_since=now)
        collection, rebuilt = elsewhere, bool(memory.known)
        listing = _pull(connector, collection, None, known)
    full = listing.scope is Scope.COMPLETE
    found = Found(household, memory.known)
    found.take(listing.seen)
    found.broken += listing.broken
    looked_up = _look_up(connector, collection, _credible(memory, listing), found)
    again = _to_read_again(found, memory)
    if again:
        found.answers(connector.read(collection, again))
    fresh = {place.ref for place in memory.known.values() if place.fresh}
    absent = _absent(listing, known, fresh)
    found.confirm(connector, collection, absent, whole=full)
    found.tell_apart(connector, collection)
    swapped = bool(full and absent) and not rebuilt and _is_another(connector, spoke, binding)
    gone = tuple(identity for identity in found.gone if identity not in found.seen)
    cursor, compared_at = listing.cursor, now if full and due else binding.compared_at
    aside = {item.ref for item in memory.aside}
    if gone and any(item.ref not in known and item.ref not in aside for item in found.broken):
        # What is gone may stand unreadable at a new address: the next look tells.
        gone, cursor, compared_at = (), memory.binding.cursor, memory.binding.compared_at
    return Look(
        spoke,
        collection,
        replace(binding, cursor=cursor, compared_at=compared_at, missing_since=None),
        tuple(found.seen.values()),
        gone,
        tuple(found.broken),
        looked_up,
        full,
        made,
        rebuilt and memory.binding.ref is not None and not swapped,
        bool(fresh),
        swapped=swapped,
        older=memory.restored,
        pending=tuple(
            intent.identity.plain
            for intent in memory.intents
            if intent.operation == "delete" and intent not in looked_up
        ),
        twice=tuple(found.twice),
        strange=tuple(identity for identity in found.seen if identity not in memory.known),
        answered=frozenset(found.answered),
        turn=memory.binding.turn,
    )


def reread(connector: Connector, shown: Look, doubted: Collection_[Identity]) -> Look:
    """The look with doubted items read once more; what is gone or unreadable by now is left out."""
    assert shown.collection is not None
    at = {sight.identity.plain: sight for sight in shown.seen}
    refs = [at[identity].ref for identity in doubted]
    answers = connector.read(shown.collection, refs)
    fresh = {answer.ref: answer for answer in answers if isinstance(answer, Seen)}
    broken = tuple(answer for answer in answers if isinstance(answer, Broken))
    seen = [
        replace(sight, revision=fresh[sight.ref].revision, item=fresh[sight.ref].item)
        if sight.ref in fresh
        else sight
        for sight in shown.seen
        if sight.identity.plain not in doubted or sight.ref in fresh
    ]
    return replace(shown, seen=tuple(seen), broken=(*shown.broken, *broken))


def _credible(memory: Memory, listing: Listing) -> Sequence[Intent]:
    """The open intents that this listing can settle.

    A collection that reads empty although more stood there than we meant to delete proves no deletion.
    """
    meant = {intent.ref for intent in memory.intents if intent.operation == "delete"}
    empty = listing.scope is Scope.COMPLETE and not (listing.seen or listing.same or listing.broken)
    if empty and any(place.ref not in meant for place in memory.known.values()):
        return [intent for intent in memory.intents if intent.operation != "delete"]
    return memory.intents


def _to_read_again(found: Found, memory: Memory) -> list[str]:
    """Addresses whose last answer may not be the truth.

    Those whose revision was left open; those shown at a revision that they had before the last one (a cache's
    old answer, or an edit that was undone); and what was set aside lately: an answer may have been cut short.
    """
    unsure = [
        place.ref
        for place in memory.known.values()
        if place.revision is None and place.ref not in found.answered
    ]
    stale = [
        sight.ref
        for identity, sight in found.seen.items()
        if (place := memory.known.get(identity)) is not None and sight.revision in place.past
    ]
    told = found.answered | {item.ref for item in found.broken}
    aside = [item.ref for item in memory.aside if item.tries < TRIES and item.ref not in told]
    return list(dict.fromkeys([*unsure, *stale, *aside]))


def _pull(
    connector: Connector, collection: Collection, cursor: str | None, known: Mapping[str, str | None]
) -> Listing:
    try:
        return connector.pull(collection, cursor, known)
    except CursorExpired:
        return connector.pull(collection, None, known)


def _is_another(connector: Connector, spoke: Spoke, binding: Binding) -> bool:
    """Whether another collection stands where ours stood, asked only when items seem to be gone."""
    if binding.identity is None:
        return False
    there = next((c for c in connector.collections() if c.ref == binding.ref), None)
    return there is not None and there.identity not in (None, binding.identity)


def _absent(listing: Listing, known: Mapping[str, str | None], fresh: Set[str]) -> list[str]:
    """The addresses that this listing says, or leads us to suspect, are empty.

    A list of changes names what is fresh, unless it is gone already.
    """
    there = {seen.ref for seen in listing.seen} | listing.same | {item.ref for item in listing.broken}
    if listing.scope is Scope.CHANGES:
        return [ref for ref in known if ref in listing.gone or (ref in fresh and ref not in there)]
    return [ref for ref in known if ref not in there]


def _look_up(
    connector: Connector, collection: Collection, intents: Sequence[Intent], found: Found
) -> tuple[Intent, ...]:
    """Look where open intents would have had their effect, so that each can be settled.

    Where the provider chooses addresses, what may have been created is searched for by its marker.
    """
    addresses = {i.uid: i.ref or connector.address_of(collection, i.uid) for i in intents}
    missing = {ref for ref in addresses.values() if ref and ref not in found.answered}
    if missing:
        found.answers(connector.read(collection, sorted(missing)))
    homeless = [uid for uid, ref in addresses.items() if not ref and uid not in found.uids]
    if homeless:
        found.take(connector.find(collection, homeless))
    unread = {item.ref for item in found.broken}
    return tuple(i for i in intents if addresses[i.uid] not in unread)


def _collection(
    connector: Connector, spoke: Spoke, binding: Binding, rehearse: bool
) -> tuple[Collection | None, Binding, bool]:
    """The bound collection, or the one of that name, or a new one."""
    if binding.ref is not None:
        kinds = frozenset({spoke.kind})
        return (
            Collection(binding.ref, binding.title or spoke.collection, kinds, binding.identity),
            binding,
            False,
        )
    found = _find(connector, spoke)
    made = found is None
    if found is None:
        if rehearse:
            return None, binding, True
        found = connector.create_collection(spoke.collection, spoke.kind)
    return found, Binding(found.ref, found.name, found.identity), made


def _find(connector: Connector, spoke: Spoke) -> Collection | None:
    """The account's collection of the configured name (or address) that can hold the spoke's kind."""
    wanted = spoke.collection
    fitting = [c for c in connector.collections() if spoke.kind in c.kinds]
    for collection in fitting:
        if wanted in (collection.ref, collection.name):
            return collection
    last = [c for c in fitting if c.ref.rstrip("/").rsplit("/", 1)[-1] == wanted]
    return last[0] if last else None
