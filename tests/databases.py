"""Where a test's databases are: SQLite files, or PostgreSQL by EVERTILL_TEST_DATABASE=postgresql.

A database is named by the file that it is on SQLite; on PostgreSQL that name leads to one of the server of
`servers.py`, made when it is first asked for and dropped after its test. A replica is a schema of its book.

Tables, and what many tests begin with, are made once a process and copied: that takes a tenth of the time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path

from settings import replica_in
from shared_web.database import Database, create_tables
from tests.servers import PostgreSQL

IS_POSTGRESQL = os.environ.get("EVERTILL_TEST_DATABASE", "sqlite") == "postgresql"
# The lasting databases of a role; the replica is found beside the book.
OF_ROLE = {
    "all": ("office.sqlite3", "book.sqlite3"),
    "backoffice": ("office.sqlite3",),
    "store": ("book.sqlite3",),
}
TABLES = "tables.sqlite3"


class _Server:
    """The one PostgreSQL of this test process, started when the first database is wanted."""

    def __init__(self):
        self._running = self._connection = None
        self.names = {}

    def url(self, file, template="template1"):
        if self._running is None:
            self._running = PostgreSQL().start()
            self._connection = self._running.connect()
        name = self.names.get(file)
        if name is None:
            name = f"{file.stem}_{blake2b(str(file).encode(), digest_size=10).hexdigest()}"
            self._connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
            self.names[file] = name
        return self._running.url(name)

    def drop(self, files):
        for name in [self.names.pop(file) for file in files]:
            self._connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def remove(self):
        if self._running is not None:
            self._connection.close()
            self._running.remove()


_server = _Server()
_made = set()


def url_of(file):
    """The address of the database that `file` names."""
    file = Path(file).absolute()
    if not IS_POSTGRESQL:
        return f"sqlite:///{file}"
    if file.stem == "replica":
        return replica_in(url_of(file.with_stem("book")))
    return _server.url(file)


def open_database(file, base):
    """The database that `file` names, with the tables of `base`."""
    file = Path(file).absolute()
    is_schema = IS_POSTGRESQL and file.stem == "replica"
    if not is_schema and not (file in _server.names or file.exists()):
        copy_database(made_once(base.__name__, partial(_make_tables, base)) / TABLES, file)
        return Database(url_of(file))
    database = Database(url_of(file))
    create_tables(database, base)
    return database


def made_once(name, make):
    """The folder in which `make(folder)` made databases: once a process, whoever asks for `name` again."""
    folder = _templates() / f"{name} {'postgresql' if IS_POSTGRESQL else 'sqlite'}"
    if folder not in _made:
        folder.mkdir()
        make(folder)
        _made.add(folder)
    return folder


def copy_database(source, target):
    """Make `target` what `source` is; nobody may have `source` open."""
    if IS_POSTGRESQL:
        _server.url(Path(target).absolute(), template=_server.names[Path(source).absolute()])
    else:
        shutil.copy(source, target)


def copy_home(source, target, role="all"):
    """A home with its databases of this role, as far as they are there."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    for name in OF_ROLE[role]:
        if IS_POSTGRESQL and (source / name).absolute() in _server.names:
            copy_database(source / name, target / name)


def variables_of(home, role="all"):
    """What the environment of a process over `home` must say about its databases."""
    names = {"office.sqlite3": "EVERTILL_OFFICE_DATABASE", "book.sqlite3": "EVERTILL_BOOK_DATABASE"}
    return {names[name]: url_of(home / name) for name in OF_ROLE[role]} if IS_POSTGRESQL else {}


def made():
    """The databases that are there, for `drop_but`."""
    return set(_server.names)


def drop_but(kept):
    """Templates stay for the tests that follow."""
    _server.drop([file for file in _server.names if file not in kept and _templates() not in file.parents])


def drop_under(folder):
    """Those that name files in `folder`: a test of many examples drops each one's."""
    _server.drop([file for file in _server.names if folder in file.parents])


def end():
    """Stop the server, if one was needed."""
    _server.remove()
    if _templates.cache_info().currsize:
        shutil.rmtree(_templates(), ignore_errors=True)


@cache
def _templates():
    return Path(tempfile.mkdtemp(prefix="evertill-templates-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))


def _make_tables(base, folder):
    database = Database(url_of(folder / TABLES))
    create_tables(database, base)
    database.dispose()
