"""The 86 list and terminal settings: store-owned things, their revision, and commands that were answered."""

import sqlalchemy as sa
from alembic import op
import shared_web.database

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('carried_out_commands',
    sa.Column('uuid', sa.String(length=64), nullable=False),
    sa.Column('store_id', sa.String(length=64), nullable=False),
    sa.Column('outcome', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('is_told', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('uuid', name=op.f('pk_carried_out_commands'))
    )
    with op.batch_alter_table('carried_out_commands', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_carried_out_commands_store_id'), ['store_id'], unique=False)

    op.create_table('owned_records',
    sa.Column('store_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(length=129), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('changed_by', sa.String(length=80), nullable=False),
    sa.Column('changed_at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('store_id', 'kind', 'key', name=op.f('pk_owned_records'))
    )
    op.create_table('owned_states',
    sa.Column('store_id', sa.String(length=64), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('mirrored_revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('mirrored_epoch', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('store_id', name=op.f('pk_owned_states'))
    )


def downgrade() -> None:
    op.drop_table('owned_states')
    op.drop_table('owned_records')
    with op.batch_alter_table('carried_out_commands', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_carried_out_commands_store_id'))

    op.drop_table('carried_out_commands')
