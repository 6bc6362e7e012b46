"""Since when a till or a store's node was there to wait for, and when its node sent its last report."""

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

COLUMNS = [('arrivals', 'since'), ('terminal_states', 'first_seen_at'), ('store_states', 'sent_at')]


def upgrade() -> None:
    for table, column in COLUMNS:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column(column, shared_web.database.UtcDateTime(), nullable=True))


def downgrade() -> None:
    for table, column in reversed(COLUMNS):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(column)
