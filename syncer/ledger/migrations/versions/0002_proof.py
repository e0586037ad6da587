"""Images of what stood there, who sent what, what a person took back, and what is set aside."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index("entry_by_seq", "entry", ["household", "seq"], unique=False)
    op.drop_index("projection_live", "projection")
    live = ["household", "ended", "account", "collection"]
    op.create_index("projection_live", "projection", live, unique=False)
    op.create_index("entry_by_kind", "entry", ["household", "kind", "at"], unique=False)
    op.add_column("collection", sa.Column("turn", sa.Integer(), server_default="0", nullable=False))
    op.add_column("projection", sa.Column("past", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("projection", sa.Column("undone", sa.String(), server_default="", nullable=False))
    op.add_column("intent", sa.Column("holder", sa.String(), server_default="", nullable=False))
    op.add_column("intent", sa.Column("token", sa.String(), server_default="", nullable=False))
    op.add_column("intent", sa.Column("after", sa.String(), nullable=True))
    op.create_index("intent_run", "intent", ["household", "run"], unique=False)
    op.create_index("intent_uid", "intent", ["household", "uid"], unique=False)
    op.add_column("hold", sa.Column("completed", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("hold", sa.Column("number", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "image",
        sa.Column("household", sa.String(), nullable=False),
        sa.Column("intent", sa.Integer(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household"],
            ["household.id"],
        ),
        sa.ForeignKeyConstraint(
            ["intent"],
            ["intent.id"],
        ),
        sa.PrimaryKeyConstraint("household", "intent"),
    )
    op.create_index("image_by_age", "image", ["taken_at"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("household", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("revision", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household"],
            ["household.id"],
        ),
        sa.PrimaryKeyConstraint("household", "account", "collection", "ref"),
    )
