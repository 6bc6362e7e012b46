"""Syncs are ordered as they were written down, not by the clock; which of them the office was told of is kept."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    with op.batch_alter_table('sync_runs', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sequence', COUNT, nullable=False, server_default='0'))
        batch_op.drop_index('ix_sync_runs_at')
        batch_op.create_index('ix_sync_runs_sequence', ['store_id', 'sequence'], unique=False)
    op.execute(
        'UPDATE sync_runs SET sequence = numbered.sequence FROM ('
        ' SELECT uuid, row_number() OVER (PARTITION BY store_id ORDER BY started_at, uuid) AS sequence'
        ' FROM sync_runs) AS numbered WHERE numbered.uuid = sync_runs.uuid'
    )
    with op.batch_alter_table('sync_states', schema=None) as batch_op:
        batch_op.add_column(sa.Column('told_sequence', COUNT, nullable=False, server_default='0'))
    # As after every start of the release before: the newest fifty are told once more.
    op.execute(
        'UPDATE sync_states SET told_sequence = coalesce((SELECT max(sequence) - 50 FROM sync_runs'
        ' WHERE sync_runs.store_id = sync_states.store_id HAVING max(sequence) > 50), 0)'
    )


def downgrade() -> None:
    with op.batch_alter_table('sync_states', schema=None) as batch_op:
        batch_op.drop_column('told_sequence')
    with op.batch_alter_table('sync_runs', schema=None) as batch_op:
        batch_op.drop_index('ix_sync_runs_sequence')
        batch_op.create_index('ix_sync_runs_at', ['store_id', 'started_at'], unique=False)
        batch_op.drop_column('sequence')
