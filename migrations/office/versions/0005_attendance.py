"""Punches of the stores, the corrections of the office, and the shifts that follow."""

import sqlalchemy as sa
from alembic import op
import shared_web.database

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('punches',
    sa.Column('uuid', sa.String(length=64), nullable=False),
    sa.Column('store_id', sa.String(length=64), nullable=False),
    sa.Column('shift_uuid', sa.String(length=64), nullable=False),
    sa.Column('terminal_id', sa.String(length=64), nullable=False),
    sa.Column('employee_id', sa.String(length=64), nullable=False),
    sa.Column('employee_name', sa.String(length=80), nullable=False),
    sa.Column('event', sa.String(length=20), nullable=False),
    sa.Column('at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('business_date', sa.Date(), nullable=False),
    sa.Column('role_id', sa.String(length=64), nullable=False),
    sa.Column('role_name', sa.String(length=80), nullable=False),
    sa.Column('break_name', sa.String(length=40), nullable=False),
    sa.Column('break_minutes', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('is_paid', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_punches_store_id')),
    sa.PrimaryKeyConstraint('uuid', name=op.f('pk_punches'))
    )
    with op.batch_alter_table('punches', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_punches_shift_uuid'), ['shift_uuid'], unique=False)

    op.create_table('shift_corrections',
    sa.Column('store_id', sa.String(length=64), nullable=False),
    sa.Column('sequence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shift_uuid', sa.String(length=64), nullable=False),
    sa.Column('employee_id', sa.String(length=64), nullable=False),
    sa.Column('employee_name', sa.String(length=80), nullable=False),
    sa.Column('role_id', sa.String(length=64), nullable=False),
    sa.Column('role_name', sa.String(length=80), nullable=False),
    sa.Column('business_date', sa.Date(), nullable=False),
    sa.Column('clocked_in_at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('clocked_out_at', shared_web.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=80), nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_shift_corrections_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shift_corrections')),
    sa.UniqueConstraint('store_id', 'sequence', name=op.f('uq_shift_corrections_store_id_sequence'))
    )
    with op.batch_alter_table('shift_corrections', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_shift_corrections_shift_uuid'), ['shift_uuid'], unique=False)

    op.create_table('shifts',
    sa.Column('store_id', sa.String(length=64), nullable=False),
    sa.Column('employee_id', sa.String(length=64), nullable=False),
    sa.Column('employee_name', sa.String(length=80), nullable=False),
    sa.Column('role_id', sa.String(length=64), nullable=False),
    sa.Column('role_name', sa.String(length=80), nullable=False),
    sa.Column('business_date', sa.Date(), nullable=False),
    sa.Column('clocked_in_at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('clocked_out_at', shared_web.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('paid_break_s', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unpaid_break_s', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('break_name', sa.String(length=40), nullable=False),
    sa.Column('break_began_at', shared_web.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('corrected_by', sa.String(length=80), nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_shifts_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shifts'))
    )
    with op.batch_alter_table('shifts', schema=None) as batch_op:
        batch_op.create_index('ix_shifts_employee', ['employee_id', 'clocked_in_at'], unique=False)
        batch_op.create_index('ix_shifts_store_day', ['store_id', 'business_date'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('shifts', schema=None) as batch_op:
        batch_op.drop_index('ix_shifts_store_day')
        batch_op.drop_index('ix_shifts_employee')

    op.drop_table('shifts')
    with op.batch_alter_table('shift_corrections', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_shift_corrections_shift_uuid'))

    op.drop_table('shift_corrections')
    with op.batch_alter_table('punches', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_punches_shift_uuid'))

    op.drop_table('punches')
