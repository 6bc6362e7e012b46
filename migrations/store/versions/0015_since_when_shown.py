"""Since when a terminal shows its version: told to the office, which may hear of it hours later."""

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('terminals', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shown_at', shared_web.database.UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('terminals', schema=None) as batch_op:
        batch_op.drop_column('shown_at')
