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
from time import monotonic

import structlog
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pos_web.syncing.sync_run import SyncLease

LASTS_S = 5.0
# Of its time, when it is renewed: a renewal or two may be late without losing the store.
RENEWED_AFTER = 1 / 5
log = structlog.get_logger("evertill.syncing")
_HOLDER = select(SyncLease.owner, SyncLease.fence).where(SyncLease.store_id == bindparam("store"))


class Watch:
    """Tells a lease that nobody renews by a clock that nobody can put back.

    `clock()` gives this worker's monotonic seconds. Where all workers' wall clocks jump back by an hour, the
    lease of a dead one would look valid for that hour.
    """

    def __init__(self, *, lasts_s: float = LASTS_S, clock: Callable[[], float] = monotonic) -> None:
        self._lasts_s = lasts_s
        self._clock = clock
        self._seen: tuple[str, int, datetime] | None = None
        self._since = 0.0

    def is_silent(self, lease: SyncLease) -> bool:
        """Has another's lease stood still for as long as it lasts, before these eyes?"""
        now, seen = self._clock(), (lease.owner, lease.fence, lease.expires_at)
        if seen != self._seen:
            self._seen, self._since = seen, now
        return now - self._since >= self._lasts_s


def take(
    session: Session,
    *,
    store_id: str,
    owner: str,
    now: datetime,
    lasts_s: float = LASTS_S,
    watch: Watch | None = None,
    is_alone: bool = False,
) -> int | None:
    """The fence if `owner` now holds the store's lease for `lasts_s`, else None; the caller commits.

    `watch` is this worker's own. `is_alone`: there is no other worker, so whatever holds the lease is the
    ghost of a crashed one.
    """
    expires_at = now + timedelta(seconds=lasts_s)
    lease = session.get(SyncLease, store_id, with_for_update=True)
    if lease is None:
        try:
            with session.begin_nested():
                session.add(SyncLease(store_id=store_id, owner=owner, fence=1, expires_at=expires_at))
        except IntegrityError:
            # Another worker was the first at this very moment.
            return None
        return 1
    if lease.owner != owner:
        is_silent = watch is not None and watch.is_silent(lease)
        if lease.expires_at > now and not is_silent and not is_alone:
            return None
        lease.owner = owner
        lease.fence += 1
    lease.expires_at = expires_at
    return lease.fence


def outgrow(session: Session, *, store_id: str, owner: str, above: int) -> int:
    """Lift the fence of the store's holder above `above` and return it; the caller commits.

    A book that was restored from a backup counts on from a fence that the replica saw long ago. 0 if `owner`
    is not the holder any more.
    """
    lease = session.get(SyncLease, store_id, with_for_update=True)
    if lease is None or lease.owner != owner:
        return 0
    lease.fence = max(lease.fence, above + 1)
    return lease.fence


def is_held(book: Session | Connection, *, store_id: str, owner: str, fence: int) -> bool:
    """Is `fence` still the newest? Asked right before the replica commits."""
    lease = book.execute(_HOLDER, {"store": store_id}).one_or_none()
    return lease is not None and tuple(lease) == (owner, fence)


def release(session: Session, *, store_id: str, owner: str, now: datetime) -> None:
    """Let another worker take over at once; the caller commits."""
    lease = session.get(SyncLease, store_id, with_for_update=True)
    if lease is not None and lease.owner == owner:
        lease.expires_at = now


@contextmanager
def kept(renew: Callable[[], object], *, every_s: float = LASTS_S * RENEWED_AFTER) -> Iterator[None]:
    """While something long is under way, hold on to the store by `renew()` again and again."""
    is_over = Event()

    def keep() -> None:
        while not is_over.wait(every_s):
            try:
                renew()
            except Exception as problem:
                # Without it the fence decides; the next attempt may well succeed.
                log.warning("the lease was not renewed", problem=type(problem).__name__)

    thread = Thread(target=keep, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
