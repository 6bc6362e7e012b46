"""Re-hashes what the stores sell from and checks what they sold, in sentences. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pos_web.orders.order import Order
from pos_web.syncing.outbox import OutboxDocument
from pos_web.syncing.rebuild import Health, verify
from pos_web.terminals.terminal import ServedStore
from shared_web.language import _
from sync_contract.uploads import UnreadableDocument, decode_document


def verify_stores(book: Session, replica: Session) -> list[str]:
    """What is wrong, store by store; empty when all is well."""
    stores = book.scalars(select(ServedStore).order_by(ServedStore.name)).all()
    problems = []
    for store in stores:
        found = verify_store(book, replica, store_id=store.store_id)
        problems += [f"{store.name}: {problem}" for problem in found]
    return problems


def verify_store(book: Session, replica: Session, *, store_id: str) -> list[str]:
    """What is wrong with one store; empty when all is well."""
    return [*_health(replica, store_id), *_outbox(book, store_id), *_numbers(book, store_id)]


def _health(replica: Session, store_id: str) -> Iterator[str]:
    health = verify(replica, store_id=store_id)
    if health is Health.DAMAGED:
        yield _("the records differ from the digest of their version: a full resync mends it")
    elif health is Health.STALE:
        yield _("the search index differs from the records: it is rebuilt at the next start")


def _outbox(book: Session, store_id: str) -> Iterator[str]:
    rows = book.execute(
        select(OutboxDocument.uuid, OutboxDocument.content).where(OutboxDocument.store_id == store_id),
        execution_options={"yield_per": 1_000},
    )
    damaged = sum(not _is_whole(uuid, content) for uuid, content in rows)
    if damaged:
        yield _("%(count)s finished documents cannot be read any more", count=damaged)
    sent = select(OutboxDocument.uuid).where(OutboxDocument.store_id == store_id)
    missing = book.scalar(
        select(func.count())
        .select_from(Order)
        .where(Order.store_id == store_id, Order.state == "finished", Order.uuid.not_in(sent))
    )
    if missing:
        yield _("%(count)s finished orders have no document for the office", count=missing)


def _numbers(book: Session, store_id: str) -> Iterator[str]:
    """Receipt numbers count from 1 without gaps in every series."""
    series = book.execute(
        select(Order.series, func.count(), func.max(Order.counter))
        .where(Order.store_id == store_id, Order.number.is_not(None))
        .group_by(Order.terminal_id, Order.series)
    )
    for name, count, highest in series:
        if count != highest:
            yield _(
                "series %(name)s has %(count)s receipts but counts to %(highest)s",
                name=name,
                count=count,
                highest=highest,
            )


def _is_whole(uuid: str, content: bytes) -> bool:
    try:
        return decode_document(content).uuid == uuid
    except UnreadableDocument:
        return False
