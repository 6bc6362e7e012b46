"""The outbox: finished documents, as the bytes that will be sent, until the office answers for each.

Invariants: a document enters in the transaction that finishes it; its state is changed only by the
office's answer for that UUID; a refused one (dead letter) never blocks the rest; acknowledged ones stay.
A settled one needs nothing more, for the reason that the office gave: it has it with another text in it, or
somebody there dismissed it. Sending is in `upload.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Index, LargeBinary, String, Text, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from pos_web.database import BookBase
from shared_web.database import Database, Key, one_after_another
from sync_contract.uploads import Document, Receipt, encode_document

# Documents, in one transaction: some ten milliseconds.
OFFERED_AT_ONCE = 2_000
WAITING, ACKNOWLEDGED, REFUSED, SETTLED = "waiting", "acknowledged", "refused", "settled"


class OutboxDocument(BookBase):
    """`sequence` grows with every document of the store; `epoch` is that of the office which answered."""

    __tablename__ = "outbox_documents"
    __table_args__ = (
        Index("ix_outbox_documents_waiting", "store_id", "state", "sequence"),
        Index("ix_outbox_documents_sequence", "store_id", "sequence"),
    )

    uuid: Mapped[str] = mapped_column(Key, primary_key=True)
    store_id: Mapped[str] = mapped_column(Key)
    sequence: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(15), default=WAITING)
    reason: Mapped[str] = mapped_column(Text, default="")
    queued_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    epoch: Mapped[str] = mapped_column(String(32), default="")


@dataclass(frozen=True)
class Waiting:
    """How much waits to go up, since when, and how many dead letters need a person.

    `oldest_at` is of the one that has waited longest: the first in sequence, whatever the clock said then.
    """

    length: int = 0
    oldest_at: datetime | None = None
    refused: int = 0

    @property
    def unsent(self) -> int:
        """All that no office has."""
        return self.length + self.refused

    def oldest_age(self, now: datetime) -> timedelta:
        """How long the oldest has waited, as well as the clock tells; nothing when none waits.

        One that was finished "later than now" was finished by a wrong clock: by how much, is the least that
        is known, and it must not look as if it had come a moment ago.
        """
        return abs(now - self.oldest_at) if self.oldest_at is not None else timedelta()


def enqueue(session: Session, *, store_id: str, document: Document, now: datetime) -> OutboxDocument:
    """Put a finished document into the outbox, within the caller's transaction."""
    entry = OutboxDocument(
        uuid=document.uuid,
        store_id=store_id,
        sequence=_next_sequence(session, store_id),
        kind=document.__struct_config__.tag,
        content=encode_document(document),
        queued_at=now,
    )
    session.add(entry)
    # A second document of the same transaction must find this one's sequence.
    session.flush()
    return entry


def next_waiting(
    session: Session, *, store_id: str, count: int, largest_bytes: int
) -> list[tuple[str, bytes]]:
    """UUIDs and bytes of the oldest waiting documents: at least one if any waits."""
    rows = session.execute(
        select(OutboxDocument.uuid, OutboxDocument.content)
        .where(OutboxDocument.store_id == store_id, OutboxDocument.state == WAITING)
        .order_by(OutboxDocument.sequence, OutboxDocument.uuid)
        .limit(count)
    )
    batch: list[tuple[str, bytes]] = []
    size = 0
    for uuid, content in rows:
        size += len(content)
        if batch and size > largest_bytes:
            break
        batch.append((uuid, content))
    return batch


def record_receipts(
    session: Session, *, store_id: str, receipts: Iterable[Receipt], epoch: str, now: datetime
) -> None:
    """Write down the office's answers; an answer for anything that does not wait is ignored."""
    for receipt in receipts:
        state = _state_after(receipt)
        session.execute(
            update(OutboxDocument)
            .where(
                OutboxDocument.uuid == receipt.uuid,
                OutboxDocument.store_id == store_id,
                OutboxDocument.state == WAITING,
            )
            .values(
                state=state,
                reason="" if state == ACKNOWLEDGED else receipt.reason,
                answered_at=now,
                epoch=epoch,
            )
        )


def _state_after(receipt: Receipt) -> str:
    if receipt.outcome == "refused":
        return SETTLED if receipt.is_settled else REFUSED
    return SETTLED if receipt.outcome == "duplicate" and receipt.reason else ACKNOWLEDGED


def offer_again(book: Database, *, store_id: str, epoch: str = "") -> None:
    """After an office restore: all that another epoch than `epoch` acknowledged or settled waits again.

    Without one, all that ever was. A store's whole life may be in there: a tap waits for a chunk of it at
    most. The oldest come first; whoever is broken off begins once more, and passes over what waits already.
    """
    with book.read() as session:
        newest = _newest_sequence(session, store_id)
    for first in range(1, newest + 1, OFFERED_AT_ONCE):
        with book.write() as session:
            session.execute(
                update(OutboxDocument)
                .where(
                    OutboxDocument.store_id == store_id,
                    OutboxDocument.sequence.between(first, first + OFFERED_AT_ONCE - 1),
                    OutboxDocument.state.in_([ACKNOWLEDGED, SETTLED]),
                    OutboxDocument.epoch != epoch,
                )
                .values(state=WAITING, reason="", answered_at=None)
            )
            session.commit()


def waiting(session: Session, *, store_id: str) -> Waiting:
    counts = session.execute(
        select(OutboxDocument.state, func.count())
        .where(OutboxDocument.store_id == store_id, OutboxDocument.state.in_([WAITING, REFUSED]))
        .group_by(OutboxDocument.state)
    )
    found: dict[str, int] = dict(counts.all())
    oldest = (
        select(OutboxDocument.queued_at)
        .where(OutboxDocument.store_id == store_id, OutboxDocument.state == WAITING)
        .order_by(OutboxDocument.sequence)
        .limit(1)
    )
    return Waiting(found.get(WAITING, 0), session.scalar(oldest), found.get(REFUSED, 0))


def unsent_by_store(session: Session) -> dict[str, int]:
    """How many documents no office has, by store id, also of stores that are served no more."""
    counted = select(OutboxDocument.store_id, func.count()).group_by(OutboxDocument.store_id)
    unsent = counted.where(OutboxDocument.state.in_([WAITING, REFUSED])).order_by(OutboxDocument.store_id)
    return dict(session.execute(unsent).all())


def _next_sequence(session: Session, store_id: str) -> int:
    # Counted, not timed: a clock that is put back must not let a later sale overtake an earlier one.
    one_after_another(session, f"outbox {store_id}")
    return _newest_sequence(session, store_id) + 1


def _newest_sequence(session: Session, store_id: str) -> int:
    newest = select(func.max(OutboxDocument.sequence)).where(OutboxDocument.store_id == store_id)
    return session.scalar(newest) or 0
