"""A store that the office gave to another node is remembered while documents of it wait here."""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('served_stores', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_gone', sa.Boolean(), nullable=False, server_default=sa.false()))
    # The release before forgot them, name and all.
    op.execute(
        'INSERT INTO served_stores (store_id, name, epoch, is_demo, is_gone)'
        " SELECT DISTINCT store_id, store_id, '', false, true FROM outbox_documents"
        " WHERE state IN ('waiting', 'refused') AND store_id NOT IN (SELECT store_id FROM served_stores)"
    )


def downgrade() -> None:
    op.execute('DELETE FROM served_stores WHERE is_gone')
    with op.batch_alter_table('served_stores', schema=None) as batch_op:
        batch_op.drop_column('is_gone')
