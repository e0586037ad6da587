"""Migrations: from nothing they come to exactly the schema that a new ledger is made with."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from syncer.core.fold import Memory
from syncer.core.ownership import define
from syncer.ledger import record, tables, views
from syncer.ledger.migrate import upgrade
from syncer.ledger.store import Ledger
from tests.home import BINS, HOUSE, MONDAY, OUT


@pytest.fixture
def migrated(tmp_path: Path) -> Path:
    """A database that only migrations have touched."""
    path = tmp_path / "migrated.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


def schema(path: Path) -> set[tuple[str, str, str]]:
    """Kind, name and normalised text of everything in a database."""
    with closing(sqlite3.connect(path)) as raw:
        rows = raw.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        ).fetchall()
    return {(kind, name, _normal(name, sql or "")) for kind, name, sql in rows}


def _normal(name: str, sql: str) -> str:
    words = re.sub(r"\s+", " ", sql)
    if name == "alembic_version":
        return "".join(sorted(re.findall(r"\w+ VARCHAR\(\d+\) NOT NULL", words)))
    # The order of a table's columns and constraints is of no consequence.
    head, _, body = words.partition("(")
    if not head.startswith("CREATE TABLE"):
        return words
    parts = re.split(r", (?![^(]*\))", body.rstrip(" )") + ")")
    return head + " | ".join(sorted(part.strip(" )") for part in parts))


def test_migrations_from_nothing_come_to_the_schema_of_a_new_ledger(migrated: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.sqlite"
    Ledger.open(new).close()
    made, created = schema(migrated), schema(new)
    assert {kind for kind, _, _ in made} == {"table", "index", "trigger"}
    assert made == created


def test_alembic_finds_no_difference_to_the_tables(migrated: Path) -> None:
    engine = create_engine(f"sqlite:///{migrated}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
    assert {table["name"] for table in _columns(migrated)} >= set(tables.metadata.tables)
    engine.dispose()


def _columns(path: Path) -> list[dict[str, str]]:
    engine = create_engine(f"sqlite:///{path}")
    names = inspect(engine).get_table_names()
    engine.dispose()
    return [{"name": name} for name in names]


def test_the_tables_name_alembics_head() -> None:
    with as_file(files("syncer.ledger") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        heads = ScriptDirectory.from_config(config).get_heads()
    assert heads == [tables.HEAD]


def test_a_migrated_ledger_opens_works_and_is_append_only(migrated: Path) -> None:
    ledger = Ledger.open(migrated)
    with ledger.write() as connection:
        record.append(connection, HOUSE.id, define(BINS, [OUT], Memory(), MONDAY, "test"))
        assert views.state(connection, HOUSE.id).bundles == {"bins": BINS}
    ledger.close()
    with closing(sqlite3.connect(migrated)) as raw:
        for statement in ("UPDATE entry SET kind = 'x'", "DELETE FROM entry"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                raw.execute(statement)


def test_an_older_ledger_is_brought_to_the_present_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as raw:  # as before the first migration
        raw.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        raw.commit()
    copy = Ledger.rehearsal(path)
    with copy.read() as connection:
        assert views.version(connection, HOUSE.id) == 0
    copy.close()
    with closing(sqlite3.connect(path)) as raw:  # a plan brings its copy to the present, and no more
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("alembic_version",)]
    ledger = Ledger.open(path)
    with ledger.read() as connection:
        assert views.version(connection, HOUSE.id) == 0
    ledger.close()
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(tables.HEAD,)]
