"""How a worker without the store's lease gets a sync: it leaves a request and waits for the run.

Invariant: the holder deletes a request in the transaction that records its run, so a request that is
gone has been answered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Event
from typing import cast

from sqlalchemy import select

from pos_web.syncing.sync_result import RUNNING, Outcome, SyncResult
from pos_web.syncing.sync_run import SyncRequest, SyncRun
from shared_web.database import Database

LOOKS = 40
PAUSE_S = 0.25


def leave_request(
    book: Database, *, store_id: str, by: str, is_full: bool, takes_older: bool, now: datetime
) -> SyncRequest:
    with book.write() as session:
        request = SyncRequest(
            store_id=store_id, asked_at=now, asked_by=by, is_full=is_full, takes_older=takes_older
        )
        session.add(request)
        session.commit()
        return request


def take_request(book: Database, *, store_id: str) -> SyncRequest | None:
    """The oldest request of another worker; it stays until its run is recorded."""
    with book.read() as session:
        return session.scalars(
            select(SyncRequest)
            .where(SyncRequest.store_id == store_id)
            .order_by(SyncRequest.asked_at)
            .limit(1)
        ).first()


def wait_for_answer(
    book: Database, request: SyncRequest, *, is_stopping: Callable[[], bool], wake: Event
) -> SyncResult:
    """The result of the run that answered `request`; RUNNING when the holder takes too long."""
    for _look in range(LOOKS):
        with book.read() as session:
            if session.get(SyncRequest, request.uuid) is None:
                run = session.scalars(
                    select(SyncRun)
                    .where(SyncRun.store_id == request.store_id, SyncRun.started_at >= request.asked_at)
                    .order_by(SyncRun.started_at.desc())
                    .limit(1)
                ).first()
                return _result(run) if run is not None else SyncResult(RUNNING)
        if is_stopping():
            break
        wake.wait(PAUSE_S)
        wake.clear()
    return SyncResult(RUNNING)


def _result(run: SyncRun) -> SyncResult:
    return SyncResult(
        outcome=cast(Outcome, run.outcome),
        from_version=run.from_version,
        to_version=run.to_version,
        counts=run.counts,
        change_count=run.change_count,
        byte_count=run.byte_count,
        duration_ms=run.duration_ms,
        is_full=run.is_full,
        reason=run.reason,
    )
