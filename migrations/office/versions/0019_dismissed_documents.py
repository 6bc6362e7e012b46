"""Who dismissed a refused document, when and why."""

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('refused_documents', schema=None) as batch_op:
        batch_op.add_column(sa.Column('dismissed_at', shared_web.database.UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('dismissed_by', sa.String(80), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('dismissal', sa.Text(), nullable=False, server_default=''))


def downgrade() -> None:
    with op.batch_alter_table('refused_documents', schema=None) as batch_op:
        batch_op.drop_column('dismissal')
        batch_op.drop_column('dismissed_by')
        batch_op.drop_column('dismissed_at')
