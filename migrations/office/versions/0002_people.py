"""What a person's page asks for: names, dates, other roles, photo, badge."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default='')


def upgrade() -> None:
    with op.batch_alter_table('employees') as table:
        table.add_column(_text('first_name', 80))
        table.add_column(_text('last_name', 80))
        table.add_column(_text('gender', 20))
        table.add_column(sa.Column('born_on', sa.Date(), nullable=True))
        table.add_column(_text('phone', 40))
        table.add_column(_text('language', 12))
        table.add_column(_text('initial_screen', 20))
        table.add_column(sa.Column('joined_on', sa.Date(), nullable=True))
        table.add_column(sa.Column('has_sign_in', sa.Boolean(), nullable=False, server_default=sa.false()))
    _split_names()
    with op.batch_alter_table('credentials') as table:
        table.add_column(sa.Column('badge_digest', sa.String(length=64), nullable=True))
        table.create_unique_constraint('uq_credentials_store_id_badge_digest', ['store_id', 'badge_digest'])
    op.create_table(
        'employee_roles',
        sa.Column('employee_id', sa.String(length=64), nullable=False),
        sa.Column('role_id', sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ['employee_id'], ['employees.id'], name='fk_employee_roles_employee_id', ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['role_id'], ['roles.id'], name='fk_employee_roles_role_id'),
        sa.PrimaryKeyConstraint('employee_id', 'role_id', name='pk_employee_roles'),
    )
    op.create_table(
        'employee_photos',
        sa.Column('employee_id', sa.String(length=64), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('thumbnail', sa.LargeBinary(), nullable=False),
        sa.Column('digest', sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ['employee_id'], ['employees.id'], name='fk_employee_photos_employee_id', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('employee_id', name='pk_employee_photos'),
    )


def _split_names() -> None:
    """The last word of a name is the last name; whoever had an e-mail and a password signs in."""
    people = sa.table(
        'employees',
        *(sa.column(name) for name in ('id', 'name', 'first_name', 'last_name')),
        *(sa.column(name) for name in ('email', 'password_hash', 'has_sign_in')),
    )
    link = op.get_bind()
    for person in link.execute(sa.select(people.c.id, people.c.name)).all():
        first, _space, last = person.name.rpartition(' ')
        names = {'first_name': first or last, 'last_name': last if first else ''}
        link.execute(people.update().where(people.c.id == person.id).values(**names))
    signs_in = people.c.email.is_not(None) & people.c.password_hash.is_not(None)
    link.execute(people.update().where(signs_in).values(has_sign_in=sa.true()))
