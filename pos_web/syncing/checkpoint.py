"""When SQLite copies its write-ahead log into the replica's file: after the answer, not in its commit.

By itself it does so in the commit that makes the log long, which for a first catalog writes everything a
second time while somebody waits. Invariant: what was committed lies safely on the disk, in the log; putting
the copy off loses nothing, and readers find either.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from shared_web.database import Database

PUT_OFF = "copies its log later"
log = structlog.get_logger("evertill.syncing")


def put_off(connection: Connection) -> None:
    """No copy in this connection's commits; the caller sees to it that `copy_log` follows."""
    # What is said to SQLite once holds for as long as the connection lives in its pool.
    if connection.dialect.name == "sqlite" and not connection.info.get(PUT_OFF):
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint = 0")
        connection.info[PUT_OFF] = True


def copy_log(replica: Database) -> None:
    """Copy what can be copied without holding anybody up. Trouble is for the next time."""
    if not replica.is_sqlite:
        return
    try:
        # Past the engine's own transactions: within one there is no copying.
        with closing(replica.engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
    except (SQLAlchemyError, sqlite3.Error) as problem:
        log.warning("the replica's log was not copied", problem=str(problem))
