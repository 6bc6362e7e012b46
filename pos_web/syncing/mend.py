"""A replica file that is gone or that no database can read is thrown away and begun anew.

Invariants: only the replica is ever thrown away – all of it came from the office and comes again; a busy
or full disk is no reason; several threads that find the same damage mend it once.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from threading import Lock
from time import monotonic
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import inspect, select
from sqlalchemy.exc import DatabaseError

from pos_web.catalog.replica import ReplicaHead
from pos_web.syncing.rebuild import open_replica
from shared_web.database import Database
from shared_web.database_files import beside

# The file holds something else than a database, one that was written over, or one that its log is not of.
BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
CUT_OFF = sqlite3.SQLITE_IOERR_SHORT_READ
NO_TEXT = "Could not decode to UTF-8"
_mending = Lock()
# When the last reading began that found every page.
_read_through: WeakKeyDictionary[Database, float] = WeakKeyDictionary()
log = structlog.get_logger("evertill.syncing")


def open_or_begin_anew(replica: Database) -> None:
    """Make the replica ready for use, whatever a hand did to its file."""
    try:
        open_replica(replica)
    except DatabaseError as problem:
        if not _is_broken(problem):
            raise
        with _mending:
            _begin_anew(replica)


def mend_if_lost(replica: Database) -> bool:
    """True when the replica was gone or unreadable and is empty now: the stores need a full sync."""
    with _mending:
        if not _is_lost(replica):
            return False
        _begin_anew(replica)
        return True


def mend_if_torn(replica: Database) -> bool:
    """True when some page of the file could not be read, even one of an index, and it is empty now.

    The stores of a node ask at the same moments, and it is one file: who waited for one shares the next.
    """
    if not replica.is_sqlite:
        return False
    asked_at = monotonic()
    with _mending:
        began_at = monotonic()
        if _read_through.get(replica, 0.0) >= asked_at:
            return False
        if _reads_through(replica):
            _read_through[replica] = began_at
            return False
        _begin_anew(replica)
        return True


def mend_if_unreadable(replica: Database, problem: DatabaseError) -> bool:
    """True when `problem` was one of the file's content, which is empty now: every page is there, but a text
    in it is none, for example.
    """
    if not _is_broken(problem):
        return False
    with _mending:
        _begin_anew(replica)
    return True


def _reads_through(replica: Database) -> bool:
    """Can every page be read? A comparison with the digest reads records only, a search reads indexes too."""
    try:
        with replica.engine.connect() as connection:
            return bool(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok")
    except DatabaseError as problem:
        if _is_broken(problem):
            return False
        raise


def _is_lost(replica: Database) -> bool:
    file = _file_of(replica)
    if file is not None and not file.exists():
        return True
    try:
        with replica.engine.connect() as connection:
            connection.execute(select(ReplicaHead.store_id).limit(1))
    except DatabaseError as problem:
        return _is_broken(problem) or not inspect(replica.engine).has_table(ReplicaHead.__tablename__)
    return False


def _begin_anew(replica: Database) -> None:
    log.error("the replica was lost; it is read again from the office")
    with replica.replacing_file():
        file = _file_of(replica)
        if file is not None:
            for each in (file, *beside(file)):
                each.unlink(missing_ok=True)
        open_replica(replica)


def _file_of(replica: Database) -> Path | None:
    name = replica.engine.url.database
    return Path(name) if replica.is_sqlite and name and name != ":memory:" else None


def _is_broken(problem: DatabaseError) -> bool:
    code = getattr(problem.orig, "sqlite_errorcode", 0)
    # The driver's own error for bytes that are no text; SQLite itself does not look.
    is_no_text = isinstance(problem.orig, sqlite3.Error) and NO_TEXT in str(problem.orig)
    return (code & 0xFF) in BROKEN or code == CUT_OFF or is_no_text
