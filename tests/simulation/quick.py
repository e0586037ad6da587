"""The ledger's statements, run without asking SQLAlchemy again what they mean.

A history runs some two hundred statements, nearly all of them constants of the ledger's modules. Each is
compiled by SQLAlchemy once and from then on goes straight to SQLite, with the same conversions of values;
whatever is out of the ordinary takes the usual way. A test plays histories both ways and compares.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, StaticPool, create_engine
from sqlalchemy.sql import Delete, Insert, Select, Update

Convert = Callable[[Any], Any] | None


class Answer:
    """What a statement came to: the part of SQLAlchemy's result that the ledger uses."""

    def __init__(self, names: Sequence[str], rows: Iterator[tuple[Any, ...]], rowcount: int) -> None:
        self._names, self._rows, self.rowcount = names, rows, rowcount

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def mappings(self) -> Answer:
        """Rows as mappings."""
        names = self._names
        return Answer(names, (dict(zip(names, row, strict=True)) for row in self._rows), -1)  # type: ignore[misc]  # rows as mappings, made one by one

    def first(self) -> Any:
        """The first row, or None."""
        return next(self._rows, None)

    def scalar(self) -> Any:
        """The first row's first value, or None."""
        row = self.first()
        return None if row is None else row[0]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement in SQL: its parameters in order, with what they are unless given, and its columns."""

    sql: str
    parameters: tuple[tuple[str, Any, Convert], ...]
    names: tuple[str, ...]
    converts: tuple[Convert, ...]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """The parameters' values, as SQLite takes them."""
        found = []
        for name, usual, convert in self.parameters:
            value = given.get(name, usual)
            found.append(value if convert is None else convert(value))
        return found

    def rows(self, cursor: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
        """The rows, as the ledger takes them."""
        converts = self.converts
        if not any(converts):
            return iter(cursor.fetchall())
        return iter(
            [
                tuple(value if c is None else c(value) for c, value in zip(converts, row, strict=True))
                for row in cursor.fetchall()
            ]
        )


class Quick:
    """Looks like the connection that the ledger's modules are given."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
        # On the same database connection, and without a transaction of its own: ours holds.
        engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
        self._usual: Connection = engine.connect()
        self._dialect = engine.dialect
        self._known: dict[tuple[int, tuple[str, ...]], tuple[Any, Compiled | None]] = {}

    def execute(self, statement: Any, given: Any = None) -> Any:
        """Run a statement with parameters: one row's, or many rows'."""
        if given is None:
            return self._usual.execute(statement)
        many = isinstance(given, list)
        first: Mapping[str, Any] = given[0] if many else given
        compiled = self._compiled(statement, tuple(first))
        if compiled is None:
            return self._usual.execute(statement, given)
        if many:
            cursor = self._raw.executemany(compiled.sql, [compiled.values(row) for row in given])
        else:
            cursor = self._raw.execute(compiled.sql, compiled.values(given))
        return Answer(compiled.names, compiled.rows(cursor) if compiled.names else iter(()), cursor.rowcount)

    def execution_options(self, **_options: Any) -> Quick:
        """There are none."""
        return self

    def _compiled(self, statement: Any, keys: tuple[str, ...]) -> Compiled | None:
        found = self._known.get((id(statement), keys))
        if found is None:
            # The statement is kept too, so that its id is nobody else's.
            found = self._known[id(statement), keys] = (statement, self._compile(statement, keys))
        return found[1]

    def _compile(self, statement: Any, keys: tuple[str, ...]) -> Compiled | None:
        if not isinstance(statement, Select | Insert | Update | Delete):
            return None
        changes = isinstance(statement, Insert | Update)
        compiled: Any = statement.compile(dialect=self._dialect, column_keys=list(keys) if changes else None)
        if isinstance(statement, Insert) and statement._returning:
            return None
        if compiled.post_compile_params or getattr(compiled, "insert_prefetch", ()):
            return None
        convert = compiled._bind_processors
        order = compiled.positiontup or []
        parameters = tuple((name, compiled.binds[name].value, convert.get(name)) for name in order)
        columns = compiled._result_columns if isinstance(statement, Select) else []
        return Compiled(
            str(compiled),
            parameters,
            tuple(column[0] for column in columns),
            tuple(column[3]._cached_result_processor(self._dialect, None) for column in columns),
        )
