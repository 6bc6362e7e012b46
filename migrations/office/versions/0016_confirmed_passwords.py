"""When the password of a Back Office session was entered last; for sessions of before, when they began."""

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('office_sessions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('confirmed_at', shared_web.database.UtcDateTime(), nullable=True))
    op.execute('UPDATE office_sessions SET confirmed_at = began_at')
    with op.batch_alter_table('office_sessions', schema=None) as batch_op:
        batch_op.alter_column('confirmed_at', existing_type=shared_web.database.UtcDateTime(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table('office_sessions', schema=None) as batch_op:
        batch_op.drop_column('confirmed_at')
