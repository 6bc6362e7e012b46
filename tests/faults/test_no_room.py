"""A disk that gives up at any step of an apply or an upload: nothing half, nothing lost, and a sentence."""

import errno
import sqlite3

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from pos_web.syncing import pull
from pos_web.syncing.status import sentence_of
from tests.faults.house import all_is_well

pytestmark = pytest.mark.sqlite
TROUBLES = [
    (sqlite3.SQLITE_FULL, "The disk of this computer is full."),
    (sqlite3.SQLITE_READONLY, "The database may not be written."),
    (sqlite3.SQLITE_IOERR, "The disk of this computer cannot be read or written."),
]
# Whatever a database is asked for but the end of a transaction.
ASKED = ("do_execute", "do_executemany")


class Failing:
    """Within it the `number`th thing that this database is asked for fails, be it a commit."""

    def __init__(self, database, number, code):
        self._engine, self._number, self._code = database.engine, number, code
        self._commit = database.engine.dialect.do_commit
        self._asked = 0

    @property
    def has_failed(self):
        return self._asked >= self._number

    def __enter__(self):
        for name in ASKED:
            event.listen(self._engine, name, self._count)
        self._engine.dialect.do_commit = self._count_commit

    def __exit__(self, *_problem):
        self._engine.dialect.do_commit = self._commit
        for name in ASKED:
            event.remove(self._engine, name, self._count)

    def _count(self, *_event):
        self._asked += 1
        if self._asked == self._number:
            problem = sqlite3.OperationalError("as the disk says")
            problem.sqlite_errorcode = self._code
            raise problem

    def _count_commit(self, connection):
        try:
            self._count()
        except sqlite3.OperationalError:
            # SQLite takes the transaction back when its end fails.
            connection.rollback()
            raise
        self._commit(connection)


def each_step(database, code=sqlite3.SQLITE_FULL, *, at_least):
    """A `Failing` for the first step, the second … until all of them are done and none was left to fail."""
    for number in range(1, 400):
        failing = Failing(database, number, code)
        yield failing
        if not failing.has_failed:
            assert number > at_least
            return
    pytest.fail("never came to its end")


def attempt(act, code=sqlite3.SQLITE_FULL):
    """What `act()` gives; None where it could not begin or be noted: the agent tells whoever waits."""
    try:
        return act()
    except OperationalError as problem:
        assert problem.orig.sqlite_errorcode == code
        return None


@pytest.mark.parametrize(("code", "sentence"), TROUBLES)
@pytest.mark.parametrize("is_full", [False, True])
def test_whichever_step_of_an_apply_fails_the_old_version_is_sold_by(house, random, code, sentence, is_full):
    node = house.node()
    steps = node.steps()
    assert steps.sync(by="test", is_manual=True).is_success
    for failing in each_step(node.replica, code, at_least=5):
        house.change_a_price(random)
        newest, before = house.publish(), node.applied()
        with failing:
            result = attempt(lambda: steps.sync(by="test", is_manual=True, is_full=is_full), code)
        assert node.is_whole()
        if failing.has_failed:
            assert result is None or sentence_of(result.outcome, result.reason).startswith(sentence)
            assert node.applied().version in (before.version, newest)
            assert steps.sync(by="test", is_manual=True).is_success
        assert node.applied().version == newest
    all_is_well(house, node)


def test_whichever_step_of_an_upload_fails_in_the_book_each_sale_is_once_in_the_office(house):
    node = house.node()
    steps = node.steps()
    steps.compare()
    for failing in each_step(node.book, at_least=3):
        sold = [node.finish_a_sale() for _each in range(3)]
        with failing:
            attempt(steps.send)
        assert steps.send() is None
        assert set(sold) <= set(house.sales())
    assert steps.sync(by="test", is_manual=True).is_success
    all_is_well(house, node)


def test_whichever_step_of_taking_sales_in_fails_no_sale_becomes_a_dead_letter(house):
    node = house.node()
    steps = node.steps()
    steps.compare()
    for failing in each_step(house.office.database, at_least=10):
        sold = [node.finish_a_sale() for _each in range(2)]
        with failing:
            steps.send()
        assert not node.states() - {"waiting", "acknowledged"}
        assert steps.send() is None
        assert set(sold) <= set(house.sales())
    assert steps.sync(by="test", is_manual=True).is_success
    all_is_well(house, node)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, TROUBLES[0][1]), (errno.EDQUOT, TROUBLES[0][1]), (errno.EROFS, TROUBLES[1][1]),
        (errno.EIO, TROUBLES[2][1]),
    ],
)  # fmt: skip
def test_a_disk_that_cannot_hold_the_stream_is_said_and_shown(house, monkeypatch, number, sentence):
    node = house.node()
    steps = node.steps()

    class Spool:
        def __init__(self, **_how):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_problem):
            pass

        def write(self, _block):
            raise OSError(number, "as the disk says")

    with monkeypatch.context() as patch:
        patch.setattr(pull, "SpooledTemporaryFile", Spool)
        result = steps.sync(by="Mia K.", is_manual=True)
    assert sentence_of(result.outcome, result.reason).startswith(sentence)
    with node.book.read() as session:
        assert session.scalar(text("SELECT failed_reason FROM sync_states")) == result.reason
    assert steps.sync(by="Mia K.", is_manual=True).is_success
    all_is_well(house, node)
