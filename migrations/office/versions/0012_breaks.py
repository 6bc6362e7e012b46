"""Which breaks a store's Time Clock offers."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

USUAL = 'Rest Break, 15, paid\nMeal Break, 30, unpaid'


def upgrade() -> None:
    with op.batch_alter_table('stores', schema=None) as batch_op:
        batch_op.add_column(sa.Column('breaks', sa.Text(), nullable=False, server_default=USUAL))


def downgrade() -> None:
    with op.batch_alter_table('stores', schema=None) as batch_op:
        batch_op.drop_column('breaks')
