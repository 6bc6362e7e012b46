"""One agent per store, however many workers there are.

Invariants: the fence grows with every change of owner and never falls; the replica's head keeps the
fence of its last writer, and a writer with a lower one is turned away (`apply.FenceLost`). So even a
worker that slept through the end of its lease cannot overwrite its successor's work.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from pos_web.syncing.sync_run import SyncLease

LASTS = timedelta(seconds=15)
_HOLDER = select(SyncLease.owner, SyncLease.fence).where(SyncLease.store_id == bindparam("store"))


def take(session: Session, *, store_id: str, owner: str, now: datetime, is_alone: bool = False) -> int | None:
    """The fence if `owner` now holds the store's lease for `LASTS`, else None; the caller commits.

    `is_alone`: there is no other worker, so whatever holds the lease is the ghost of a crashed one.
    """
    lease = session.get(SyncLease, store_id, with_for_update=True)
    if lease is None:
        lease = SyncLease(store_id=store_id, owner=owner, fence=1, expires_at=now + LASTS)
        session.add(lease)
        return lease.fence
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
    lease = session.get(SyncLease, store_id)
    if lease is not None and lease.owner == owner:
        lease.expires_at = now
