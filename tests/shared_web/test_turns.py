"""Writers of one process follow each other in the order in which they asked."""

from threading import Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shared_web.database import Database
from shared_web.turns import Turns
from tests.waiting import wait_until


@pytest.fixture
def database(tmp_path):
    opened = Database(f"sqlite:///{tmp_path}/any.sqlite3")
    with opened.write() as session:
        session.execute(text("CREATE TABLE notes (words TEXT)"))
        session.commit()
    yield opened
    opened.dispose()


def write(database, words):
    with database.write() as session:
        session.execute(text("INSERT INTO notes VALUES (:words)"), {"words": words})
        session.commit()


def written(database):
    with database.read() as session:
        return session.scalars(text("SELECT words FROM notes ORDER BY rowid")).all()


def test_who_asked_first_writes_first():
    turns, order = Turns(), []
    assert turns.take(timeout_s=1)

    def run(name):
        assert turns.take(timeout_s=20)
        order.append(name)
        turns.give_back()

    threads = []
    for name in range(8):
        threads.append(Thread(target=run, args=[name]))
        threads[-1].start()
        wait_until(lambda: len(turns._waiting) == len(threads))
    turns.give_back()
    for thread in threads:
        thread.join(20)
    assert order == list(range(8))


def test_who_does_not_get_a_turn_in_time_leaves_the_row():
    turns = Turns()
    assert turns.take(timeout_s=0)
    assert not turns.take(timeout_s=0.01)
    turns.give_back()
    assert turns.take(timeout_s=0)


@pytest.mark.parametrize("ending", ["commit", "rollback", "close", "error", "invalidate"])
def test_a_turn_ends_however_the_transaction_ends(database, ending):
    with database.write() as session:
        session.execute(text("INSERT INTO notes VALUES ('first')"))
        if ending == "error":
            with pytest.raises(OperationalError):
                session.execute(text("INSERT INTO nowhere VALUES (1)"))
        elif ending != "close":
            getattr(session, ending)()
    write(database, "second")
    assert written(database)[-1] == "second"


def test_a_session_that_writes_twice_waits_for_nobody_but_others(database):
    with database.write() as session:
        for words in ("one", "two"):
            session.execute(text("INSERT INTO notes VALUES (:words)"), {"words": words})
            session.commit()
        write(database, "three")
        session.execute(text("INSERT INTO notes VALUES ('four')"))
        session.commit()
    assert written(database) == ["one", "two", "three", "four"]


def test_many_writers_at_once_all_write(database):
    threads = [Thread(target=write, args=[database, str(number)]) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(map(int, written(database))) == list(range(60))
