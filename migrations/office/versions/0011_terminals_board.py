"""What the terminals board shows besides: addresses, app versions, clocks; and registrations that count."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    with op.batch_alter_table('terminals', schema=None) as batch_op:
        batch_op.add_column(sa.Column('registration', NUMBER, nullable=False, server_default='0'))
    with op.batch_alter_table('terminal_states', schema=None) as batch_op:
        batch_op.add_column(sa.Column('address', sa.String(length=45), nullable=False, server_default=''))
    with op.batch_alter_table('store_states', schema=None) as batch_op:
        batch_op.add_column(sa.Column('clock_ahead_s', NUMBER, nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('address', sa.String(length=45), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('app_version', sa.String(length=20), nullable=False, server_default=''))


def downgrade() -> None:
    with op.batch_alter_table('store_states', schema=None) as batch_op:
        batch_op.drop_column('app_version')
        batch_op.drop_column('address')
        batch_op.drop_column('clock_ahead_s')
    with op.batch_alter_table('terminal_states', schema=None) as batch_op:
        batch_op.drop_column('address')
    with op.batch_alter_table('terminals', schema=None) as batch_op:
        batch_op.drop_column('registration')
