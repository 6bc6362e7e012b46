"""What the node tells the office about a store: its version, its last sync, its outbox, its tills."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.catalog.replica import ReplicaHead
from pos_web.orders.order import Order, OrderLine
from pos_web.syncing import outbox
from pos_web.syncing.sync_run import SyncRun, SyncState
from pos_web.terminals.terminal import Terminal
from sync_contract.changes import NodeReport, SyncReport, TillReport
from sync_contract.digest import EMPTY, to_hex

# Of a long outage, or the first report after a start.
MOST_SYNCS = 50


def node_report(
    book: Session, replica: Session, *, store_id: str, now: datetime, told: frozenset[str] = frozenset()
) -> NodeReport:
    """The report of this moment, without the syncs that were `told` already. Reads only."""
    head = replica.get(ReplicaHead, store_id)
    state = book.get(SyncState, store_id)
    recent = book.scalars(
        select(SyncRun)
        .where(SyncRun.store_id == store_id)
        .order_by(SyncRun.started_at.desc())
        .limit(MOST_SYNCS)
    ).all()
    last = recent[0] if recent else None
    waiting = outbox.waiting(book, store_id=store_id)
    return NodeReport(
        store=store_id,
        version=head.version if head is not None else 0,
        digest=head.digest if head is not None else to_hex(EMPTY),
        applied_at=head.applied_at if head is not None else None,
        outcome=last.outcome if last is not None else "",
        started_by=last.started_by if last is not None else "",
        duration_ms=last.duration_ms if last is not None else 0,
        outbox_length=waiting.length,
        outbox_oldest_at=waiting.oldest_at,
        refused_count=waiting.refused,
        tills=_tills(book, store_id),
        sent_at=now,
        heard_version=state.heard_version if state is not None else 0,
        heard_at=state.heard_at if state is not None else None,
        syncs=tuple(_sync(run) for run in reversed(recent) if run.uuid not in told),
    )


def _sync(run: SyncRun) -> SyncReport:
    return SyncReport(
        uuid=run.uuid,
        started_at=run.started_at,
        started_by=run.started_by,
        is_manual=run.is_manual,
        is_full=run.is_full,
        from_version=run.from_version,
        to_version=run.to_version,
        change_count=run.change_count,
        byte_count=run.byte_count,
        duration_ms=run.duration_ms,
        outcome=run.outcome,
        reason=run.reason,
    )


def _tills(book: Session, store_id: str) -> tuple[TillReport, ...]:
    busy = set(
        book.scalars(
            select(Order.terminal_id)
            .join(OrderLine, OrderLine.order_uuid == Order.uuid)
            .where(Order.store_id == store_id, Order.state == "open")
            .distinct()
        )
    )
    terminals = book.scalars(
        select(Terminal)
        .where(Terminal.store_id == store_id, Terminal.is_archived.is_(False), Terminal.seen_at.is_not(None))
        .order_by(Terminal.id)
    )
    return tuple(
        TillReport(
            terminal=terminal.id,
            shown_version=terminal.shown_version,
            has_open_order=terminal.id in busy,
            seen_at=terminal.seen_at,
            address=terminal.address,
        )
        for terminal in terminals
        if terminal.seen_at is not None
    )
