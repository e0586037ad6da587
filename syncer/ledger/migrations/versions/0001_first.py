"""The ledger's first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

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


def upgrade() -> None:
    op.create_table("household", sa.Column("id", sa.String(), nullable=False), sa.PrimaryKeyConstraint("id"))
    op.create_table(
        "bundle",
        sa.Column("household", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("unpredictability", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household"],
            ["household.id"],
        ),
        sa.PrimaryKeyConstraint("household", "id"),
    )
    op.create_table(
        "collection",
        sa.Column("household", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("identity", sa.String(), nullable=True),
        sa.Column("cursor", sa.String(), nullable=True),
        sa.Column("compared_at", sa.DateTime(), nullable=True),
        sa.Column("missing_since", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household"],
            ["household.id"],
        ),
        sa.PrimaryKeyConstraint("household", "account", "name"),
    )
    op.create_table(
        "entry",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("household", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("bundle", sa.String(), nullable=True),
        sa.Column("task", sa.String(), nullable=True),
        sa.Column("occurrence", sa.String(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household"],
            ["household.id"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("household", "key", name="entry_once"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "hold",
        sa.Column("household", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household"],
            ["household.id"],
        ),
        sa.PrimaryKeyConstraint("household", "account", "collection"),
    )
    op.create_table(
        "intent",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("household", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("revision", sa.String(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("ours", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household"],
            ["household.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("intent_open", "intent", ["household", "outcome"], unique=False)
    op.create_table(
        "occurrence",
        sa.Column("household", sa.String(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("progress", sa.String(), nullable=False),
        sa.Column("moved", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("noted", sa.Boolean(), nullable=False),
        sa.Column("retitled", sa.Boolean(), nullable=False),
        sa.Column("resolved_on", sa.Date(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(), nullable=True),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("doer", sa.String(), nullable=True),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household"],
            ["household.id"],
        ),
        sa.PrimaryKeyConstraint("household", "task", "key"),
    )
    op.create_index("occurrence_by_day", "occurrence", ["household", "day"], unique=False)
    op.create_index(
        "occurrence_by_progress", "occurrence", ["household", "progress", "resolved_at"], unique=False
    )
    op.create_table(
        "projection",
        sa.Column("household", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("revision", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ours", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("base", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("refused", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("fresh", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household"],
            ["household.id"],
        ),
        sa.PrimaryKeyConstraint("household", "account", "collection", "task", "occurrence"),
    )
    op.create_index(
        "projection_live", "projection", ["household", "account", "collection", "ended"], unique=False
    )
    op.create_table(
        "task",
        sa.Column("household", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("bundle", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("effort", sa.JSON(), nullable=False),
        sa.Column("repeat", sa.JSON(), nullable=False),
        sa.Column("start", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=True),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("missed", sa.String(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household"],
            ["household.id"],
        ),
        sa.PrimaryKeyConstraint("household", "id"),
    )
    op.create_table(
        "tenure",
        sa.Column("household", sa.String(), nullable=False),
        sa.Column("bundle", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household"],
            ["household.id"],
        ),
        sa.PrimaryKeyConstraint("household", "bundle", "since"),
    )
    for statement in TRIGGERS.get(op.get_context().dialect.name, ()):
        op.execute(statement)
