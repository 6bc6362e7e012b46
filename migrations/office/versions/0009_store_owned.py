"""The mirror of store-owned things, and commands for the stores."""

import sqlalchemy as sa
from alembic import op
import shared_web.database

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('owned_mirror_states',
    sa.Column('store_id', sa.String(length=64), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('told_at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_owned_mirror_states_store_id')),
    sa.PrimaryKeyConstraint('store_id', name=op.f('pk_owned_mirror_states'))
    )
    op.create_table('owned_mirrors',
    sa.Column('store_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(length=129), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('changed_by', sa.String(length=80), nullable=False),
    sa.Column('changed_at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_owned_mirrors_store_id')),
    sa.PrimaryKeyConstraint('store_id', 'kind', 'key', name=op.f('pk_owned_mirrors'))
    )
    op.create_table('store_commands',
    sa.Column('store_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(length=129), nullable=False),
    sa.Column('seen_revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('asked_by', sa.String(length=80), nullable=False),
    sa.Column('asked_at', shared_web.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('answered_at', shared_web.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['store_id'], ['stores.id'], name=op.f('fk_store_commands_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_store_commands'))
    )
    with op.batch_alter_table('store_commands', schema=None) as batch_op:
        batch_op.create_index('ix_store_commands_state', ['store_id', 'state', 'asked_at'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('store_commands', schema=None) as batch_op:
        batch_op.drop_index('ix_store_commands_state')

    op.drop_table('store_commands')
    op.drop_table('owned_mirrors')
    op.drop_table('owned_mirror_states')
