"""When a store node's socket came and went, by which the office knows at once that it is gone."""

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('store_states', schema=None) as batch_op:
        batch_op.add_column(sa.Column('line_since', shared_web.database.UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('line_cut_at', shared_web.database.UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('store_states', schema=None) as batch_op:
        batch_op.drop_column('line_cut_at')
        batch_op.drop_column('line_since')
