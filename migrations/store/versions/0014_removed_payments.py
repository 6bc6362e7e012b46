"""The keys of payments that were taken back are kept: what is pressed again does not pay again."""

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'removed_payments',
        sa.Column('store_id', sa.String(length=64), nullable=False),
        sa.Column('idempotency_key', sa.String(length=64), nullable=False),
        sa.Column('order_uuid', sa.String(length=64), nullable=False),
        sa.Column('removed_at', shared_web.database.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ['order_uuid'],
            ['orders.uuid'],
            name=op.f('fk_removed_payments_order_uuid'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('store_id', 'idempotency_key', name=op.f('pk_removed_payments')),
    )
    op.create_index(op.f('ix_removed_payments_order_uuid'), 'removed_payments', ['order_uuid'])


def downgrade() -> None:
    op.drop_table('removed_payments')
