"""The migrations make exactly the tables that the models describe."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from backoffice_web.tables import metadata as office_metadata
from migrations.migrate import migrate
from pos_web.tables import book_metadata


@pytest.mark.parametrize(("house", "metadata"), [("office", office_metadata), ("store", book_metadata)])
def test_migrations_match_the_models(tmp_path, house, metadata):
    url = f"sqlite:///{tmp_path / 'migrated.sqlite3'}"
    migrate(house, url)
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


@pytest.mark.parametrize("house", ["office", "store"])
def test_migrating_twice_changes_nothing(tmp_path, house):
    url = f"sqlite:///{tmp_path / 'twice.sqlite3'}"
    migrate(house, url)
    migrate(house, url)
