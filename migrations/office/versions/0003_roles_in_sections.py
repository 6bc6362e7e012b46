"""Roles get an own id and a priority of their own, Store Admin is built in, permissions are split.

The built-in roles of a business that exists already receive the new permissions that they would start
with; the change waits to be published like any other edit.
"""

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

LEADERS = ('owner', 'store_admin', 'manager')
GIVEN = {
    'store.every': ('owner',),
    'role.edit': ('owner',),
    'punch.edit': LEADERS,
    'publish.roll_back': LEADERS,
    'line.remove_held': LEADERS,
    'line.override_price': LEADERS,
    'sold_out.edit': LEADERS,
    'pos_settings.edit': LEADERS,
    'punch.view': LEADERS,
    'journal.view': LEADERS,
}
PRIORITIES = {'owner': 1, 'store_admin': 2, 'manager': 3, 'cashier': 4}
BY = 'Upgrade'

roles = sa.table(
    "roles", *(sa.column(name) for name in ("id", "name", "priority", "revision")), sa.column("permissions", sa.JSON())
)
marks = sa.table(
    'marks', *(sa.column(name) for name in ('store_id', 'kind', 'key', 'by')),
    sa.column('at', shared_web.database.UtcDateTime()),
)
entries = sa.table(
    'journal_entries',
    *(sa.column(name) for name in ('id', 'by', 'action', 'kind', 'key', 'label', 'field', 'before', 'after')),
    sa.column('at', shared_web.database.UtcDateTime()),
)


def upgrade() -> None:
    with op.batch_alter_table('roles') as batch_op:
        batch_op.add_column(sa.Column('code', sa.String(length=25), nullable=True))
    _regroup(op.get_bind())
    with op.batch_alter_table('roles') as batch_op:
        batch_op.create_unique_constraint('uq_roles_priority', ['priority'])
        batch_op.create_unique_constraint('uq_roles_code', ['code'])


def _regroup(connection) -> None:
    found = {row.id: row for row in connection.execute(sa.select(roles).order_by(roles.c.priority))}
    if not found:
        return
    if 'store_admin' not in found and 'owner' in found:
        _add_store_admin(connection, found)
    free = max(PRIORITIES.values())
    for row in found.values():
        held = list(row.permissions)
        given = [key for key, holders in GIVEN.items() if row.id in holders and key not in held]
        priority = PRIORITIES.get(row.id)
        if priority is None:
            free += 1
            priority = free
        connection.execute(
            sa.update(roles).where(roles.c.id == row.id).values(
                permissions=[*held, *given], priority=priority, revision=row.revision + 1
            )
        )
        if given:
            _note(connection, row.id, row.name, 'changed')


def _add_store_admin(connection, found) -> None:
    kept = [key for key in found['owner'].permissions if key not in ('store.every', 'role.edit')]
    given = [key for key, holders in GIVEN.items() if 'store_admin' in holders]
    taken = {row.name for row in found.values()}
    name = next(name for name in ('Store Admin', 'Store Admin 2', 'store_admin') if name not in taken)
    connection.execute(
        sa.insert(roles).values(
            id='store_admin', name=name, permissions=[*kept, *given],
            priority=PRIORITIES['store_admin'], revision=1,
        )
    )
    _note(connection, 'store_admin', name, 'created')


def _note(connection, key, name, action) -> None:
    now = datetime.now(UTC)
    connection.execute(
        sa.insert(entries).values(
            id=uuid4().hex, at=now, by=BY, action=action, kind='role', key=key, label=name,
            field='', before='', after='',
        )
    )
    for store_id in connection.execute(sa.text('SELECT id FROM stores')).scalars().all():
        connection.execute(
            sa.delete(marks).where(marks.c.store_id == store_id, marks.c.kind == 'role', marks.c.key == key)
        )
        connection.execute(
            sa.insert(marks).values(store_id=store_id, kind='role', key=key, at=now, by=BY)
        )


def downgrade() -> None:
    with op.batch_alter_table('roles') as batch_op:
        batch_op.drop_constraint('uq_roles_code', type_='unique')
        batch_op.drop_constraint('uq_roles_priority', type_='unique')
        batch_op.drop_column('code')
