"""Sessions that only read: they lock nothing, on whichever database, and see one state."""

import pytest
from sqlalchemy import func, literal, select, text
from sqlalchemy.exc import OperationalError

from pos_web.database import BookBase
from pos_web.terminals.terminal import Terminal
from shared_web.database import Database
from tests import databases

pytestmark = pytest.mark.own_database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, monkeypatch, tmp_path):
    """A book with one terminal, on both databases."""
    monkeypatch.setattr(databases, "IS_POSTGRESQL", request.param == "postgresql")
    opened = databases.open_database(tmp_path / "book.sqlite3", BookBase)
    with opened.write() as session:
        session.add(Terminal(id="t", store_id="s", name="Register", code="R1", is_registered=True))
        session.commit()
    yield opened
    opened.dispose()


LOCKING = {
    "get": lambda session: session.get(Terminal, "t", with_for_update=True),
    "get_one": lambda session: session.get_one(Terminal, "t", with_for_update=True),
    "select": lambda session: session.scalars(select(Terminal).with_for_update()).one(),
    "skip locked": lambda session: session.scalars(select(Terminal).with_for_update(skip_locked=True)).one(),
    "a column": lambda session: session.scalar(select(Terminal.name).with_for_update()),
}


@pytest.mark.parametrize("how", LOCKING)
def test_a_rule_that_locks_can_be_asked_by_a_session_that_only_reads(database, how):
    with database.read() as session:
        assert LOCKING[how](session)


@pytest.mark.parametrize("how", LOCKING)
def test_what_is_only_read_is_locked_for_nobody(database, how):
    with database.read() as reading, database.write() as writing:
        LOCKING[how](reading)
        if not database.is_sqlite:
            writing.execute(text("SET lock_timeout = '2s'"))
        writing.get_one(Terminal, "t", with_for_update=True).name = "Bar"
        writing.commit()
        # The reader goes on seeing the state that it began with.
        reading.expire_all()
        assert reading.get_one(Terminal, "t").name == "Register"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_statement_itself_locks_as_before_where_it_is_used_to_write(database):
    locking = select(Terminal).with_for_update()
    with database.read() as session:
        session.scalars(locking).one()
    with database.write() as first, database.write() as second:
        first.scalars(locking).one()
        second.execute(text("SET lock_timeout = '200ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            second.scalars(locking).one()
        second.rollback()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_session_that_only_reads_cannot_write(database):
    with database.read() as session:
        session.get_one(Terminal, "t", with_for_update=True).name = "Bar"
        with pytest.raises(Exception, match="read-only transaction"):
            session.flush()


def test_sqlite_knows_the_capitals_of_every_alphabet(tmp_path):
    opened = Database(f"sqlite:///{tmp_path}/any.sqlite3")
    with opened.read() as session:
        assert session.scalar(select(literal("ÉCLAIR, ЩИ, Žluťoučký").ilike("%éclair, щи, žlu%")))
        assert session.scalar(select(func.lower(None))) is None
    opened.dispose()
