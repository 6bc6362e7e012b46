"""What the node tells the office about a store: its version, its last sync, its outbox, its tills."""

from __future__ import annotations

from dataclasses import dataclass
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

# In one report; the rest of a long outage comes with the next ones.
MOST_SYNCS = 50


@dataclass(frozen=True)
class Told:
    """A report, and the sequence of the last sync that the office knows of once it has it."""

    report: NodeReport
    sequence: int
    has_more: bool


def node_report(book: Session, replica: Session, *, store_id: str, now: datetime, told: int = 0) -> Told:
    """The report of this moment, with the oldest syncs after `told` and after the book's own mark.

    Reads only.
    """
    head = replica.get(ReplicaHead, store_id)
    state = book.get(SyncState, store_id)
    told = max(told, state.told_sequence if state is not None else 0)
    last, untold = _last_and_untold(book, store_id, told)
    waiting = outbox.waiting(book, store_id=store_id)
    report = NodeReport(
        store=store_id,
        version=head.version if head is not None else 0,
        digest=head.digest if head is not None else to_hex(EMPTY),
        applied_at=head.applied_at if head is not None else None,
        outcome=last.outcome if last is not None else "",
        started_by=last.started_by if last is not None else "",
        duration_ms=last.duration_ms if last is not None else 0,
        outbox_length=waiting.length,
        # Never later than now, which would look new to the office for as long as it waits.
        outbox_oldest_at=now - waiting.oldest_age(now) if waiting.length else None,
        refused_count=waiting.refused,
        tills=_tills(book, store_id),
        sent_at=now,
        heard_version=state.heard_version if state is not None else 0,
        heard_at=state.heard_at if state is not None else None,
        syncs=tuple(_sync(run) for run in untold),
    )
    has_more = bool(untold) and untold[-1] is not last
    return Told(report, untold[-1].sequence if untold else told, has_more)


def _last_and_untold(book: Session, store_id: str, told: int) -> tuple[SyncRun | None, list[SyncRun]]:
    runs = select(SyncRun).where(SyncRun.store_id == store_id).limit(MOST_SYNCS)
    newest = book.scalars(runs.order_by(SyncRun.sequence.desc())).all()
    untold = [run for run in reversed(newest) if run.sequence > told]
    if len(untold) == MOST_SYNCS:
        # There may be older ones, which come first.
        untold = list(book.scalars(runs.where(SyncRun.sequence > told).order_by(SyncRun.sequence)))
    return (newest[0] if newest else None), untold


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
            shown_at=terminal.shown_at,
        )
        for terminal in terminals
        if terminal.seen_at is not None
    )
