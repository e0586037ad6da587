"""The ledger of the simulation: the real one in memory, whose transactions can fail as a plan says.

It is opened once a process; a history begins by laying a prepared state into it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from syncer.ledger.store import Ledger
from syncer.testing.faults import Fault, Plan, Where
from tests.simulation.quick import Quick

_SAID = {Fault.DISK_FULL: "database or disk is full", Fault.BUSY: "database is locked"}


class FrailLedger(Ledger):
    """A ledger whose commits can fail, and at each of whose borders the process can die."""

    def __init__(self, engine: Engine, place: str) -> None:
        super().__init__(engine, place)
        self.plan = Plan()
        connection: Any = engine.raw_connection().driver_connection
        assert isinstance(connection, sqlite3.Connection)
        self.raw = connection
        self.blank = self.state()
        self._quick: Any = Quick(connection)  # all of a connection that the ledger's modules use

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """See the base: nothing of a failed transaction stays."""
        with self._explained(), self._transaction("BEGIN IMMEDIATE", "COMMIT") as connection:
            yield connection
            strike = self.plan.at(Where.COMMIT)
            if strike is not None and strike.fault in _SAID:
                raise OperationalError("COMMIT", None, sqlite3.OperationalError(_SAID[strike.fault]))
            if strike is not None:
                self.plan.perform(strike)
        strike = self.plan.at(Where.BORDER)
        if strike is not None:
            self.plan.perform(strike)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """See the base."""
        with self._explained(), self._transaction("BEGIN", "ROLLBACK") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str, end: str) -> Iterator[Connection]:
        self.raw.execute(begin)
        try:
            yield self._quick
            self.raw.execute(end)
        except BaseException:
            self.raw.execute("ROLLBACK")
            raise

    def state(self) -> bytes:
        """All of it, as it is now."""
        return bytes(self.raw.serialize())

    def lay(self, state: bytes) -> None:
        """Put another state in place of all there is."""
        self.raw.deserialize(state)

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Rows by plain SQL; it asks past everything that is tested."""
        cursor = self.raw.execute(query, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


@cache
def ledger() -> FrailLedger:
    """This process's ledger."""
    empty = Ledger.empty()
    return FrailLedger(empty.engine, empty.place)


def from_json(text: str | None) -> Any:
    """A JSON column's value."""
    return None if text is None else json.loads(text)
