"""Opening the ledger: the database, its settings, its schema, and the one way to write to it.

Lives here: connections and transactions. What is written stands in `record` and `sync`, what is read in
`views`.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from syncer.ledger import tables


class LedgerError(Exception):
    """The ledger can't be read or written: what happened, where, and the cure."""

    def __init__(self, condition: str, place: str, cure: str) -> None:
        super().__init__(f"{condition} ({place}). {cure}")
        self.condition, self.place, self.cure = condition, place, cure


class Ledger:
    """One database of one or more households. Safe to use from several threads; one writes at a time."""

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine = engine
        self.place = place
        self._writing = threading.RLock()
        # In memory there is one connection, and readers wait for their turn too.
        self._reading: AbstractContextManager[object] = (
            self._writing if isinstance(engine.pool, StaticPool) else nullcontext()
        )

    @classmethod
    def open(cls, url_or_path: str | Path) -> Ledger:
        """Open (and create, or migrate) the ledger at an SQLAlchemy URL or a file's path."""
        if isinstance(url_or_path, Path) or "://" not in url_or_path:
            path = Path(url_or_path)
            engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
            place = str(path)
        else:
            engine = create_engine(url_or_path)
            place = engine.url.render_as_string(hide_password=True)
        _prepare(engine)
        ledger = cls(engine, place)
        with ledger._explained():
            ledger._build()
        return ledger

    @classmethod
    def rehearsal(cls, path: Path) -> Ledger:
        """A copy in memory of the ledger in a file, for a plan that must touch nothing.

        An older schema is brought to the present in the copy alone.
        """
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        try:
            # A ledger at rest is opened as immutable: else SQLite would put its -wal and -shm beside it.
            rest = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{rest}", uri=True)) as source:
                source.backup(copy)
        except sqlite3.Error as error:
            said = DatabaseError("backup", None, error)
            raise _explain(said, str(path)) or said from error
        ledger = _in_memory(copy)
        ledger._build()
        return ledger

    @classmethod
    def empty(cls) -> Ledger:
        """A new ledger in memory."""
        ledger = _in_memory(sqlite3.connect(":memory:", check_same_thread=False))
        ledger._build()
        return ledger

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction; it is on disk when the block ends, or nothing of it is."""
        writer = self.engine.execution_options(writing=True)
        with self._writing, self._explained(), writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent look."""
        with self._reading, self._explained(), self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _build(self) -> None:
        """Create the schema, or bring an older one to the present."""
        with self.read() as connection:
            new = not inspect(connection).has_table("alembic_version")
        if new:
            with self.write() as connection:
                # Asked again: another program may have opened it at the same moment.
                if not inspect(connection).has_table("alembic_version"):
                    _create(connection)
        with self.read() as connection:
            version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""
        if version > tables.HEAD:
            raise LedgerError(
                "the ledger was written by a newer evenhold",
                self.place,
                "Update evenhold; the file was left as it is.",
            )
        if version != tables.HEAD:
            # Alembic costs 13 MiB and a third of a second: only a ledger that needs it loads it.
            from syncer.ledger.migrate import upgrade

            upgrade(self.engine)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, DatabaseError) as error:
            explained = _explain(error, self.place)
            if explained is None:
                raise
            raise explained from error


def _create(connection: Connection) -> None:
    tables.metadata.create_all(connection)
    for statement in tables.TRIGGERS.get(connection.dialect.name, ()):
        connection.execute(text(statement))
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:v)"), {"v": tables.HEAD})


def _in_memory(connection: sqlite3.Connection) -> Ledger:
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    _prepare(engine)
    return Ledger(engine, "memory")


SWITCHING = 200
"""How often, each 25 ms, a new database's switch to WAL is tried while another program does the same."""


def _use_wal(cursor: Any) -> None:
    """Switch to the write-ahead log, which is remembered in the file.

    For the switch itself SQLite does not wait as busy_timeout says (two programs that open a new ledger in
    one moment would deadlock); it says at once that the database is locked.
    """
    for left in reversed(range(SWITCHING)):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not left or "locked" not in str(error):
                raise
            time.sleep(0.025)
        else:
            return


def _prepare(engine: Engine) -> None:
    """SQLite: write-ahead log, every commit on disk before we go on, foreign keys enforced.

    Writers begin with BEGIN IMMEDIATE: a transaction that reads before it writes could otherwise
    fail half-way (SQLITE_BUSY_SNAPSHOT) when another process wrote in between.
    Source: sqlite.org/wal.html, sqlite.org/lang_transaction.html, SQLAlchemy's pysqlite dialect notes.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing: we do, below
        cursor = connection.cursor()
        _use_wal(cursor)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


LITTLE = 1 << 20
"""Bytes of free space below which a disk is full."""

_CURES = (
    (
        "database or disk is full",
        "the disk is full",
        "Free some space; nothing was lost, and the next pass goes on.",
    ),
    ("disk i/o error", "the disk refused a write", "Check the disk and its free space; nothing was lost."),
    (
        "readonly database",
        "the ledger can't be written",
        "Give the user that runs evenhold the right to write there.",
    ),
    (
        "unable to open database",
        "the ledger can't be opened",
        "Check that the folder exists and may be written.",
    ),
    ("database is locked", "the ledger is in use by another program", "Try again in a moment."),
    ("not a database", "the file is not a ledger", "Restore it from a backup; the file was left as it is."),
    ("malformed", "the ledger's file is damaged", "Restore it from a backup; the file was left as it is."),
)


def _explain(error: DatabaseError, place: str) -> LedgerError | None:
    said = str(error.orig).lower()
    with suppress(OSError):  # on some file systems SQLite calls a full disk an I/O error
        if "disk i/o error" in said and shutil.disk_usage(Path(place).parent).free < LITTLE:
            said = _CURES[0][0]
    for sign, condition, cure in _CURES:
        if sign in said:
            return LedgerError(condition, place, cure)
    return None
