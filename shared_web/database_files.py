"""Copies of SQLite databases that are whole: taken while the database is in use, put back while it is not.

Invariants: a copy is of one moment, whatever is being written; nothing is put back over a database that
somebody has open; what is put back is prepared beside the old file and then takes its place at once, so
that a crash in the middle leaves the old one.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from shared_web.errors import RuleError
from shared_web.language import _

BESIDE = ("-wal", "-shm", "-journal")


class NotAFile(RuleError):
    """The database is a server's, which has tools of its own."""


class InUse(RuleError):
    """Somebody has the database open."""


def file_of(url: str) -> Path:
    """Where the database at `url` lives. Raises NotAFile."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise NotAFile(
            _("Only SQLite files are backed up here. Back up PostgreSQL with pg_dump: see docs/operating.md.")
        )
    return Path(parsed.database)


def beside(file: Path) -> list[Path]:
    """What SQLite may keep beside a database's file: what was written last is still there, not in it."""
    return [file.with_name(file.name + suffix) for suffix in BESIDE]


def lock_of(file: Path) -> Path:
    """What the server of a database holds (`sole_server.py`): an empty file, which its holder may remove."""
    return file.with_name(f"{file.name}.lock")


def copy_database(url: str, target: Path) -> None:
    """Write a whole copy of the database at `url` to `target`, also while it is in use. Raises RuleError."""
    source = file_of(url)
    if not source.exists():
        raise RuleError(_("There is no %(file)s here yet: start Evertill once first.", file=source.name))
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as here,
        closing(sqlite3.connect(target)) as there,
    ):
        here.backup(there)
        # One file that can be carried alone, without its log beside it.
        there.execute("PRAGMA journal_mode=DELETE")
    problems = damage_of(target)
    if problems:
        raise RuleError(_("%(file)s is damaged: %(problem)s", file=source.name, problem=problems[0]))
    _flush(target)


def damage_of(file: Path) -> list[str]:
    """What SQLite itself finds wrong with a database file; empty when it is whole."""
    if not file.exists():
        return [f"there is no {file.name}"]
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(10)")]
    except sqlite3.DatabaseError as problem:
        return [str(problem)]
    return [] if found == ["ok"] else found


def check_unused(url: str) -> None:
    """Raises InUse while a process has the database at `url` open."""
    file = file_of(url)
    if not file.exists():
        return
    with closing(sqlite3.connect(file, timeout=0)) as connection:
        try:
            # Leaving the write-ahead log is possible only for whoever is alone.
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError:
            raise InUse(_("%(file)s is in use. Stop Evertill first.", file=file.name)) from None
        except sqlite3.DatabaseError:
            # Too broken to be in anybody's use: a reason to restore, not to refuse.
            return


def erase(url: str) -> None:
    """Remove the database at `url`, its log, what a killed `put_back` left, and the lock that we hold.

    Raises InUse, NotAFile.
    """
    check_unused(url)
    _forget(_draft_of(file_of(url)))
    _forget(file_of(url))
    lock_of(file_of(url)).unlink(missing_ok=True)


def put_back(copy: Path, url: str, *, prepare: Callable[[str], None]) -> None:
    """Make `copy` the database at `url`, after `prepare(url of the new file)`. Raises InUse."""
    file = file_of(url)
    check_unused(url)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft_of(file)
    _forget(draft)
    shutil.copyfile(copy, draft)
    prepare(f"sqlite:///{draft}")
    with closing(sqlite3.connect(draft)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    _flush(draft)
    check_unused(url)
    for log in beside(file):
        log.unlink(missing_ok=True)
    draft.replace(file)
    _flush(file.parent)


def _draft_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.restoring")


def _forget(file: Path) -> None:
    for each in (file, *beside(file)):
        each.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """To the disk, so that a power cut takes nothing back."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
