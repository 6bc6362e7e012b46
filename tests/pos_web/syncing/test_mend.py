"""The replica's one file, which several stores look after at the same moments."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from pos_web.catalog.replica import ReplicaHead
from pos_web.syncing import mend
from tests.waiting import wait_until

pytestmark = pytest.mark.sqlite
STORES = 8


class Reading:
    """Readings of the whole file, the first of which lasts as long as a test likes."""

    def __init__(self, found=()):
        self.count = 0
        self.has_begun, self.may_end = threading.Event(), threading.Event()
        self._found = iter(found)

    def __call__(self, _replica):
        self.count += 1
        self.has_begun.set()
        assert self.may_end.wait(20)
        return next(self._found, True)


def asked_by_all(node, reading, monkeypatch):
    """What `mend_if_torn` tells each store: one is at it when all others ask."""
    asked = []

    def now(clock=mend.monotonic):
        asked.append(clock())
        return asked[-1]

    monkeypatch.setattr(mend, "_reads_through", reading)
    monkeypatch.setattr(mend, "monotonic", now)
    with ThreadPoolExecutor(STORES) as stores:
        first = stores.submit(mend.mend_if_torn, node.replica)
        assert reading.has_begun.wait(20)
        before = len(asked)
        others = [stores.submit(mend.mend_if_torn, node.replica) for _store in range(STORES - 1)]
        wait_until(lambda: len(asked) == before + STORES - 1)
        reading.may_end.set()
        return [each.result(20) for each in [first, *others]]


def test_stores_that_ask_while_the_file_is_read_share_the_next_reading(node, monkeypatch):
    reading = Reading()
    assert asked_by_all(node, reading, monkeypatch) == [False] * STORES
    assert reading.count == 2
    # Whoever asks later wants to know how it stands then.
    assert not mend.mend_if_torn(node.replica)
    assert reading.count == 3


def test_what_is_torn_after_a_reading_began_is_found_by_the_next_one(node, monkeypatch):
    reading = Reading([True, False])
    found = asked_by_all(node, reading, monkeypatch)
    assert sorted(found) == [False] * (STORES - 1) + [True]
    assert reading.count == 3


def test_who_reads_and_writes_while_the_file_is_begun_anew_meets_the_old_one_or_the_new(node):
    """Never a file without its tables, nor one whose log is another's."""
    ended = threading.Event()

    def work(opened):
        count = 0
        while not ended.is_set():
            with opened() as session:
                session.execute(select(ReplicaHead.store_id)).all()
                session.commit()
            count += 1
        return count

    with ThreadPoolExecutor(4) as workers:
        running = [workers.submit(work, opened) for opened in (node.replica.reading, node.replica.write) * 2]
        for _time in range(30):
            mend.mend_if_unreadable(node.replica, DatabaseError("", {}, broken()))
        ended.set()
        assert all(one.result(20) for one in running)


def broken():
    problem = mend.sqlite3.DatabaseError("database disk image is malformed")
    problem.sqlite_errorcode = mend.sqlite3.SQLITE_CORRUPT
    return problem


def test_a_file_that_its_log_is_not_of_is_begun_anew_and_no_connection_to_it_is_kept(node):
    read_heads = select(ReplicaHead.store_id)
    with node.replica.reading() as other:
        other.execute(read_heads).all()
        log = mend._file_of(node.replica)
        os.truncate(log.with_name(f"{log.name}-wal"), 0)
        with pytest.raises(DatabaseError) as problem, node.replica.write() as session:
            session.execute(read_heads).all()
        assert problem.value.connection_invalidated
        assert mend.mend_if_lost(node.replica)
    with node.replica.write() as session:
        assert session.execute(read_heads).all() == []
