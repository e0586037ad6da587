"""The database itself: its settings, what it refuses, and what a person is told when it can't be used."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from syncer.core.fold import Memory
from syncer.core.ownership import define
from syncer.ledger import record, tables, views
from syncer.ledger.store import Ledger, LedgerError
from tests.home import BINS, HOUSE, MONDAY, OUT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(path)
    yield opened
    opened.close()


def fill(ledger: Ledger) -> None:
    """Define the bins."""
    with ledger.write() as connection:
        record.append(connection, HOUSE.id, define(BINS, [OUT], Memory(), MONDAY, "test"))


def pragmas(connection: Connection) -> tuple[object, ...]:
    """The settings that durability rests on."""
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    return tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names)


def folder(path: Path) -> dict[str, bytes]:
    """Every file in the ledger's folder."""
    return {file.name: file.read_bytes() for file in path.parent.iterdir()}


def test_every_connection_is_durable_and_checks_foreign_keys(ledger: Ledger) -> None:
    with ledger.read() as one, ledger.read() as two, ledger.write() as three:
        raw = {id(c.connection.driver_connection) for c in (one, two, three)}
        assert len(raw) == 3
        for connection in (one, two, three):
            assert pragmas(connection) == ("wal", 2, 1, 30000)


@pytest.mark.parametrize("name", [table.name for table in tables.metadata.sorted_tables])
def test_every_row_belongs_to_a_household(name: str) -> None:
    table = tables.metadata.tables[name]
    if name == "household":
        assert list(table.primary_key.columns.keys()) == ["id"]
        return
    column = table.c.household
    assert not column.nullable
    assert [key.target_fullname for key in column.foreign_keys] == ["household.id"]


def test_a_row_of_an_unknown_household_is_refused(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), ledger.write() as connection:
        record.Rows(connection, "strangers").put(BINS)
    fill(ledger)
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), ledger.write() as connection:
        connection.execute(tables.household.delete())


CHANGES = [
    "UPDATE entry SET actor = 'ben'",
    "UPDATE entry SET at = at WHERE seq = 1",
    "DELETE FROM entry",
    "DELETE FROM entry WHERE seq = 1",
    "INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE seq = 1",
    "REPLACE INTO entry (household, at, kind, source, evidence, key, data)"
    " SELECT household, at, kind, source, 'forged', key, data FROM entry WHERE seq = 1",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_the_record_is_append_only_through_our_own_connections(ledger: Ledger, statement: str) -> None:
    fill(ledger)
    with pytest.raises(DatabaseError, match="append-only"), ledger.write() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize("statement", CHANGES)
def test_the_record_is_append_only_for_any_program(ledger: Ledger, path: Path, statement: str) -> None:
    fill(ledger)
    with closing(sqlite3.connect(path)) as raw:
        before = raw.execute("SELECT * FROM entry").fetchall()
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            raw.execute(statement)
        raw.commit()
        assert raw.execute("SELECT * FROM entry").fetchall() == before


def test_a_transaction_that_raises_leaves_nothing(ledger: Ledger) -> None:
    class Stop(Exception):
        pass

    def stop_in_the_middle() -> None:
        with ledger.write() as connection:
            record.append(connection, HOUSE.id, define(BINS, [OUT], Memory(), MONDAY, "test"))
            raise Stop

    with pytest.raises(Stop):
        stop_in_the_middle()
    with ledger.read() as connection:
        assert views.version(connection, HOUSE.id) == 0
        assert views.state(connection, HOUSE.id) == Memory()
        assert connection.execute(tables.household.select()).first() is None


def test_what_is_committed_is_there_for_another_program(ledger: Ledger, path: Path) -> None:
    fill(ledger)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT count(*) FROM entry").fetchone() == (2,)


def test_a_look_is_consistent_while_another_writes(ledger: Ledger, path: Path) -> None:
    with ledger.read() as connection:
        assert views.version(connection, HOUSE.id) == 0
        other = Ledger.open(path)
        fill(other)
        other.close()
        assert views.version(connection, HOUSE.id) == 0
    with ledger.read() as connection:
        assert views.version(connection, HOUSE.id) == 2


def test_opening_again_changes_nothing(path: Path) -> None:
    for _ in range(2):
        ledger = Ledger.open(str(path))
        fill(ledger)
        with ledger.read() as connection:
            assert views.version(connection, HOUSE.id) == 2
        ledger.close()


def together(*work: Callable[[], object]) -> list[BaseException]:
    """Run all at once, each in a thread; returns what they raised."""
    raised: list[BaseException] = []

    def guarded(one: Callable[[], object]) -> None:
        try:
            one()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def test_two_programs_that_open_a_new_ledger_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both find no schema; one makes it, and the other waits for it and finds it there."""
    both = threading.Barrier(2)
    met = threading.local()

    class Meeting:
        def __init__(self, subject: Engine | Connection) -> None:
            self.found = inspect(subject)

        def has_table(self, name: str) -> bool:
            answer = self.found.has_table(name)
            if not hasattr(met, "already"):  # each program's first look, before either has written
                met.already = both.wait(10)
            return answer

    monkeypatch.setattr("syncer.ledger.store.inspect", Meeting)
    assert together(*[lambda: Ledger.open(path).close()] * 2) == []
    monkeypatch.undo()
    ledger = Ledger.open(path)
    fill(ledger)
    ledger.close()


def test_a_full_disk_is_said_with_its_cure_and_loses_nothing(ledger: Ledger) -> None:
    fill(ledger)

    @event.listens_for(ledger.engine, "begin")
    def shrink(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    many = [{"id": f"{number}-{'x' * 200}"} for number in range(2000)]
    with pytest.raises(LedgerError) as full, ledger.write() as connection:
        connection.execute(tables.household.insert(), many)
    assert full.value.condition == "the disk is full"
    assert "Free some space" in full.value.cure
    assert ledger.place in str(full.value)
    event.remove(ledger.engine, "begin", shrink)
    with ledger.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        assert views.version(connection, HOUSE.id) == 2
        connection.execute(tables.household.insert().values(id="neighbours"))


def test_a_file_that_is_no_ledger_is_left_as_it_is(path: Path) -> None:
    path.write_bytes(b"Dear diary, this is no database.\n" * 200)
    before = folder(path)
    for opening in (Ledger.open, Ledger.rehearsal):
        with pytest.raises(LedgerError, match="not a ledger") as refused:
            opening(path)
        assert str(path) in str(refused.value) and "backup" in refused.value.cure
    assert folder(path) == before


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    for opening in (Ledger.open, Ledger.rehearsal):
        with pytest.raises(LedgerError, match="can't be opened"):
            opening(tmp_path / "nowhere" / "ledger.sqlite")


def test_a_ledger_of_a_newer_evenhold_is_left_as_it_is(ledger: Ledger, path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    ledger.close()
    with pytest.raises(LedgerError) as refused:
        Ledger.open(path)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("running", [True, False], ids=["while the daemon runs", "at rest"])
def test_a_rehearsal_is_a_copy_and_touches_nothing(ledger: Ledger, path: Path, running: bool) -> None:
    fill(ledger)
    if not running:
        ledger.close()
    before = {name: data for name, data in folder(path).items() if not name.endswith("-shm")}
    copy = Ledger.rehearsal(path)
    with copy.write() as connection:
        assert views.state(connection, HOUSE.id).bundles == {"bins": BINS}
        record.append(connection, "neighbours", define(BINS, [], Memory(), MONDAY, "test"))
        assert views.version(connection, "neighbours") > 0
    copy.close()
    # The -shm file is the index of the log that any reader may build; it holds no data.
    assert {name: data for name, data in folder(path).items() if not name.endswith("-shm")} == before
    with ledger.read() as connection:
        assert views.version(connection, "neighbours") == 0


def test_a_ledger_in_memory_serves_several_threads() -> None:
    ledger = Ledger.empty()

    def household(name: str) -> None:
        for _ in range(5):
            with ledger.write() as connection:
                record.append(connection, name, define(BINS, [OUT], Memory(), MONDAY, "test"))
            with ledger.read() as connection:
                assert views.version(connection, name) > 0

    assert together(*(lambda name=name: household(name) for name in "abcd")) == []
    with ledger.read() as connection:
        assert [sum(views.counts(connection, name).values()) for name in "abcd"] == [2] * 4
