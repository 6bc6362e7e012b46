"""The replica's log is copied into its file after the answer, and nothing depends on when."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pos_web.syncing.store_sync import COPIED_AFTER
from shared_web.database import Database
from tests.pos_web.syncing.node import coffee


def file_of(node):
    return Path(node.replica.engine.url.database)


def size(node):
    return file_of(node).stat().st_size


@pytest.fixture
def synced(node):
    """A node that has just taken more than is copied at once; its answer is given, nothing is copied yet."""
    if not node.replica.is_sqlite:
        pytest.skip("about the files of SQLite")
    node.before = size(node)
    node.office.publish(*(coffee(f"c{number:04}") for number in range(COPIED_AFTER + 1)))
    assert node.sync().outcome == "applied"
    return node


def test_the_commit_writes_the_log_alone_and_the_file_follows(synced):
    assert size(synced) == synced.before
    synced.steps.settle()
    assert size(synced) > synced.before + 100 * COPIED_AFTER
    assert len(synced.items()) == COPIED_AFTER + 1


def test_what_is_only_in_the_log_is_there_for_who_comes_new(synced):
    fresh = Database(synced.replica.url)
    with fresh.reading() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM replica_records").scalar()
    fresh.dispose()
    assert count == COPIED_AFTER + 1


def test_a_few_changes_are_left_to_the_next_copy(synced):
    synced.steps.settle()
    copied = file_of(synced).read_bytes()
    synced.office.publish(coffee("c0001", 999))
    synced.sync()
    synced.steps.settle()
    assert file_of(synced).read_bytes() == copied
    assert synced.price("c0001") == 999


def test_a_copy_that_fails_is_no_failed_sync(synced, monkeypatch):
    def fail():
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(synced.replica.engine, "raw_connection", fail)
    synced.steps.settle()
    assert synced.sync().outcome == "already_up_to_date"
