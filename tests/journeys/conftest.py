"""PostgreSQL and Redis for journeys that need them whatever database the other tests run on."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from app import prepare
from backoffice_web.stores.store import Store
from settings import read_settings
from shared_web.database import opened
from tests.business import AUTO_SYNC_S
from tests.cast import publish_auto_sync
from tests.conftest import environment_of
from tests.servers import PostgreSQL, Redis

KINDS = ("office", "book")


@pytest.fixture(scope="session")
def postgresql():
    started = PostgreSQL().start()
    yield started
    started.remove()


@pytest.fixture(scope="session")
def redis_server():
    started = Redis().start()
    yield started
    started.remove()


class Template:
    """A home whose demo business is in two databases of the server, to be copied."""

    def __init__(self, home, postgresql):
        self.home, self.postgresql = home, postgresql
        names = [f"{kind}_template" for kind in KINDS]
        for name in names:
            postgresql.run(f"CREATE DATABASE {name}")
        settings = read_settings({**environment_of(home), **self.variables(names)})
        prepare(settings)
        # A quarter of a minute is right for people, and long for tests.
        with opened(settings.office_database) as database:
            for store in _stores(database):
                publish_auto_sync(database, store, AUTO_SYNC_S)

    def variables(self, names):
        office, book = map(self.postgresql.url, names)
        return {"EVERTILL_OFFICE_DATABASE": office, "EVERTILL_BOOK_DATABASE": book}

    def copy(self, home):
        """The home, and the names of its databases: the office's and the book's."""
        home.mkdir()
        (home / "secrets.json").write_text((self.home / "secrets.json").read_text())
        names = [f"{kind}_{uuid4().hex[:8]}" for kind in KINDS]
        for kind, name in zip(KINDS, names, strict=True):
            self.postgresql.run(f"CREATE DATABASE {name} TEMPLATE {kind}_template STRATEGY file_copy")
        return home, names

    def drop(self, names):
        for name in names:
            self.postgresql.run(f"DROP DATABASE {name} WITH (FORCE)")


def _stores(database):
    with database.read() as session:
        return session.scalars(select(Store.id).order_by(Store.id)).all()


@pytest.fixture(scope="session")
def template(postgresql, tmp_path_factory):
    return Template(tmp_path_factory.mktemp("template") / "home", postgresql)
