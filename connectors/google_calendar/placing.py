"""What is known of the places of operations, before and after they are sent: read in as few requests as it
takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from connectors.google_calendar import plans
from connectors.google_calendar.held import Held
from connectors.google_calendar.keeping import Keeping
from connectors.google_calendar.listing import Lister
from connectors.google_calendar.outcomes import Ask, Look
from connectors.google_calendar.plans import Place
from connectors.google_calendar.reading import Reader
from syncer.connector import Collection, ConnectorError, Create, Operation, Restore

Found = Mapping[str, Held | None]


class Places:
    """Looks at the places of one account's operations; `uid` says whose an event is."""

    def __init__(self, lister: Lister, reader: Reader, keeping: Keeping, uid: Callable[[Held], str]) -> None:
        self._lister, self._reader, self._keeping = lister, reader, keeping
        self._uid = uid

    def before(
        self, collection: Collection, chunk: Sequence[Operation]
    ) -> Iterator[tuple[Operation, Place | ConnectorError]]:
        """What is known of each operation's place; most need nothing but their revision."""
        known = [
            None if isinstance(one, Create) else self._keeping.at(collection.ref, one.ref, one.revision)
            for one in chunk
        ]
        asks = [plans.needs_reading(one, held) for one, held in zip(chunk, known, strict=True)]
        unread = [one for one, ask in zip(chunk, asks, strict=True) if ask and not isinstance(one, Create)]
        back = {one.ref: one.uid for one in unread if isinstance(one, Restore) and one.revision is None}
        read = self._read(collection, [one.ref for one in unread], back)
        for operation, held, ask in zip(chunk, known, asks, strict=True):
            if not ask or isinstance(operation, Create):
                yield operation, Place(held)
            elif isinstance(read, ConnectorError):
                yield operation, read
            else:
                yield operation, self._place(read, operation.ref, operation.uid)

    def after(
        self, collection: Collection, looks: Sequence[Look]
    ) -> Iterator[tuple[Look, Place | ConnectorError]]:
        """What stands now where a write left it open what became of it."""
        who = {look.plan.ref: look.plan.operation.uid for look in looks if look.ask is Ask.WHO}
        read = self._read(collection, [look.plan.ref for look in looks], who)
        for look in looks:
            if isinstance(read, ConnectorError):
                yield look, read
            else:
                yield look, self._place(read, look.plan.ref, look.plan.operation.uid)

    def _read(
        self, collection: Collection, refs: Sequence[str], elsewhere: Mapping[str, str]
    ) -> Found | ConnectorError:
        """What stands at addresses; and where nothing does, elsewhere under the UID that belongs there."""
        if not refs:
            return {}
        try:
            found = self._lister.events(collection, refs)
            missing = [uid for ref, uid in elsewhere.items() if found[ref] is None]
            found |= {held.ref: held for held in self._reader.helds(collection, missing)}
        except ConnectorError as error:
            return error
        return found

    def _place(self, read: Found, ref: str, uid: str) -> Place:
        others = (held for held in read.values() if held is not None and held.ref != ref)
        return Place(read.get(ref), tuple(held for held in others if self._uid(held) == uid), True)
