"""What the book remembers of syncs: the runs, and what is known about the office.

Invariants: a run that a person asked for is always written down, an automatic one only when it did
something or failed in a new way; the book may lag behind the replica by a crash, never lead it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from pos_web.catalog.replica import Apply
from pos_web.syncing.apply import Run
from pos_web.syncing.summary import decode_summary
from pos_web.syncing.sync_result import APPLIED, OFFLINE, RUNNING, UP_TO_DATE, SyncResult
from pos_web.syncing.sync_run import SyncRequest, SyncRun, SyncState
from sync_contract.changes import Status

REQUESTS: Table = SyncRequest.__table__  # type: ignore[assignment]
RUNS: Table = SyncRun.__table__  # type: ignore[assignment]
STATES: Table = SyncState.__table__  # type: ignore[assignment]
# Screens show the details of ten.
KEPT_APPLIES = 100
# Runs of before a backup from which an office was restored are seldom more.
TOLD_AGAIN = 1_000
# Executed at every sync, so they are built once.
_STATE = select(STATES).where(STATES.c.store_id == bindparam("store")).with_for_update()
_FIRST = insert(STATES)
_KEEP = update(STATES).where(STATES.c.store_id == bindparam("store"))
_LAST = select(func.coalesce(func.max(RUNS.c.sequence), 0)).where(RUNS.c.store_id == bindparam("store"))
_RUN = insert(RUNS).values(sequence=_LAST.scalar_subquery() + 1)
_ANSWERED = delete(REQUESTS).where(REQUESTS.c.uuid == bindparam("request"))
_FIRST_STATE = {
    "epoch": "",
    "office_version": "",
    "waiting_version": 0,
    "waiting_count": 0,
    "waiting_authors": [],
    "heard_version": 0,
    "failed_outcome": "",
    "failed_reason": "",
    "told_sequence": 0,
}


@dataclass(frozen=True)
class Shown:
    """The part of a store's sync state that screens show; they are told when it changes."""

    waiting_version: int
    waiting_count: int
    is_reachable: bool
    failed_reason: str
    failed_outcome: str


@contextmanager
def kept_state(connection: Connection, *, store_id: str) -> Iterator[SyncState]:
    """The store's state, to be changed: what differs at the end is written, past the ORM's work on a row."""
    row = connection.execute(_STATE, {"store": store_id}).one_or_none()
    before = row._asdict() if row is not None else {}
    state = SyncState(**(before or _FIRST_STATE | {"store_id": store_id}))
    yield state
    names = [column.key for column in STATES.columns]
    changed = {name: new for name in names if (new := getattr(state, name)) != before.get(name)}
    if not before:
        connection.execute(_FIRST, changed)
    elif changed:
        connection.execute(_KEEP, {"store": store_id, **changed})


def shown(state: SyncState) -> Shown:
    return Shown(
        state.waiting_version,
        state.waiting_count,
        state.unreachable_since is None,
        state.failed_reason,
        state.failed_outcome,
    )


def record_run(
    connection: Connection,
    *,
    state: SyncState,
    run: Run,
    result: SyncResult,
    started_at: datetime,
    now: datetime,
) -> None:
    """Write the run and what it taught about the office; another worker's request is answered by it."""
    is_news = result.outcome != UP_TO_DATE and not _is_known_trouble(state, result)
    _learn_from(state, result, now)
    if result.outcome == APPLIED and result.to_version != state.heard_version:
        state.heard_version, state.heard_at = result.to_version, started_at
    if run.is_request:
        # Whoever asked on another worker reads the answer in the run, which has the request's uuid.
        connection.execute(_ANSWERED, {"request": run.uuid})
    if run.is_manual or is_news or run.is_request:
        values = {
            "store": state.store_id,
            "uuid": run.uuid,
            "store_id": state.store_id,
            "started_at": started_at,
            "started_by": run.started_by,
            "is_manual": run.is_manual,
            "is_full": result.is_full,
            "from_version": result.from_version,
            "to_version": result.to_version,
            "change_count": result.change_count,
            "counts": dict(result.counts),
            "byte_count": result.byte_count,
            "duration_ms": result.duration_ms,
            "outcome": result.outcome,
            "reason": result.reason,
        }
        connection.execute(_RUN, values)


def record_status(*, state: SyncState, status: Status, applied: int, now: datetime) -> None:
    """Write what the office answered to a comparison of versions."""
    state.epoch, state.checked_at, state.unreachable_since = status.epoch, now, None
    if status.version != state.heard_version:
        state.heard_version, state.heard_at = status.version, now
    state.office_version = status.office_version[:20]
    is_behind = status.version > applied
    state.waiting_version = status.version if is_behind else 0
    state.waiting_count = status.change_count if is_behind else 0
    state.waiting_authors = list(status.authors) if is_behind else []
    if status.version == applied:
        state.failed_at, state.failed_outcome, state.failed_reason = None, "", ""


def record_trouble(
    _connection: Connection, *, state: SyncState, outcome: str, reason: str, now: datetime
) -> None:
    """Write that the office did not answer, or said no."""
    if outcome == OFFLINE:
        state.unreachable_since = state.unreachable_since or now
        return
    state.unreachable_since = None
    if (state.failed_outcome, state.failed_reason) != (outcome, reason):
        state.failed_at, state.failed_outcome, state.failed_reason = now, outcome, reason


def tell_again(state: SyncState) -> None:
    """Before the epoch is taken over of an office that may have been restored from a backup.

    It keeps each run once. The first office of all was told what it was told.
    """
    if state.epoch:
        state.told_sequence = max(state.told_sequence - TOLD_AGAIN, 0)


def complete_history(book: Session, replica: Session, *, store_id: str) -> None:
    """After a crash between the two commits, write the runs that only the replica knows."""
    known = set(book.scalars(select(SyncRun.uuid).where(SyncRun.store_id == store_id)))
    applied = select(Apply.run_uuid).where(Apply.store_id == store_id).order_by(Apply.sequence)
    for uuid in replica.scalars(applied).all():
        if uuid in known:
            continue
        each = replica.get_one(Apply, uuid)
        summary = decode_summary(each.summary)
        # Whoever asked for it on another worker has the answer now: it must not be run a second time.
        book.execute(delete(REQUESTS).where(REQUESTS.c.uuid == uuid))
        values = {
            "store": store_id,
            "uuid": each.run_uuid,
            "store_id": store_id,
            "started_at": each.applied_at,
            "started_by": each.started_by,
            "is_manual": each.is_manual,
            "is_full": each.is_full,
            "from_version": each.from_version,
            "to_version": each.version,
            "change_count": summary.change_count,
            "counts": summary.counts,
            "outcome": APPLIED,
        }
        book.execute(_RUN, values)


def forget_old_applies(replica: Session, *, store_id: str) -> None:
    """What old syncs changed in detail is asked for by nobody; the runs stay in the book."""
    newest = (
        select(Apply.run_uuid)
        .where(Apply.store_id == store_id)
        .order_by(Apply.sequence.desc())
        .limit(KEPT_APPLIES)
    )
    replica.execute(delete(Apply).where(Apply.store_id == store_id, Apply.run_uuid.not_in(newest)))


def _learn_from(state: SyncState, result: SyncResult, now: datetime) -> None:
    if result.outcome == RUNNING:
        return
    if result.outcome == OFFLINE:
        state.unreachable_since = state.unreachable_since or now
        return
    state.unreachable_since = None
    if not result.is_success:
        state.failed_at, state.failed_outcome, state.failed_reason = now, result.outcome, result.reason
        return
    state.checked_at, state.failed_at = now, None
    state.failed_outcome = state.failed_reason = ""
    if state.waiting_version <= result.to_version:
        state.waiting_version, state.waiting_count, state.waiting_authors = 0, 0, []


def _is_known_trouble(state: SyncState, result: SyncResult) -> bool:
    if result.outcome == OFFLINE:
        return state.unreachable_since is not None
    return (result.outcome, result.reason) == (state.failed_outcome, state.failed_reason)
