"""Who is signed in at which till."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = shared_web.database.UtcDateTime(timezone=True)
    op.create_table(
        "till_sessions",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("store_id", sa.String(64), nullable=False),
        sa.Column("terminal_id", sa.String(64), nullable=False),
        sa.Column("employee_id", sa.String(64), nullable=False),
        sa.Column("stamp", sa.String(32), nullable=False),
        sa.Column("began_at", moment, nullable=False),
        sa.Column("touched_at", moment, nullable=False),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_till_sessions")),
    )
    op.create_index("ix_till_sessions_store_id", "till_sessions", ["store_id"])
