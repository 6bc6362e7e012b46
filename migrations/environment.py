"""Runs the migrations of one house; shared by both `env.py` files."""

from __future__ import annotations

from alembic import context
from sqlalchemy import MetaData, create_engine, func, select
from sqlalchemy.pool import NullPool

from shared_web.database import SET_UP_LOCK


def run(metadata: MetaData) -> None:
    """Apply the revisions online; batch mode, because SQLite cannot alter columns in place."""
    engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                # Processes that start at once follow each other; the second finds nothing to do.
                connection.execute(select(func.pg_advisory_xact_lock(SET_UP_LOCK)))
            context.run_migrations()
    engine.dispose()
