"""Unlocking PINs is a permission of its own: whoever could do it until now, with POS Settings, still can.

The change waits to be published like any other edit, and is in the journal. The hashing of its chain is
written out here: a later change of the code must not change what this revision did.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

NEW, FORMER = 'pin.unlock', 'pos_settings.edit'
BY, FIELD = 'Upgrade', 'POS Operation: Unlock PINs'
COLUMNS = ('id', 'at', 'by', 'action', 'kind', 'key', 'label', 'field', 'before', 'after', 'store_id')

TIME = shared_web.database.UtcDateTime
roles = sa.table(
    'roles', *(sa.column(name) for name in ('id', 'name', 'revision')), sa.column('permissions', sa.JSON())
)
marks = sa.table('marks', *(sa.column(name) for name in ('store_id', 'kind', 'key', 'by')), sa.column('at', TIME()))
entries = sa.table(
    'journal_entries', *(sa.column(name, TIME()) if name == 'at' else sa.column(name) for name in COLUMNS)
)
links = sa.table('journal_links', *(sa.column(name) for name in ('number', 'entry_id', 'hash')))
heads = sa.table('journal_heads', *(sa.column(name) for name in ('id', 'number', 'hash')))


def upgrade() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(roles).order_by(roles.c.id)).all():
        held = list(row.permissions)
        if FORMER not in held or NEW in held:
            continue
        changed = sa.update(roles).where(roles.c.id == row.id)
        connection.execute(changed.values(permissions=[*held, NEW], revision=row.revision + 1))
        now = datetime.now(UTC)
        _mark(connection, row.id, now)
        _note(connection, row, now)


def _mark(connection, role_id, now) -> None:
    for store_id in connection.execute(sa.text('SELECT id FROM stores ORDER BY id')).scalars().all():
        is_marked = (marks.c.store_id == store_id) & (marks.c.kind == 'role') & (marks.c.key == role_id)
        connection.execute(sa.delete(marks).where(is_marked))
        connection.execute(
            sa.insert(marks).values(store_id=store_id, kind='role', key=role_id, at=now, by=BY)
        )


def _note(connection, row, now) -> None:
    entry = dict.fromkeys(COLUMNS, '') | {
        'id': uuid4().hex, 'at': now, 'by': BY, 'action': 'changed', 'kind': 'role', 'key': row.id,
        'label': row.name, 'field': FIELD, 'after': 'Yes',
    }
    connection.execute(sa.insert(entries).values(**entry))
    head = connection.execute(sa.select(heads).where(heads.c.id == 1)).one()
    values = [entry['id'], now.isoformat(timespec='microseconds'), *(entry[name] for name in COLUMNS[2:])]
    content = json.dumps(values, ensure_ascii=False, separators=(',', ':')).encode()
    number, digest = head.number + 1, sha256(head.hash.encode() + content).hexdigest()
    connection.execute(sa.insert(links).values(number=number, entry_id=entry['id'], hash=digest))
    connection.execute(sa.update(heads).where(heads.c.id == 1).values(number=number, hash=digest))


def downgrade() -> None:
    """A role keeps a permission that an older Evertill does not know."""
