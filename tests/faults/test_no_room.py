"""A disk that gives up at any step of an apply or an upload: nothing half, nothing lost, and a sentence."""

import errno
import sqlite3
from contextlib import contextmanager

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


@contextmanager
def failing_at(database, number, code):
    """The `number`th thing that this database is asked for fails, be it a commit. Tells whether it did."""
    left, has_failed = [number], []
    dialect = database.engine.dialect
    commit = dialect.do_commit

    def count(*_event):
        left[0] -= 1
        if left[0] == 0:
            has_failed.append(True)
            problem = sqlite3.OperationalError("as the disk says")
            problem.sqlite_errorcode = code
            raise problem

    def count_commit(connection):
        try:
            count()
        except sqlite3.OperationalError:
            # SQLite takes the transaction back when its end fails.
            connection.rollback()
            raise
        commit(connection)

    names = ("do_execute", "do_executemany")
    for name in names:
        event.listen(database.engine, name, count)
    dialect.do_commit = count_commit
    try:
        yield has_failed
    finally:
        dialect.do_commit = commit
        for name in names:
            event.remove(database.engine, name, count)


@pytest.mark.parametrize(("code", "sentence"), TROUBLES)
@pytest.mark.parametrize("is_full", [False, True])
def test_whichever_step_of_an_apply_fails_the_old_version_is_sold_by(house, random, code, sentence, is_full):
    node = house.node()
    steps = node.steps()
    assert steps.sync(by="test", is_manual=True).is_success
    for number in range(1, 200):
        house.change_a_price(random)
        newest, before = house.publish(), node.applied()
        with failing_at(node.replica, number, code) as has_failed:
            try:
                result = steps.sync(by="test", is_manual=True, is_full=is_full)
                said = sentence_of(result.outcome, result.reason)
            except OperationalError as problem:
                # Before or after the apply itself: the agent tells whoever waits.
                assert problem.orig.sqlite_errorcode == code
                said = None
        assert node.is_whole()
        if not has_failed:
            assert (number > 5, node.applied().version) == (True, newest)
            break
        assert said is None or said.startswith(sentence)
        assert node.applied() in (before, steps.applied())
        assert steps.sync(by="test", is_manual=True).is_success
        assert node.applied().version == newest
    else:
        pytest.fail("never came to its end")
    all_is_well(house, node)


def test_whichever_step_of_an_upload_fails_in_the_book_each_sale_is_once_in_the_office(house):
    node = house.node()
    steps = node.steps()
    steps.compare()
    for number in range(1, 200):
        sold = [node.finish_a_sale() for _each in range(3)]
        with failing_at(node.book, number, sqlite3.SQLITE_FULL) as has_failed:
            try:
                steps.send()
            except OperationalError as problem:
                assert problem.orig.sqlite_errorcode == sqlite3.SQLITE_FULL
        if not has_failed:
            assert number > 3
            break
        assert steps.send() is None
        assert set(sold) <= set(house.sales())
    else:
        pytest.fail("never came to its end")
    assert steps.sync(by="test", is_manual=True).is_success
    all_is_well(house, node)


def test_whichever_step_of_taking_sales_in_fails_no_sale_becomes_a_dead_letter(house):
    node = house.node()
    steps = node.steps()
    steps.compare()
    for number in range(1, 400):
        sold = [node.finish_a_sale() for _each in range(2)]
        with failing_at(house.office.database, number, sqlite3.SQLITE_FULL) as has_failed:
            steps.send()
        assert not node.states() - {"waiting", "acknowledged"}
        if not has_failed:
            assert number > 10
            break
        assert steps.send() is None
        assert set(sold) <= set(house.sales())
    else:
        pytest.fail("never came to its end")
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
