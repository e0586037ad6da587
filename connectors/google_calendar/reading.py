"""Reading: which of a calendar's events are ours, what they say, and what became of those that we know.

Strangers' events come with every listing of Google's; they are dropped here, before anything looks at them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from connectors.google_calendar import codec, ids, images
from connectors.google_calendar.held import Held
from connectors.google_calendar.keeping import Keeping
from connectors.google_calendar.listing import Event, Lister
from connectors.google_calendar.times import Unreadable
from syncer.connector import (
    Broken,
    Collection,
    Context,
    CursorExpired,
    Gone,
    Image,
    Listing,
    Scope,
    Seen,
)


class Reader:
    """Reads the calendars of one account."""

    def __init__(self, lister: Lister, context: Context, keeping: Keeping) -> None:
        self._lister = lister
        self._context = context
        self._keeping = keeping

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """See `Connector.pull`. Where nothing changed, this is one request.

        Of the changes, those that we know (our own writes) are named too: then nobody has to ask for them.
        """
        if cursor == "":
            raise CursorExpired("there is no such sync token", subject=collection.ref)
        self._keeping.begin(collection.ref, cursor)
        listed = self._lister.calendar(collection, cursor)
        if cursor is None:
            helds, gone = self._whole(listed.events), frozenset[str]()
        else:
            helds, gone = self._changed(collection, listed.events, known)
        self._keeping.listed(collection.ref, listed.token, helds, gone)
        same = {held.ref for held in helds if held.revision and known.get(held.ref) == held.revision}
        told = [self.told(held) for held in helds if held.ref not in same]
        return Listing(
            Scope.COMPLETE if cursor is None else Scope.CHANGES,
            tuple(one for one in told if isinstance(one, Seen)),
            frozenset(same),
            gone,
            tuple(one for one in told if isinstance(one, Broken)),
            listed.token,
        )

    def read(self, collection: Collection, refs: Sequence[str]) -> Sequence[Seen | Gone | Broken]:
        """See `Connector.read`."""
        self._keeping.confirmed = None
        found = self._lister.events(collection, refs)
        return [self._answer(collection, ref, found[ref]) for ref in dict.fromkeys(refs)]

    def find(self, collection: Collection, uids: Sequence[str]) -> Sequence[Seen]:
        """See `Connector.find`: where we put it, and by its marker, whose index may be some seconds late."""
        self._keeping.confirmed = None
        told = [self.told(held) for held in self.helds(collection, uids)]
        return [one for one in told if isinstance(one, Seen)]

    def helds(self, collection: Collection, uids: Sequence[str]) -> list[Held]:
        """The events of ours with these UIDs, wherever they stand."""
        if not uids:
            return []
        found = self._lister.events(collection, [ids.event_id(uid) for uid in uids])
        marked = {ids.series_of(event) for event in self._lister.marked(collection, uids)} - found.keys()
        found |= self._lister.events(collection, marked)
        return [
            held
            for held in found.values()
            if held is not None and ids.uid_of(held.event, self._context.claims) in uids
        ]

    def images(self, collection: Collection, refs: Sequence[str]) -> Sequence[Image]:
        """See `Connector.images`. What a listing has just shown is not asked for again."""
        confirmed = self._keeping.confirmed == collection.ref
        self._keeping.confirmed = None
        found = {ref: self._keeping.of(collection.ref, ref) if confirmed else None for ref in refs}
        found |= self._lister.events(collection, [ref for ref, held in found.items() if held is None])
        for held in found.values():
            if held is not None and self._is_ours(held.event):
                self._keeping.keep(collection.ref, held)
        return [
            Image(ref, held.revision, images.raw(held))
            for ref, held in found.items()
            if held is not None and self._is_ours(held.event)
        ]

    def told(self, held: Held) -> Seen | Broken:
        """What an event of ours says."""
        try:
            item = codec.decode(held, self._context.claims, self._context.zone)
        except Unreadable as error:
            return Broken(held.ref, held.revision, str(error))
        return Seen(held.ref, held.revision, item)

    # --- one listing ---

    def _whole(self, events: Iterable[Event]) -> list[Held]:
        """Our events in a complete listing, each with its own instances."""
        overrides: dict[str, list[Event]] = {}
        masters = []
        for event in events:
            if event.get("recurringEventId"):
                overrides.setdefault(ids.series_of(event), []).append(event)
            elif event.get("status") != "cancelled" and self._is_ours(event):
                masters.append(event)
        return [Held(event, tuple(overrides.get(str(event["id"]), ()))) for event in masters]

    def _changed(
        self, collection: Collection, events: Iterable[Event], known: Mapping[str, str | None]
    ) -> tuple[list[Held], frozenset[str]]:
        """Our events in a listing of changes, and the addresses that are empty now.

        Of a deleted event only its id is certain to be there. Where an instance changed, its series is read.
        """
        fresh: dict[str, Event] = {}
        touched: dict[str, None] = {}
        gone: set[str] = set()
        for event in events:
            ref = ids.series_of(event)
            if event.get("recurringEventId"):
                if ref in known or self._is_ours(event):
                    touched[ref] = None
            elif event.get("status") == "cancelled":
                if ref in known or self._context.claims(ids.read_id(ref)[0]):
                    gone.add(ref)
            elif self._is_ours(event):
                fresh[ref] = event
        unread = [ref for ref in touched if ref not in fresh and ref not in gone]
        read = self._lister.events(collection, unread).values() if unread else ()
        helds = [held for held in read if held is not None and self._is_ours(held.event)]
        for event in fresh.values():
            held = Held(event)
            helds += self._lister.series(collection, [held]) if held.recurring else [held]
        return helds, frozenset(gone)

    def _answer(self, collection: Collection, ref: str, held: Held | None) -> Seen | Gone | Broken:
        if held is None:
            self._keeping.drop(collection.ref, ref)
            return Gone(ref)
        if not self._is_ours(held.event):
            return Broken(ref, held.revision, "somebody else's event stands there")
        self._keeping.keep(collection.ref, held)
        return self.told(held)

    def _is_ours(self, event: Event) -> bool:
        return bool(ids.uid_of(event, self._context.claims))
