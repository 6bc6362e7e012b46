"""What this computer's own disk does to a sync, as an answer that people can be shown."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DatabaseError

from pos_web.syncing.sync_result import DISK_BROKEN, DISK_FULL, DISK_READ_ONLY, REFUSED, SyncResult

_OF_FILES = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EROFS: DISK_READ_ONLY,
    errno.EACCES: DISK_READ_ONLY,
    errno.EIO: DISK_BROKEN,
}
_OF_DATABASES = {
    sqlite3.SQLITE_FULL: DISK_FULL,
    sqlite3.SQLITE_READONLY: DISK_READ_ONLY,
    sqlite3.SQLITE_PERM: DISK_READ_ONLY,
    sqlite3.SQLITE_IOERR: DISK_BROKEN,
}


def disk_trouble_of(problem: OSError | DatabaseError) -> SyncResult | None:
    """Refused, because an update cannot be kept here; None when the disk is not to blame."""
    if isinstance(problem, OSError):
        reason = _OF_FILES.get(problem.errno or 0)
    else:
        reason = _OF_DATABASES.get(getattr(problem.orig, "sqlite_errorcode", 0) & 0xFF)
    return SyncResult(REFUSED, reason=reason) if reason is not None else None
