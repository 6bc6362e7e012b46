"""Lines sold at another price than they were rung at, and when an order was put on hold first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("order_lines") as table:
        table.add_column(sa.Column("listed_price_cents", shared_web.database.BigNumber, nullable=True))
        table.add_column(sa.Column("override_reason", sa.String(200), nullable=False, server_default=""))
    with op.batch_alter_table("orders") as table:
        table.add_column(
            sa.Column("held_at", shared_web.database.UtcDateTime(timezone=True), nullable=True)
        )
    # Of those that are on hold now nobody knows since when; they were begun then at the latest.
    op.execute("UPDATE orders SET held_at = opened_at WHERE state = 'held'")
