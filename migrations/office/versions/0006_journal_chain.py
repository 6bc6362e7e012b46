"""The journal becomes append-only and a hash chain; each entry says which store it concerns.

Entries that are there already are put in order of their time and linked. The hashing is written out
here: a later change of the code must not change what this revision did.
"""

import json
from datetime import UTC
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

import shared_web.database

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
COLUMNS = ('id', 'at', 'by', 'action', 'kind', 'key', 'label', 'field', 'before', 'after', 'store_id')
CHUNK = 500

entries = sa.table(
    'journal_entries',
    *(sa.column(name) if name != 'at' else sa.column('at', shared_web.database.UtcDateTime()) for name in COLUMNS),
)
links = sa.table('journal_links', *(sa.column(name) for name in ('number', 'entry_id', 'hash')))


def upgrade() -> None:
    with op.batch_alter_table('journal_entries') as batch_op:
        batch_op.alter_column('action', existing_type=sa.String(length=20), type_=sa.String(length=40))
        batch_op.add_column(sa.Column('store_id', sa.String(length=64), nullable=False, server_default=''))
    with op.batch_alter_table('journal_entries') as batch_op:
        batch_op.alter_column('store_id', server_default=None)
        batch_op.create_index('ix_journal_entries_store_id_at', ['store_id', 'at'])
    op.create_table(
        'journal_links',
        sa.Column('number', NUMBER, autoincrement=False, nullable=False),
        sa.Column('entry_id', sa.String(length=64), nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(['entry_id'], ['journal_entries.id'], name='fk_journal_links_entry_id'),
        sa.PrimaryKeyConstraint('number', name='pk_journal_links'),
        sa.UniqueConstraint('entry_id', name='uq_journal_links_entry_id'),
    )
    op.create_table(
        'journal_heads',
        sa.Column('id', NUMBER, autoincrement=False, nullable=False),
        sa.Column('number', NUMBER, nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_journal_heads'),
    )
    connection = op.get_bind()
    _place_in_stores(connection)
    _link(connection)
    for table in ('journal_entries', 'journal_links'):
        _make_append_only(table, connection.dialect.name)


def _place_in_stores(connection) -> None:
    statements = (
        # What people did at the tills named the store in its label.
        "UPDATE journal_entries SET kind = 'pos', store_id = label WHERE kind = 'terminal' AND action LIKE '%.%'",
        "UPDATE journal_entries SET label = COALESCE((SELECT name FROM terminals WHERE terminals.id ="
        " journal_entries.key), '') WHERE kind = 'pos'",
        "UPDATE journal_entries SET store_id = COALESCE((SELECT store_id FROM terminals WHERE terminals.id ="
        " journal_entries.key), '') WHERE kind = 'terminal'",
        "UPDATE journal_entries SET store_id = key WHERE kind IN ('store_profile', 'store_settings')",
        "UPDATE journal_entries SET store_id = COALESCE((SELECT store_id FROM taxes WHERE taxes.id ="
        " journal_entries.key), '') WHERE kind = 'tax'",
        "UPDATE journal_entries SET store_id = COALESCE((SELECT store_id FROM publications WHERE publications.id"
        " = journal_entries.key), '') WHERE kind = 'publication'",
    )
    for statement in statements:
        connection.execute(sa.text(statement))


def _link(connection) -> None:
    rows = connection.execute(sa.select(entries).order_by(entries.c.at, entries.c.id)).all()
    number, former, made = 0, '0' * 64, []
    for row in rows:
        number += 1
        former = sha256(former.encode() + _canonical(row)).hexdigest()
        made.append({'number': number, 'entry_id': row.id, 'hash': former})
    for start in range(0, len(made), CHUNK):
        connection.execute(sa.insert(links), made[start : start + CHUNK])
    connection.execute(
        sa.text('INSERT INTO journal_heads (id, number, hash) VALUES (1, :number, :hash)'),
        {'number': number, 'hash': former},
    )


def _canonical(row) -> bytes:
    at = row.at.astimezone(UTC).isoformat(timespec='microseconds')
    values = [row.id, at, *(getattr(row, name) for name in COLUMNS[2:])]
    return json.dumps(values, ensure_ascii=False, separators=(',', ':')).encode()


def _make_append_only(table: str, dialect: str) -> None:
    refusing = f'{table}_is_append_only'
    if dialect == 'sqlite':
        for act in ('UPDATE', 'DELETE'):
            op.execute(
                f"CREATE TRIGGER {refusing}_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
            )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {refusing}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$"
    )
    op.execute(
        f'CREATE TRIGGER {refusing} BEFORE UPDATE OR DELETE ON {table} '
        f'FOR EACH ROW EXECUTE FUNCTION {refusing}()'
    )
    op.execute(
        f'CREATE TRIGGER {refusing}_whole BEFORE TRUNCATE ON {table} '
        f'FOR EACH STATEMENT EXECUTE FUNCTION {refusing}()'
    )


def downgrade() -> None:
    connection = op.get_bind()
    for table in ('journal_links', 'journal_entries'):
        refusing = f'{table}_is_append_only'
        if connection.dialect.name == 'sqlite':
            op.execute(f'DROP TRIGGER {refusing}_update')
            op.execute(f'DROP TRIGGER {refusing}_delete')
        else:
            op.execute(f'DROP TRIGGER {refusing} ON {table}')
            op.execute(f'DROP TRIGGER {refusing}_whole ON {table}')
            op.execute(f'DROP FUNCTION {refusing}')
    op.drop_table('journal_links')
    op.drop_table('journal_heads')
    with op.batch_alter_table('journal_entries') as batch_op:
        batch_op.drop_index('ix_journal_entries_store_id_at')
        batch_op.drop_column('store_id')
