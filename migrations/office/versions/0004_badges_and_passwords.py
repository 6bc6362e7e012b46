"""A badge instead of a PIN, and passwords that must be changed at the next sign-in."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('credentials') as table:
        table.alter_column('pin_digest', existing_type=sa.String(length=64), nullable=True)
    with op.batch_alter_table('employees') as table:
        table.add_column(
            sa.Column('must_change_password', sa.Boolean(), nullable=False, server_default=sa.false())
        )
