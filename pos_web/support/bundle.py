"""The diagnostic bundle: what somebody who helps must know about a store node, as a ZIP of JSON files.

Invariant: it holds no secret – no token, key, cookie, PIN, badge, hash or digest of one – and of people
nothing but names: every field is chosen here by name, nothing is dumped.
"""

from __future__ import annotations

import io
import platform
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pos_web.catalog import published
from pos_web.catalog.replica import ReplicaRecord
from pos_web.support.storage import Storage
from pos_web.syncing.dead_letters import dead_letters
from pos_web.syncing.outbox import OutboxDocument
from pos_web.syncing.status import recent_runs, sync_status
from pos_web.syncing.verify import verify_store
from pos_web.terminals.presence import devices
from pos_web.terminals.terminal import Terminal

RUNS = 200


def diagnostic_bundle(
    book: Session,
    replica: Session,
    *,
    store_id: str,
    version: str,
    clock_wrong_by_s: int,
    storage: Storage | None,
    now: datetime,
) -> bytes:
    """The ZIP's bytes. Reads only."""
    about = {
        "made_at": now,
        "evertill": version,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "database": book.get_bind().dialect.name,
        "clock_ahead_s": clock_wrong_by_s,
        "storage": storage,
    }
    files = {
        "about.json": about,
        "store.json": _store(replica, store_id),
        "terminals.json": _terminals(book, store_id, now),
        "sync.json": _sync(book, replica, store_id),
        "outbox.json": _outbox(book, store_id),
        "database-check.json": {"problems": verify_store(book, replica, store_id=store_id)},
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, told in files.items():
            archive.writestr(name, msgspec.json.format(msgspec.json.encode(told), indent=2))
    return content.getvalue()


def _store(replica: Session, store_id: str) -> dict[str, Any]:
    profile = published.profile(replica, store_id=store_id)
    settings = published.settings(replica, store_id=store_id)
    counts = replica.execute(
        select(ReplicaRecord.kind, func.count())
        .where(ReplicaRecord.store_id == store_id)
        .group_by(ReplicaRecord.kind)
    )
    return {
        "id": store_id,
        "name": profile.name,
        "time_zone": profile.time_zone,
        "currency": profile.currency,
        "locale": profile.locale,
        "auto_sync_after_s": settings.auto_sync_after_s,
        "idle_lock_s": settings.idle_lock_s,
        "records": dict(counts.all()),
    }


def _terminals(book: Session, store_id: str, now: datetime) -> list[dict[str, Any]]:
    connected = {device.terminal_id: device.since for device in devices(book, store_id=store_id, now=now)}
    rows = book.scalars(select(Terminal).where(Terminal.store_id == store_id).order_by(Terminal.name))
    return [
        {
            "id": terminal.id,
            "name": terminal.name,
            "code": terminal.code,
            "is_registered": terminal.is_registered,
            "is_archived": terminal.is_archived,
            "series": terminal.series,
            "last_counter": terminal.last_counter,
            "shown_version": terminal.shown_version,
            "seen_at": terminal.seen_at,
            "connected_since": connected.get(terminal.id),
        }
        for terminal in rows
    ]


def _sync(book: Session, replica: Session, store_id: str) -> dict[str, Any]:
    status = sync_status(book, replica, store_id=store_id, is_syncing=False)
    head = published.applied_head(replica, store_id=store_id)
    return {
        "status": status,
        "applied_digest": head.digest if head is not None else "",
        "runs": [
            {
                "started_at": run.started_at,
                "started_by": run.started_by,
                "is_manual": run.is_manual,
                "is_full": run.is_full,
                "from_version": run.from_version,
                "to_version": run.to_version,
                "changes": run.change_count,
                "bytes": run.byte_count,
                "duration_ms": run.duration_ms,
                "outcome": run.outcome,
                "reason": run.reason,
            }
            for run in recent_runs(book, store_id=store_id, count=RUNS)
        ],
    }


def _outbox(book: Session, store_id: str) -> dict[str, Any]:
    counts: Iterable[Any] = book.execute(
        select(OutboxDocument.kind, OutboxDocument.state, func.count(), func.min(OutboxDocument.queued_at))
        .where(OutboxDocument.store_id == store_id)
        .group_by(OutboxDocument.kind, OutboxDocument.state)
    )
    return {
        "documents": [
            {"kind": kind, "state": state, "count": count, "oldest_at": oldest_at}
            for kind, state, count, oldest_at in counts
        ],
        # What was sold stays out: the signed export is the way for that.
        "refused": [
            {"uuid": letter.uuid, "queued_at": letter.queued_at, "refusal": letter.refusal}
            for letter in dead_letters(book, store_id=store_id)
        ],
    }
