"""How a worker without the store's lease gets a sync: it leaves a request and waits for the run.

Invariants: the run takes the request's uuid, so that no clock decides which run answers which request; the
holder deletes a request in the transaction that records its run, so a request that is gone was answered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Event
from time import monotonic
from typing import cast

from sqlalchemy import delete, select

from pos_web.syncing.sync_result import RUNNING, Outcome, SyncResult
from pos_web.syncing.sync_run import SyncRequest, SyncRun
from shared_web.database import Database

PATIENCE_S = 10.0
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


def forget_request(book: Database, uuid: str) -> None:
    """The run that it asked for failed in a way that nobody could record: it is not tried again and again."""
    with book.write() as session:
        session.execute(delete(SyncRequest).where(SyncRequest.uuid == uuid))
        session.commit()


def wait_for_answer(
    book: Database, request: SyncRequest, *, is_over: Callable[[], bool], wake: Event
) -> SyncResult | None:
    """The result of the run that answered `request`; RUNNING when the holder takes too long.

    None as soon as `is_over()`: then nobody else will answer, and the request is still there.
    """
    ends_at = monotonic() + PATIENCE_S
    while monotonic() < ends_at:
        with book.read() as session:
            if session.get(SyncRequest, request.uuid) is None:
                run = session.get(SyncRun, request.uuid)
                return _result(run) if run is not None else SyncResult(RUNNING)
        if is_over():
            return None
        # Notices wake us too, as many as there are.
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
