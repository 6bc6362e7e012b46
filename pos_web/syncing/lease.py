"""One agent per store, however many workers there are.

Invariants: the fence grows with every change of owner and never falls; the replica's head keeps the
fence of its last writer, and a writer with a lower one is turned away (`apply.FenceLost`). So even a
worker that slept through the end of its lease cannot overwrite its successor's work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from pos_web.syncing.sync_run import SyncLease

LASTS = timedelta(seconds=15)
log = structlog.get_logger("evertill.syncing")
_HOLDER = select(SyncLease.owner, SyncLease.fence).where(SyncLease.store_id == bindparam("store"))


def take(session: Session, *, store_id: str, owner: str, now: datetime, is_alone: bool = False) -> int | None:
    """The fence if `owner` now holds the store's lease for `LASTS`, else None; the caller commits.

    `is_alone`: there is no other worker, so whatever holds the lease is the ghost of a crashed one.
    """
    lease = session.get(SyncLease, store_id, with_for_update=True)
    if lease is None:
        try:
            with session.begin_nested():
                session.add(SyncLease(store_id=store_id, owner=owner, fence=1, expires_at=now + LASTS))
        except IntegrityError:
            # Another worker was the first at this very moment.
            return None
        return 1
    if lease.owner != owner:
        if lease.expires_at > now and not is_alone:
            return None
        lease.owner = owner
        lease.fence += 1
    lease.expires_at = now + LASTS
    return lease.fence


def is_held(session: Session, *, store_id: str, owner: str, fence: int) -> bool:
    """Is `fence` still the newest? Asked right before the replica commits."""
    lease = session.connection().execute(_HOLDER, {"store": store_id}).one_or_none()
    return lease is not None and tuple(lease) == (owner, fence)


def release(session: Session, *, store_id: str, owner: str, now: datetime) -> None:
    """Let another worker take over at once; the caller commits."""
    lease = session.get(SyncLease, store_id, with_for_update=True)
    if lease is not None and lease.owner == owner:
        lease.expires_at = now


@contextmanager
def kept(renew: Callable[[], object], *, every: timedelta = LASTS / 3) -> Iterator[None]:
    """While a long pull or upload is under way, hold on to the store by `renew()` again and again."""
    is_over = Event()

    def keep() -> None:
        while not is_over.wait(every.total_seconds()):
            try:
                renew()
            except SQLAlchemyError as problem:
                # Without it the fence decides; the next attempt may well succeed.
                log.warning("the lease was not renewed", problem=type(problem).__name__)

    thread = Thread(target=keep, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
