"""Whether an account may really be used: a probe item is put up, read, ticked and taken down again.

Nothing of it stays, also where a step fails or the person gives up half-way; what an earlier attempt left
behind goes too. It speaks the connector's interface alone.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from syncer.connector import (
    Ack,
    Capability,
    Collection,
    Conflict,
    Connector,
    ConnectorError,
    Create,
    Delete,
    Gone,
    IdSpent,
    Operation,
    Refused,
    Seen,
    Update,
)
from syncer.core.identity import RESERVED, Identity, read_uid
from syncer.core.model import Day, Item, Kind, Status
from syncer.core.ticks import ticked

TASK = f"{RESERVED}probe"
TITLE = "Evenhold looks whether it may write here"
ATTEMPTS = 3
"""How often it is begun again where something else (a running Evenhold) took the probe away meanwhile."""


@dataclass(frozen=True, slots=True)
class Probe:
    """An attempt in one collection.

    `tell` hears each step that went well (create, read, tick, delete), and "left" where something went wrong
    and the probe item could not be taken down again.
    """

    connector: Connector
    collection: Collection
    kind: Kind
    household: str
    today: dt.date
    tell: Callable[[str], None] = lambda _: None

    def run(self) -> None:
        """Raises ConnectorError with what was refused; then, too, nothing is left as far as can be."""
        for left in reversed(range(ATTEMPTS)):
            try:
                self._sweep()
                self._once()
            except Conflict:
                if not left:
                    raise
            else:
                return

    def _once(self) -> None:
        item = self._item()
        try:
            made = self._push(Create(item))
            item = self._seen(made.ref, item).item
            self.tell("create")
            self.tell("read")
            done = self._push(self._tick(made, item))
            if not self._is_done(self._seen(done.ref, item).item):
                raise Refused("a tick did not stay", subject=self.collection.ref)
            self.tell("tick")
            self._push(Delete(done.ref, done.revision, item.uid))
            if any(
                not isinstance(answer, Gone) for answer in self.connector.read(self.collection, [done.ref])
            ):
                raise Refused("what was deleted is still there", subject=self.collection.ref)
            self.tell("delete")
        except BaseException:  # Ctrl-C as well: it must not stay in the person's app
            try:
                self._sweep([item.uid])
            except ConnectorError:
                self.tell("left")
            except BaseException:  # given up a second time
                self.tell("left")
                raise
            raise

    def _item(self) -> Item:
        return Item(self._uid(), self.kind, TITLE, Day(self.today + dt.timedelta(days=2)))

    def _uid(self) -> str:
        """One name, so that it is found wherever a listing hides it; a new one where ids are used up."""
        number = secrets.randbelow(10**9) if self._ids_are_spent else 1
        return Identity(TASK, f"n{number:06}").uid(self.household)

    @property
    def _ids_are_spent(self) -> bool:
        can = self.connector.capabilities
        return Capability.CHOSEN_IDS in can and Capability.REUSED_IDS not in can

    def _tick(self, made: Ack, item: Item) -> Update:
        if self.kind is Kind.EVENT:
            done, field = replace(item, title=ticked(item.title)), "title"
        else:
            done, field = replace(item, status=Status.DONE), "status"
        return Update(made.ref, made.revision, done, frozenset({field}))

    def _is_done(self, item: Item) -> bool:
        return item.title == ticked(TITLE) if self.kind is Kind.EVENT else item.status is Status.DONE

    def _seen(self, ref: str, item: Item) -> Seen:
        """The item as it reads now; a running Evenhold may have taken it away, which is a conflict."""
        for answer in self.connector.read(self.collection, [ref]):
            if isinstance(answer, Seen) and answer.item.uid == item.uid:
                return answer
        raise Conflict("the probe item is not where it was put", subject=self.collection.ref)

    def _push(self, operation: Operation) -> Ack:
        for outcome in self.connector.push(self.collection, [operation]):
            if isinstance(outcome, Ack):
                return outcome
            if isinstance(outcome.error, IdSpent):
                raise Conflict(outcome.error.condition, subject=outcome.error.subject) from outcome.error
            raise outcome.error
        raise Conflict("the probe item was not sent", subject=self.collection.ref)

    def _sweep(self, uids: Sequence[str] = ()) -> None:
        """Take down every probe that stands here, also one that a listing hides because it is done."""
        listing = self.connector.pull(self.collection, None, {})
        found = {seen.ref: seen for seen in listing.seen if self._is_probe(seen.item.uid)}
        asked = [*uids, *([] if self._ids_are_spent else [self._uid()])]
        if asked:
            found |= {seen.ref: seen for seen in self.connector.find(self.collection, asked)}
        for seen in found.values():
            self._push(Delete(seen.ref, seen.revision, seen.item.uid))

    def _is_probe(self, uid: str) -> bool:
        identity = read_uid(uid, self.household)
        return identity is not None and identity.task == TASK


def collection_for(connector: Connector, there: Sequence[Collection], name: str, kind: Kind) -> Collection:
    """The collection of that name (or address) that takes the kind, made where there is none."""
    for one in there:
        if kind in one.kinds and name in (one.ref, one.name):
            return one
    return connector.create_collection(name, kind)
