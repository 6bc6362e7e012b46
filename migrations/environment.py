"""Runs the migrations of one house; shared by both `env.py` files.

Invariant: an upgrade is one transaction. Whatever kills it – between two revisions, or in the middle of one –
the database is as it was, and the next start does it all. Two processes that start at once take turns.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Engine, MetaData, create_engine, event, func, select
from sqlalchemy.pool import NullPool

from shared_web.database import SET_UP_LOCK


def run(metadata: MetaData) -> None:
    """Apply the revisions online; batch mode, because SQLite cannot alter columns in place."""
    engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
    is_sqlite = engine.dialect.name == "sqlite"
    if is_sqlite:
        _begin_for_real(engine)
    try:
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=metadata,
                render_as_batch=True,
                compare_type=True,
                transactional_ddl=True,
            )
            with context.begin_transaction():
                if not is_sqlite:
                    connection.execute(select(func.pg_advisory_xact_lock(SET_UP_LOCK)))
                context.run_migrations()
    finally:
        engine.dispose()


def _begin_for_real(engine: Engine) -> None:
    """The driver would begin no transaction before DDL, and end one that we began."""

    @event.listens_for(engine, "connect")
    def leave_transactions_to_us(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout=60000")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
