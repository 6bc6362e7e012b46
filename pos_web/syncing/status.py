"""How in step a store is, as its screens show it, and the sentences for what went wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.catalog.replica import Apply, ReplicaHead
from pos_web.syncing import outbox
from pos_web.syncing.summary import Summary, decode_summary
from pos_web.syncing.sync_result import (
    DISK_BROKEN,
    DISK_FULL,
    DISK_READ_ONLY,
    FAILED,
    NOT_PAIRED,
    NOT_PAIRED_YET,
    OFFICE_ERROR,
    OFFLINE,
    OLDER_OFFICE,
    REPLICA_DAMAGED,
    REVOKED,
    RUNNING,
    STOPPED,
    UNKNOWN_STORE,
    Unkept,
)
from pos_web.syncing.sync_run import SyncRun, SyncState
from shared_web.language import _

State = Literal["current", "waiting", "syncing", "deferred", "failed", "offline"]
EARLIER = 10


@dataclass(frozen=True)
class SyncStatus:
    """`newest_version` is the newest one that this store has heard of; `synced_at` when it was last known to
    be in step; `problem` a sentence, when it failed.
    """

    state: State
    version: int
    newest_version: int
    synced_at: datetime | None
    waiting_count: int
    authors: tuple[str, ...]
    failed_at: datetime | None
    problem: str
    is_office_older: bool
    offline_since: datetime | None
    outbox_length: int
    outbox_oldest_at: datetime | None
    refused_count: int


@dataclass(frozen=True)
class AppliedChanges:
    """One applied sync with what it changed."""

    version: int
    applied_at: datetime
    summary: Summary


def sync_status(
    book: Session,
    replica: Session,
    *,
    store_id: str,
    is_syncing: bool,
    is_deferred: bool = False,
    unkept: Unkept | None = None,
) -> SyncStatus:
    """The state that the store's screens show. `is_deferred`: the asking screen waits for its sale.

    `unkept` comes before all that the book says, which is older.
    """
    head = replica.get(ReplicaHead, store_id)
    found = book.get(SyncState, store_id)
    version = head.version if head is not None else 0
    waiting = outbox.waiting(book, store_id=store_id)
    status = SyncStatus(
        state=_state(found, version, is_syncing=is_syncing, is_deferred=is_deferred),
        version=version,
        newest_version=max(found.waiting_version, version) if found is not None else version,
        synced_at=found.checked_at if found is not None else None,
        waiting_count=_waiting_count(found, version),
        authors=tuple(found.waiting_authors) if found is not None else (),
        failed_at=found.failed_at if found is not None else None,
        problem=sentence_of(found.failed_outcome, found.failed_reason) if found is not None else "",
        is_office_older=found is not None and found.failed_reason == OLDER_OFFICE,
        offline_since=found.unreachable_since if found is not None else None,
        outbox_length=waiting.length,
        outbox_oldest_at=waiting.oldest_at,
        refused_count=waiting.refused,
    )
    if unkept is None or is_syncing:
        return status
    problem = sentence_of(unkept.result.outcome, unkept.result.reason)
    return replace(status, state="failed", failed_at=unkept.since, problem=problem)


def applied_versions(replica: Session) -> dict[str, int]:
    """The version that each store sells from."""
    return dict(replica.execute(select(ReplicaHead.store_id, ReplicaHead.version)).all())


def recent_runs(book: Session, *, store_id: str, count: int = EARLIER) -> list[SyncRun]:
    """The store's latest syncs, the last one first."""
    query = select(SyncRun).where(SyncRun.store_id == store_id)
    return list(book.scalars(query.order_by(SyncRun.sequence.desc()).limit(count)))


def latest_changes(replica: Session, *, store_id: str, since: int | None = None) -> list[AppliedChanges]:
    """What the latest sync changed; with `since`, what every one after that version changed, newest first."""
    query = select(Apply).where(Apply.store_id == store_id).order_by(Apply.sequence.desc())
    query = query.limit(1) if since is None else query.where(Apply.version > since).limit(EARLIER)
    return [
        AppliedChanges(each.version, each.applied_at, decode_summary(each.summary))
        for each in replica.scalars(query)
    ]


def sentence_of(outcome: str, reason: str) -> str:
    """What went wrong and what a person can do; empty for a success."""
    if outcome == OFFLINE:
        return _("Internet appears to be offline. Please try again later")
    if outcome == RUNNING:
        return _("The sync is still running. It shows here when it is done.")
    if reason == REPLICA_DAMAGED:
        return _(
            "This store's copy of the catalog is damaged. It is read again from the Back Office as soon as "
            "that answers."
        )
    if outcome == FAILED:
        return _("The update did not arrive intact. The till sells on with the version it has.")
    known = {
        OLDER_OFFICE: _(
            "The Back Office was restored to an older state than this store has. "
            "The till sells on with the version it has until an admin decides: see Support › Status."
        ),
        NOT_PAIRED_YET: _("This store node is not paired with a Back Office yet. Ask an admin for a code."),
        REVOKED: _(
            "This store node was revoked in the Back Office. The till sells on with the version it has. "
            "Ask an admin to pair it again."
        ),
        NOT_PAIRED: _(
            "The Back Office does not know this store node any more. Ask an admin to pair it again."
        ),
        UNKNOWN_STORE: _("The Back Office does not have this store any more. Ask an admin."),
        OFFICE_ERROR: _("The Back Office has a problem. Please try again later."),
        DISK_FULL: _(
            "The disk of this computer is full. The till sells on with the version it has. "
            "Free some space, then sync again."
        ),
        DISK_READ_ONLY: _(
            "The database may not be written. The till sells on with the version it has. "
            "Ask an admin to check its file."
        ),
        DISK_BROKEN: _(
            "The disk of this computer cannot be read or written. The till sells on with the version it has. "
            "Ask an admin to check the disk."
        ),
        STOPPED: _("The store node is restarting. Please try again."),
    }
    return known.get(reason, reason)


def _state(found: SyncState | None, version: int, *, is_syncing: bool, is_deferred: bool) -> State:
    if is_syncing:
        return "syncing"
    if found is not None and found.unreachable_since is not None:
        return "offline"
    if found is not None and found.failed_outcome:
        return "failed"
    if is_deferred:
        return "deferred"
    return "waiting" if found is not None and found.waiting_version > version else "current"


def _waiting_count(found: SyncState | None, version: int) -> int:
    # Applied by another worker a moment ago: then nothing waits, whatever the row still says.
    return found.waiting_count if found is not None and found.waiting_version > version else 0
