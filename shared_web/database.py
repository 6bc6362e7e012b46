"""Engines and sessions that lose nothing: one writing session factory, one for reading only.

SQLite: WAL with synchronous=FULL, and every writing transaction begins IMMEDIATE, so that two
read-modify-writes never lose an update (the driver's default loses most of them). Reading sessions
begin deferred and never hold the write lock.

PostgreSQL: writers run at READ COMMITTED and lock the rows that they read to write (`with_for_update`, or
a counted revision). A reading session sees one snapshot on both databases, so that no page mixes two states.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from threading import RLock
from typing import Any

from sqlalchemy import (
    BigInteger,
    Dialect,
    Engine,
    ExceptionContext,
    Integer,
    MetaData,
    Select,
    String,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, sessionmaker
from sqlalchemy.schema import CreateSchema
from sqlalchemy.types import DateTime, TypeDecorator

from shared_web.language import _
from shared_web.turns import Turns, keep_turns, take_turn

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

BUSY_TIMEOUT_S = 15
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_TIMEOUT_S * 1000}",
)
READING = {"sqlite_readonly": True}
READING_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
# Any number, as long as everybody who makes tables takes the same.
SET_UP_LOCK = 0x45564552


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases (SQLite would give it back without its zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Amounts in minor units outgrow 32 bits; SQLite's INTEGER holds 64 anyway.
BigNumber = BigInteger().with_variant(Integer, "sqlite")

# An opaque key: 32 hexadecimal digits of a UUID, or a word for built-in records.
Key = String(64)


def new_metadata() -> MetaData:
    return MetaData(naming_convention=NAMING)


class Database:
    """One database: `read()` for pages, `write()` for commands. Both give SQLAlchemy sessions."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._door = RLock()
        self.engine = _engine(url, self._door)
        reading = self.engine.execution_options(**(READING if self.is_sqlite else READING_SNAPSHOT))
        self._reader = reading
        self._reading = sessionmaker(reading, expire_on_commit=False, autoflush=False)
        event.listen(self._reading, "do_orm_execute", _lock_nothing)
        self._writing = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def read(self) -> Session:
        """A session that must not write. Use as a context manager."""
        return self._reading()

    def reading(self) -> Connection:
        """As `read`, for one quick question: without the ORM, whose work around it takes longer."""
        return self._reader.connect()

    def write(self) -> Session:
        """A session for commands; on SQLite it holds the write lock from its first statement.

        The caller commits.
        """
        return self._writing()

    def writing(self) -> Connection:
        """As `write`, for what is done with statements alone. The caller commits."""
        return self.engine.connect()

    @contextmanager
    def setting_up(self) -> Iterator[Connection]:
        """A transaction for making tables; processes that start at once follow each other in it."""
        with self.engine.begin() as connection:
            if not self.is_sqlite:
                connection.execute(select(func.pg_advisory_xact_lock(SET_UP_LOCK)))
                _make_schema(connection)
            yield connection

    def dispose(self) -> None:
        self.engine.dispose()

    @contextmanager
    def replacing_file(self) -> Iterator[None]:
        """Within it only this thread opens connections: of a file and its log that belong together."""
        with self._door:
            self.dispose()
            yield


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """The database at `url` for one command."""
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()


def one_after_another(session: Session, what: str) -> None:
    """From here to the end of the transaction nobody else is at `what`. SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))


def create_tables(database: Database, base: type[DeclarativeBase]) -> None:
    """For tests and for the replica; the lasting databases grow by migrations."""
    with database.setting_up() as connection:
        base.metadata.create_all(connection)


def _make_schema(connection: Connection) -> None:
    """The schema that the address names by its search path, such as `replica`."""
    if connection.scalar(select(func.current_schema())) is None:
        path = str(connection.scalar(text("SHOW search_path")))
        connection.execute(CreateSchema(path.strip('"'), if_not_exists=True))


def trouble_of(problem: SQLAlchemyError) -> tuple[str, str]:
    """What a full disk, a file that may not be written, or a database that is away means to a person."""
    code = getattr(getattr(problem, "orig", None), "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return (
            _("The disk of this computer is full."),
            _("Nothing was changed. Free some space, then try again."),
        )
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return (
            _("The database may not be written."),
            _("Nothing was changed. Ask an admin to check its file."),
        )
    return _("The database did not answer."), _("Nothing was changed. Try again in a moment.")


def _engine(url: str, door: AbstractContextManager[Any]) -> Engine:
    # A server is asked first whether it is still there: it may have been restarted meanwhile.
    pool: dict[str, Any] = {"pool_size": 16, "max_overflow": 64}
    if not url.startswith("sqlite"):
        pool = {"pool_size": 8, "max_overflow": 24, "pool_timeout": 10, "pool_pre_ping": True}
        # A server that vanished from the network must not hold a request for minutes.
        pool["connect_args"] = {"connect_timeout": 5, "tcp_user_timeout": 15_000}
    # Errors are logged: what stands in the database, such as names and hashes of PINs, is not.
    engine = create_engine(url, hide_parameters=True, **pool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", partial(_connect, door))
        event.listen(engine, "begin", partial(_begin, keep_turns(engine)))
        event.listen(engine, "handle_error", _leave_lost_files)
    return engine


def _connect(door: AbstractContextManager[Any], dialect: Dialect, _record: Any, where: Any, how: Any) -> Any:
    with door:
        connection = dialect.connect(*where, **how)
        _set_pragmas(connection)
    return connection


def _leave_lost_files(context: ExceptionContext) -> None:
    """A file that was taken away under its connections: those of the pool would meet that again and again."""
    code = getattr(context.original_exception, "sqlite_errorcode", 0)
    if code & 0xFF == sqlite3.SQLITE_IOERR:
        context.is_disconnect = True


def _set_pragmas(connection: Any) -> None:
    # The driver must not open transactions by itself: `_begin` does, in the right mode.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    # SQLite's own knows the 26 letters of English only: who looks for ÉCLAIR means éclair too.
    connection.create_function("lower", 1, _lower, deterministic=True)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _lock_nothing(state: ORMExecuteState) -> None:
    """What is only read is locked by nobody: PostgreSQL refuses FOR UPDATE there, SQLite knows none.

    So a rule may be asked before its transaction (a preview, a question to a manager) by the same code
    that locks when it is carried out.
    """
    if isinstance(state.statement, Select):
        state.statement = state.statement._generate()
        state.statement._for_update_arg = None


def _begin(turns: Turns, connection: Connection) -> None:
    if connection.get_execution_options().get("sqlite_readonly"):
        connection.exec_driver_sql("BEGIN")
        return
    take_turn(connection, turns, timeout_s=BUSY_TIMEOUT_S)
    connection.exec_driver_sql("BEGIN IMMEDIATE")
