"""Re-hashes what the stores sell from and checks what they sold, in sentences. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pos_web.orders.order import Order
from pos_web.syncing.outbox import OutboxDocument
from pos_web.syncing.rebuild import Health, verify
from pos_web.terminals.terminal import ServedStore
from sync_contract.uploads import UnreadableDocument, decode_document

WORDS = {
    Health.DAMAGED: "the records differ from the digest of their version: a full resync mends it",
    Health.STALE: "the search index differs from the records: it is rebuilt at the next start",
}


def verify_stores(book: Session, replica: Session) -> list[str]:
    """What is wrong, store by store; empty when all is well."""
    stores = book.scalars(select(ServedStore).order_by(ServedStore.name)).all()
    problems = []
    for store in stores:
        health = verify(replica, store_id=store.store_id)
        found = [WORDS[health]] if health is not Health.SOUND else []
        found += [*_outbox(book, store.store_id), *_numbers(book, store.store_id)]
        problems += [f"{store.name}: {problem}" for problem in found]
    return problems


def _outbox(book: Session, store_id: str) -> Iterator[str]:
    rows = book.execute(
        select(OutboxDocument.uuid, OutboxDocument.content).where(OutboxDocument.store_id == store_id),
        execution_options={"yield_per": 1_000},
    )
    damaged = sum(not _is_whole(uuid, content) for uuid, content in rows)
    if damaged:
        yield f"{damaged} finished documents cannot be read any more"
    sent = select(OutboxDocument.uuid).where(OutboxDocument.store_id == store_id)
    missing = book.scalar(
        select(func.count())
        .select_from(Order)
        .where(Order.store_id == store_id, Order.state == "finished", Order.uuid.not_in(sent))
    )
    if missing:
        yield f"{missing} finished orders have no document for the office"


def _numbers(book: Session, store_id: str) -> Iterator[str]:
    """Receipt numbers count from 1 without gaps in every series."""
    series = book.execute(
        select(Order.series, func.count(), func.max(Order.counter))
        .where(Order.store_id == store_id, Order.number.is_not(None))
        .group_by(Order.terminal_id, Order.series)
    )
    for name, count, highest in series:
        if count != highest:
            yield f"series {name} has {count} receipts but counts to {highest}"


def _is_whole(uuid: str, content: bytes) -> bool:
    try:
        return decode_document(content).uuid == uuid
    except UnreadableDocument:
        return False
