"""A connector behind the fence: what goes in is handed on, what comes out is checked."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace

from syncer.connector import (
    Ack,
    Broken,
    Collection,
    Connector,
    ConnectorError,
    Context,
    Delete,
    Failure,
    Gone,
    Image,
    Listing,
    Operation,
    Outcome,
    Seen,
    Settings,
)
from syncer.core.model import Kind
from syncer.fence import errors, values
from syncer.fence.errors import Wrong, fence

_END = object()


class Fenced(Connector):
    """One account behind the fence; a subclass makes the connector that is fenced."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings, self._given, self._told = settings, context, ""
        self._context = replace(context, secret=self._secret)
        self._inner: Connector | None = None
        with suppress(ConnectorError), self._fence():  # told when something is asked of it
            can = values.capabilities(self._made().capabilities)
            self.capabilities = can  # type: ignore[misc]  # this account's, where its provider varies

    @abstractmethod
    def make(self, settings: Settings, context: Context) -> Connector:
        """The connector itself."""

    @property
    def address(self) -> str:
        """See the base; empty where the connector can't say it."""
        with suppress(ConnectorError), self._fence():
            return errors.line(self._made().address)
        return ""

    @property
    def user(self) -> str:
        """See the base; empty where the connector can't say it."""
        with suppress(ConnectorError), self._fence():
            return errors.line(self._made().user)
        return ""

    def collections(self) -> Sequence[Collection]:
        """See the base."""
        with self._fence():
            found = values.all_of(self._made().collections(), Collection)
            return [values.collection(one) for one in found]

    def create_collection(self, name: str, kind: Kind) -> Collection:
        """See the base."""
        with self._fence():
            return values.collection(self._made().create_collection(name, kind))

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """See the base; wrong items are set aside."""
        with self._fence():
            return values.listing(self._made().pull(collection, cursor, dict(known)))

    def read(self, collection: Collection, refs: Sequence[str]) -> Sequence[Seen | Gone | Broken]:
        """See the base; wrong items are set aside."""
        with self._fence():
            return values.answers(self._made().read(collection, list(refs)), frozenset(refs))

    def find(self, collection: Collection, uids: Sequence[str]) -> Sequence[Seen]:
        """See the base."""
        with self._fence():
            return values.finds(self._made().find(collection, list(uids)), frozenset(uids))

    def images(self, collection: Collection, refs: Sequence[str]) -> Sequence[Image]:
        """See the base."""
        with self._fence():
            return values.images(self._made().images(collection, list(refs)))

    def address_of(self, collection: Collection, uid: str) -> str | None:
        """See the base."""
        with self._fence():
            return values.address(self._made().address_of(collection, uid))

    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        """See the base: one outcome for each operation, whatever the connector yields."""
        given = tuple(operations)
        waiting = Counter(given)
        trouble: ConnectorError | None = None
        outcomes: Iterator[object] = iter(())
        try:
            with self._fence():
                outcomes = iter(self._made().push(collection, given))
            while True:
                with self._fence():
                    outcome = next(outcomes, _END)
                    told = self._outcome(outcome, waiting) if outcome is not _END else None
                if told is None:
                    break
                yield told
        except ConnectorError as error:
            trouble = error
        finally:
            with suppress(ConnectorError), self._fence():
                getattr(outcomes, "close", lambda: None)()
        if trouble is None and self._given.stopping():
            return  # what is left was not sent
        for operation in waiting.elements():
            yield Failure(operation, trouble or errors.wrong("it told no outcome of a write", self.name))

    def server_time(self) -> dt.datetime | None:
        """See the base; None where the connector's is no time."""
        with suppress(ConnectorError), self._fence():
            return values.moment(self._made().server_time())
        return None

    def close(self) -> None:
        """See the base; what fails here fails nobody."""
        with suppress(ConnectorError), self._fence():
            if self._inner is not None:
                self._inner.close()

    def _outcome(self, outcome: object, waiting: Counter[Operation]) -> Outcome:
        """The outcome of an operation that waited for one."""
        told = values.only(outcome, Ack) if isinstance(outcome, Ack) else values.only(outcome, Failure)
        operation = told.operation
        if not waiting[operation]:
            raise Wrong("it told an outcome twice, or of something that it was not given")
        waiting[operation] -= 1
        if isinstance(told, Failure):
            return Failure(operation, errors.plain(told.error, self._told, self.name, self._given.again))
        if isinstance(operation, Delete):
            return Ack(operation, operation.ref, None, None)
        flaw = values.flaw_of_echo(told, operation.uid)
        if flaw is not None:  # it took effect all the same, perhaps: the next look tells
            return Failure(operation, errors.wrong(flaw, self.name))
        return replace(told, exact=bool(told.exact))

    def _made(self) -> Connector:
        """The connector, made now where it could not be made before."""
        if self._inner is None:
            made: object = self.make(self._settings, self._context)  # whatever a stranger's __new__ gives
            if not isinstance(made, Connector):
                raise Wrong(f"it is {type(made).__name__}, not a Connector")
            self._inner = made
        return self._inner

    def _secret(self) -> str:
        self._told = self._given.secret()
        return self._told

    def _fence(self) -> AbstractContextManager[None]:
        return fence(self.name, self._told, self._given.again)
