"""When each version arrived where, and the history of every store's syncs, as its node reported them."""

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'arrivals',
        sa.Column('store_id', sa.String(length=64), nullable=False),
        sa.Column('place', sa.String(length=64), nullable=False),
        sa.Column('version', NUMBER, nullable=False),
        sa.Column('at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_arrivals_store_id')),
        sa.PrimaryKeyConstraint('store_id', 'place', 'version', name=op.f('pk_arrivals')),
    )
    op.create_index('ix_arrivals_store_id_at', 'arrivals', ['store_id', 'at'])
    op.create_table(
        'store_syncs',
        sa.Column('uuid', sa.String(length=64), nullable=False),
        sa.Column('store_id', sa.String(length=64), nullable=False),
        sa.Column('started_at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column('started_by', sa.String(length=80), nullable=False),
        sa.Column('is_manual', sa.Boolean(), nullable=False),
        sa.Column('is_full', sa.Boolean(), nullable=False),
        sa.Column('from_version', NUMBER, nullable=False),
        sa.Column('to_version', NUMBER, nullable=False),
        sa.Column('change_count', NUMBER, nullable=False),
        sa.Column('byte_count', NUMBER, nullable=False),
        sa.Column('duration_ms', NUMBER, nullable=False),
        sa.Column('outcome', sa.String(length=40), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_store_syncs_store_id')),
        sa.PrimaryKeyConstraint('store_id', 'uuid', name=op.f('pk_store_syncs')),
    )
    op.create_index('ix_store_syncs_store_id_started_at', 'store_syncs', ['store_id', 'started_at'])
    with op.batch_alter_table('store_states') as batch:
        batch.add_column(sa.Column('heard_version', NUMBER, nullable=False, server_default='0'))
    with op.batch_alter_table('store_states') as batch:
        batch.alter_column('heard_version', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('store_states') as batch:
        batch.drop_column('heard_version')
    op.drop_table('store_syncs')
    op.drop_table('arrivals')
