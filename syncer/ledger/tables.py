"""The ledger's tables: portable SQL only, each row of one household.

`entry` is the truth of what happened and is append-only by triggers. `bundle`, `task`, `occurrence` and
`tenure` are its fold and can be rebuilt. The rest is what is known of the apps: bindings of collections,
projections, intents with what stood there before, held plans and items set aside. A change here needs a
migration; a test compares the two.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

HEAD = "0002"
"""The migration that these tables correspond to."""

metadata = MetaData()


class Utc(TypeDecorator[dt.datetime]):
    """An aware moment, stored in UTC without an offset, so that text compares as time does."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Aware to naive UTC."""
        return value.astimezone(dt.UTC).replace(tzinfo=None) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        """Naive UTC to aware."""
        return value.replace(tzinfo=dt.UTC) if value is not None else None


def _household() -> Column[str]:
    return Column("household", String, ForeignKey("household.id"), primary_key=True)


household = Table("household", metadata, Column("id", String, primary_key=True))

entry = Table(
    "entry",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("household", String, ForeignKey("household.id"), nullable=False),
    Column("at", Utc, nullable=False),
    Column("kind", String, nullable=False),
    Column("actor", String),
    Column("source", String, nullable=False),
    Column("evidence", String, nullable=False),
    Column("bundle", String),
    Column("task", String),
    Column("occurrence", String),
    Column("key", String, nullable=False),
    Column("data", JSON, nullable=False),
    UniqueConstraint("household", "key", name="entry_once"),
    Index("entry_by_seq", "household", "seq"),
    Index("entry_by_kind", "household", "kind", "at"),
    sqlite_autoincrement=True,
)

bundle = Table(
    "bundle",
    metadata,
    _household(),
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("category", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("unpredictability", Integer, nullable=False),
    Column("deadline", Integer, nullable=False),
    Column("state", String, nullable=False),
)

task = Table(
    "task",
    metadata,
    _household(),
    Column("id", String, primary_key=True),
    Column("bundle", String, nullable=False),
    Column("title", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("effort", JSON, nullable=False),
    Column("repeat", JSON, nullable=False),
    Column("start", String, nullable=False),
    Column("at", String),
    Column("duration", Integer, nullable=False),
    Column("missed", String, nullable=False),
    Column("removed", Boolean, nullable=False),
)

occurrence = Table(
    "occurrence",
    metadata,
    _household(),
    Column("task", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("day", Date, nullable=False),
    Column("progress", String, nullable=False),
    Column("moved", JSON(none_as_null=True)),
    Column("noted", Boolean, nullable=False),
    Column("retitled", Boolean, nullable=False),
    Column("resolved_on", Date),
    Column("resolved_at", Utc),
    Column("owner", String),
    Column("doer", String),
    Column("turns", Integer, nullable=False),
    Index("occurrence_by_day", "household", "day"),
    Index("occurrence_by_progress", "household", "progress", "resolved_at"),
)

tenure = Table(
    "tenure",
    metadata,
    _household(),
    Column("bundle", String, primary_key=True),
    Column("since", Utc, primary_key=True),
    Column("owner", String, nullable=False),
    Column("until", Utc),
)

collection = Table(
    "collection",
    metadata,
    _household(),
    Column("account", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("ref", String),
    Column("title", String),
    Column("identity", String),
    Column("cursor", String),
    Column("compared_at", Utc),
    Column("missing_since", Utc),
    Column("turn", Integer, nullable=False, server_default="0"),
)

projection = Table(
    "projection",
    metadata,
    _household(),
    Column("account", String, primary_key=True),
    Column("collection", String, primary_key=True),
    Column("task", String, primary_key=True),
    Column("occurrence", String, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("uid", String, nullable=False),
    Column("ref", String, nullable=False),
    Column("revision", String),
    Column("kind", String, nullable=False),
    Column("ours", JSON(none_as_null=True)),
    Column("base", JSON(none_as_null=True)),
    Column("refused", JSON(none_as_null=True)),
    Column("fresh", Boolean, nullable=False),
    Column("ended", String),
    Column("ended_at", Utc),
    Column("past", JSON, nullable=False, server_default="[]"),
    Column("undone", String, nullable=False, server_default=""),
    Index("projection_live", "household", "ended", "account", "collection"),
)

intent = Table(
    "intent",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("household", String, ForeignKey("household.id"), nullable=False),
    Column("account", String, nullable=False),
    Column("collection", String, nullable=False),
    Column("run", String, nullable=False),
    Column("operation", String, nullable=False),
    Column("task", String, nullable=False),
    Column("occurrence", String, nullable=False),
    Column("uid", String, nullable=False),
    Column("ref", String),
    Column("revision", String),
    Column("fields", JSON, nullable=False),
    Column("ours", JSON(none_as_null=True)),
    Column("why", String, nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("outcome", String),
    Column("settled_at", Utc),
    Column("holder", String, nullable=False, server_default=""),
    Column("token", String, nullable=False, server_default=""),
    Column("after", String),
    Index("intent_open", "household", "outcome"),
    Index("intent_run", "household", "run"),
    Index("intent_uid", "household", "uid"),
    sqlite_autoincrement=True,
)

image = Table(
    "image",
    metadata,
    _household(),
    Column("intent", Integer, ForeignKey("intent.id"), primary_key=True),
    Column("raw", String, nullable=False),
    Column("taken_at", Utc, nullable=False),
    Index("image_by_age", "taken_at"),
)

hold = Table(
    "hold",
    metadata,
    _household(),
    Column("account", String, primary_key=True),
    Column("collection", String, primary_key=True),
    Column("since", Utc, nullable=False),
    Column("reason", String, nullable=False),
    Column("items", JSON, nullable=False),
    Column("answer", String),
    Column("completed", JSON, nullable=False, server_default="[]"),
    Column("number", Integer, nullable=False, server_default="0"),
)

quarantine = Table(
    "quarantine",
    metadata,
    _household(),
    Column("account", String, primary_key=True),
    Column("collection", String, primary_key=True),
    Column("ref", String, primary_key=True),
    Column("revision", String),
    Column("reason", String, nullable=False),
    Column("since", Utc, nullable=False),
    Column("tries", Integer, nullable=False),
)

TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry"
        " BEGIN SELECT RAISE(ABORT, 'entry is append-only'); END",
        "CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry"
        " BEGIN SELECT RAISE(ABORT, 'entry is append-only'); END",
        # REPLACE deletes without a delete trigger (sqlite.org/lang_conflict.html).
        "CREATE TRIGGER entry_no_replace BEFORE INSERT ON entry WHEN EXISTS (SELECT 1 FROM entry"
        " WHERE seq = NEW.seq OR (household = NEW.household AND key = NEW.key))"
        " BEGIN SELECT RAISE(ABORT, 'entry is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION entry_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'entry is append-only'; END $$",
        "CREATE TRIGGER entry_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION entry_append_only()",
    ),
}
"""Statements that make `entry` append-only, by SQLAlchemy's dialect name."""
