"""The Time Clock's shifts and breaks, and which terminals are connected."""

import sqlalchemy as sa
from alembic import op
import shared_web.database

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('connections',
    sa.Column('sid', sa.String(length=64), nullable=False),
    sa.Column('store_id', sa.String(length=64), nullable=False),
    sa.Column('terminal_id', sa.String(length=64), nullable=False),
    sa.Column('employee_name', sa.String(length=80), nullable=False),
    sa.Column('since', shared_web.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('connected_at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('gone_at', shared_web.database.UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('sid', name=op.f('pk_connections'))
    )
    with op.batch_alter_table('connections', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_connections_store_id'), ['store_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_connections_terminal_id'), ['terminal_id'], unique=False)

    op.create_table('shifts',
    sa.Column('uuid', sa.String(length=64), nullable=False),
    sa.Column('store_id', sa.String(length=64), nullable=False),
    sa.Column('employee_id', sa.String(length=64), nullable=False),
    sa.Column('employee_name', sa.String(length=80), nullable=False),
    sa.Column('role', sa.String(length=64), nullable=False),
    sa.Column('role_name', sa.String(length=80), nullable=False),
    sa.Column('business_date', sa.Date(), nullable=False),
    sa.Column('clocked_in_at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('clocked_out_at', shared_web.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('correction', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('uuid', name=op.f('pk_shifts'))
    )
    with op.batch_alter_table('shifts', schema=None) as batch_op:
        batch_op.create_index('ix_shifts_correction', ['store_id', 'correction'], unique=False)
        batch_op.create_index('ix_shifts_open', ['store_id', 'employee_id'], unique=True, sqlite_where=sa.text('clocked_out_at IS NULL'), postgresql_where=sa.text('clocked_out_at IS NULL'))

    op.create_table('shift_breaks',
    sa.Column('uuid', sa.String(length=64), nullable=False),
    sa.Column('shift_uuid', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('minutes', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('is_paid', sa.Boolean(), nullable=False),
    sa.Column('began_at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', shared_web.database.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['shift_uuid'], ['shifts.uuid'], name=op.f('fk_shift_breaks_shift_uuid')),
    sa.PrimaryKeyConstraint('uuid', name=op.f('pk_shift_breaks'))
    )
    with op.batch_alter_table('shift_breaks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_shift_breaks_shift_uuid'), ['shift_uuid'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('shift_breaks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_shift_breaks_shift_uuid'))

    op.drop_table('shift_breaks')
    with op.batch_alter_table('shifts', schema=None) as batch_op:
        batch_op.drop_index('ix_shifts_open', sqlite_where=sa.text('clocked_out_at IS NULL'), postgresql_where=sa.text('clocked_out_at IS NULL'))
        batch_op.drop_index('ix_shifts_correction')

    op.drop_table('shifts')
    with op.batch_alter_table('connections', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_connections_terminal_id'))
        batch_op.drop_index(batch_op.f('ix_connections_store_id'))

    op.drop_table('connections')
