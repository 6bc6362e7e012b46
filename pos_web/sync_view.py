"""What the sync control and the details sheet show of the store at this terminal."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request

from pos_web import current
from pos_web.syncing.status import AppliedChanges, SyncStatus, latest_changes, recent_runs, sync_status
from pos_web.syncing.sync_run import SyncRun


@dataclass(frozen=True)
class SyncDetails:
    """`latest` is None before the first sync; `runs` newest first."""

    status: SyncStatus
    latest: AppliedChanges | None
    runs: list[SyncRun]


def sync_view() -> SyncStatus | None:
    """The state for the control, read once per request; None on a browser that is no terminal."""
    if current.terminal() is None:
        return None
    if "sync_view" not in g:
        with current.book_read() as book, current.replica() as replica:
            g.sync_view = sync_status(
                book,
                replica,
                store_id=current.store_id(),
                is_syncing=current.agent().is_syncing(current.store_id()),
                is_deferred=request.values.get("deferred") == "1",
                unkept=current.agent().unkept(current.store_id()),
            )
    found: SyncStatus = g.sync_view
    return found


def sync_details() -> SyncDetails:
    store_id = current.store_id()
    status = sync_view()
    assert status is not None  # the route demands a terminal
    with current.book_read() as book, current.replica() as replica:
        latest = latest_changes(replica, store_id=store_id)
        return SyncDetails(status, latest[0] if latest else None, recent_runs(book, store_id=store_id))


def applied_since(version: int) -> list[AppliedChanges]:
    """What was applied here after `version`, newest first."""
    with current.replica() as replica:
        return latest_changes(replica, store_id=current.store_id(), since=version)
