"""Forms that were carried out a short while ago, so that a second press makes nothing twice."""

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'sent_forms',
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('at', shared_web.database.UtcDateTime(), nullable=False),
        sa.Column('url', sa.Text(), nullable=False),
        sa.Column('toasts', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_sent_forms')),
    )
    with op.batch_alter_table('sent_forms', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sent_forms_at'), ['at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('sent_forms', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sent_forms_at'))
    op.drop_table('sent_forms')
