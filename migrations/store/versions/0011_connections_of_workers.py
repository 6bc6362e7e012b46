"""Who is connected is kept per worker and terminal, not per socket. The rows of before are of closed sockets."""

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

TIME = shared_web.database.UtcDateTime


def upgrade() -> None:
    op.drop_table('connections')
    _create(
        sa.Column('worker', sa.String(length=16), nullable=False),
        sa.Column('terminal_id', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('worker', 'terminal_id', name=op.f('pk_connections')),
    )


def downgrade() -> None:
    op.drop_table('connections')
    _create(
        sa.Column('sid', sa.String(length=64), nullable=False),
        sa.Column('terminal_id', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('sid', name=op.f('pk_connections')),
    )
    op.create_index(op.f('ix_connections_terminal_id'), 'connections', ['terminal_id'])


def _create(*keys) -> None:
    op.create_table(
        'connections',
        *keys,
        sa.Column('store_id', sa.String(length=64), nullable=False),
        sa.Column('employee_name', sa.String(length=80), nullable=False),
        sa.Column('since', TIME(), nullable=False),
        sa.Column('connected_at', TIME(), nullable=False),
        sa.Column('gone_at', TIME(), nullable=True),
    )
    op.create_index(op.f('ix_connections_store_id'), 'connections', ['store_id'])
