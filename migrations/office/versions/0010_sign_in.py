"""Back Office sign-in: second factors, recovery codes, sessions, counted tries.

Everybody signs in once more: sessions that no row stands for have ended.
"""

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = shared_web.database.UtcDateTime(timezone=True)
KEY = sa.String(length=64)


def upgrade() -> None:
    with op.batch_alter_table('employees') as table:
        table.add_column(sa.Column('totp_secret', sa.String(length=64), nullable=True))
        table.add_column(sa.Column('totp_since', MOMENT, nullable=True))
        table.add_column(sa.Column('totp_step', NUMBER, nullable=False, server_default='0'))
        table.drop_column('session_stamp')
    with op.batch_alter_table('enterprises') as table:
        table.add_column(
            sa.Column('wants_second_factor', sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.create_table(
        'recovery_codes',
        sa.Column('employee_id', KEY, nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('used_at', MOMENT, nullable=True),
        sa.Column('id', KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ['employee_id'], ['employees.id'], name='fk_recovery_codes_employee_id', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_recovery_codes'),
    )
    op.create_index('ix_recovery_codes_employee_id', 'recovery_codes', ['employee_id'])
    op.create_table(
        'office_sessions',
        sa.Column('employee_id', KEY, nullable=False),
        sa.Column('began_at', MOMENT, nullable=False),
        sa.Column('last_used_at', MOMENT, nullable=False),
        sa.Column('address', sa.String(length=64), nullable=False),
        sa.Column('device', sa.String(length=80), nullable=False),
        sa.Column('id', KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ['employee_id'], ['employees.id'], name='fk_office_sessions_employee_id', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_office_sessions'),
    )
    op.create_index('ix_office_sessions_employee_id', 'office_sessions', ['employee_id'])
    op.create_table(
        'sign_in_tries',
        sa.Column('whose', sa.String(length=80), nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('id', KEY, nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_sign_in_tries'),
    )
    op.create_index('ix_sign_in_tries_whose_at', 'sign_in_tries', ['whose', 'at'])
    op.create_index('ix_sign_in_tries_at', 'sign_in_tries', ['at'])
