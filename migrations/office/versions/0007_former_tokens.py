"""The office remembers the hashes of tokens that a node had, to know the files that were signed with them."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('nodes') as batch:
        batch.add_column(sa.Column('former_token_hashes', sa.JSON(), nullable=False, server_default='[]'))
    with op.batch_alter_table('nodes') as batch:
        batch.alter_column('former_token_hashes', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('nodes') as batch:
        batch.drop_column('former_token_hashes')
