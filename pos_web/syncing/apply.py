"""Applies a pulled stream to the replica, in one transaction that the caller commits or rolls back.

Invariants: nothing is written unless the stream builds on the applied version; readers see the old
version or the new one, never a mixture; the digest is carried along record by record and must end at
the office's; head, records, derived rows and the apply record become true together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from pos_web.catalog.replica import SCHEMA, Apply, ReplicaHead
from pos_web.syncing.fresh import work_out
from pos_web.syncing.pull import Applied, Pulled
from pos_web.syncing.replica_writer import ReplicaWriter
from pos_web.syncing.summary import Summary, encode_summary
from sync_contract.digest import EMPTY, from_hex, to_hex

# Records between two chances for a waiting page to be served: about four milliseconds of work.
CHUNK = 300
# Of a first catalog, when nobody waits: threads take turns less often.
FIRST_CHUNK = 600
HEADS: Table = ReplicaHead.__table__  # type: ignore[assignment]
APPLIES: Table = Apply.__table__  # type: ignore[assignment]
# Executed at every sync, so they are built once.
_APPLIED = select(HEADS.c.version, HEADS.c.epoch, HEADS.c.digest).where(
    HEADS.c.store_id == bindparam("store")
)
_HEAD = select(HEADS).where(HEADS.c.store_id == bindparam("store")).with_for_update()
_FIRST_HEAD = insert(HEADS)
_NEXT_HEAD = update(HEADS).where(HEADS.c.store_id == bindparam("store"))
_LAST = select(func.coalesce(func.max(APPLIES.c.sequence), 0)).where(APPLIES.c.store_id == bindparam("store"))
_APPLY_RECORD = insert(APPLIES).values(sequence=_LAST.scalar_subquery() + 1)


class DigestMismatch(Exception):
    """The records that would be applied are not the set that the office published."""


class StaleBase(Exception):
    """Somebody else applied a version meanwhile: read again what is applied."""


class FenceLost(Exception):
    """Another worker took the store over; this one's sync must not be committed."""


@dataclass(frozen=True)
class Run:
    """Which sync this is, for the apply record.

    `takes_older`: a person decided to go back to the older state of an office that was restored.
    `is_request`: another worker asked for it, and `uuid` is that of its request.
    """

    uuid: str
    started_by: str
    is_manual: bool
    fence: int = 0
    takes_older: bool = False
    is_request: bool = False


def read_applied(session: Session | Connection, *, store_id: str) -> Applied:
    """What the store sells from now."""
    head = session.execute(_APPLIED, {"store": store_id}).one_or_none()
    return Applied(*head) if head is not None else Applied()


def read_fence(session: Session, *, store_id: str) -> int:
    """The fence of the worker that wrote the replica last; 0 before the first one."""
    head = session.get(ReplicaHead, store_id)
    return head.fence if head is not None else 0


def apply(
    connection: Connection, *, store_id: str, base: Applied, pulled: Pulled, run: Run, now: datetime
) -> Summary:
    """Make the replica hold what `pulled` says; the caller commits.

    `base` is what was applied when the pull began. Raises StaleBase, FenceLost, DigestMismatch,
    UnreadableRecord: the caller rolls back, and the store sells on from the old version.
    """
    head = connection.execute(_HEAD, {"store": store_id}).one_or_none()
    _check_base(head, base, run)
    writer = ReplicaWriter(
        connection,
        store_id,
        is_full=pulled.header.is_full,
        is_first=head is None,
        # A full set builds on nothing: what a hand wrote into the head must not stop it.
        digest=EMPTY if head is None or pulled.header.is_full else from_hex(head.digest),
        record_count=head.record_count if head is not None else 0,
    )
    _write(writer, store_id, pulled)
    writer.finish()
    trailer = pulled.trailer
    if to_hex(writer.digest) != trailer.digest or writer.record_count != trailer.count:
        raise DigestMismatch(f"version {trailer.to} of store {store_id}")
    summary = writer.summary.finish(trailer.publications, writer.name_of)
    _write_head(connection, head, store_id=store_id, pulled=pulled, run=run, now=now)
    record = {
        "store": store_id,
        "run_uuid": run.uuid,
        "store_id": store_id,
        "version": trailer.to,
        "from_version": base.version,
        "is_full": pulled.header.is_full,
        "applied_at": now,
        "started_by": run.started_by,
        "is_manual": run.is_manual,
        "summary": encode_summary(summary),
    }
    connection.execute(_APPLY_RECORD, record)
    return summary


def _write(writer: ReplicaWriter, store_id: str, pulled: Pulled) -> None:
    if not pulled.header.is_full:
        for chunk in pulled.batches(CHUNK):
            writer.write(chunk)
        return
    chunks = pulled.batches(FIRST_CHUNK if writer.is_first else CHUNK)
    with writer.ahead(work_out(store_id, chunk) for chunk in chunks) as parts:
        for fresh in parts:
            writer.add(fresh)


def _write_head(
    connection: Connection, head: Any, *, store_id: str, pulled: Pulled, run: Run, now: datetime
) -> None:
    values = {
        "epoch": pulled.header.epoch,
        "version": pulled.trailer.to,
        "digest": pulled.trailer.digest,
        "record_count": pulled.trailer.count,
        "applied_at": now,
        "schema": SCHEMA,
        "fence": run.fence,
    }
    if head is None:
        connection.execute(_FIRST_HEAD, {"store_id": store_id, **values})
    else:
        connection.execute(_NEXT_HEAD, {"store": store_id, **values})


def _check_base(head: Any, base: Applied, run: Run) -> None:
    found = Applied(head.version, head.epoch, head.digest) if head is not None else Applied()
    if found != base:
        raise StaleBase
    if head is not None and head.fence > run.fence:
        raise FenceLost
