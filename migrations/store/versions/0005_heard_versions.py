"""The store remembers since when it knows the newest version that it has heard of."""

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    with op.batch_alter_table('sync_states') as batch:
        batch.add_column(sa.Column('heard_version', NUMBER, nullable=False, server_default='0'))
        batch.add_column(
            sa.Column('heard_at', shared_web.database.UtcDateTime(timezone=True), nullable=True)
        )
    with op.batch_alter_table('sync_states') as batch:
        batch.alter_column('heard_version', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('sync_states') as batch:
        batch.drop_column('heard_at')
        batch.drop_column('heard_version')
