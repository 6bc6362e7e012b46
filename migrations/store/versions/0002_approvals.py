"""Requests for a manager's approval, their answers, and who approved what in the journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approval_requests",
        sa.Column("uuid", sa.String(64), nullable=False),
        sa.Column("store_id", sa.String(64), nullable=False),
        sa.Column("terminal_id", sa.String(64), nullable=False),
        sa.Column("terminal_name", sa.String(80), nullable=False),
        sa.Column("employee_id", sa.String(64), nullable=False),
        sa.Column("employee_name", sa.String(80), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("amount_cents", shared_web.database.BigNumber, nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("binding", sa.String(64), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("swaps", sa.String(80), nullable=False),
        sa.Column("asked_at", shared_web.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", shared_web.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_approval_requests")),
    )
    op.create_index("ix_approval_requests_asked", "approval_requests", ["store_id", "asked_at"])
    op.create_table(
        "approval_answers",
        sa.Column("request_uuid", sa.String(64), nullable=False),
        sa.Column("store_id", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("employee_id", sa.String(64), nullable=False),
        sa.Column("employee_name", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("at", shared_web.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", shared_web.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", shared_web.database.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("request_uuid", name=op.f("pk_approval_answers")),
        sa.ForeignKeyConstraint(
            ["request_uuid"],
            ["approval_requests.uuid"],
            name=op.f("fk_approval_answers_request_uuid"),
            ondelete="CASCADE",
        ),
    )
    with op.batch_alter_table("journal_entries") as table:
        table.add_column(sa.Column("approver_id", sa.String(64), nullable=False, server_default=""))
        table.add_column(sa.Column("approver_name", sa.String(80), nullable=False, server_default=""))
