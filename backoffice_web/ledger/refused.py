"""What the office refused of its stores, for a person to look at: the sentence, and the bytes as they came.

Invariants: a refused document counts for nothing; it is listed once however often it comes, and leaves
the list when it is accepted after all. A store cannot fill the office: there is a limit for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ForeignKey, LargeBinary, Text, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from backoffice_web.database import Base
from shared_web.database import Key
from sync_contract.uploads import Order, Receipt, UnreadableDocument, decode_document

MOST_PER_STORE = 1_000
LARGEST_KEPT = 64 * 1024  # bytes


class RefusedDocument(Base):
    """`key` is the document's UUID, or the hash of one that has none."""

    __tablename__ = "refused_documents"

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(Text)
    times: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


@dataclass(frozen=True)
class Refusal:
    """A refused document as the list shows it; amounts in minor units, None where it cannot be read."""

    store_id: str
    key: str
    name: str
    total_cents: int | None
    currency: str
    reason: str
    times: int
    last_at: datetime


def note_refused(
    session: Session, *, store_id: str, refused: Iterable[tuple[bytes, Receipt]], now: datetime
) -> None:
    """Remember these refusals."""
    for content, receipt in refused:
        key = receipt.uuid or sha256(content).hexdigest()
        known = session.get(RefusedDocument, (store_id, key))
        if known is not None:
            known.reason, known.last_at, known.times = receipt.reason, now, known.times + 1
            known.content = content[:LARGEST_KEPT]
        elif _count(session, [store_id]) < MOST_PER_STORE:
            session.add(
                RefusedDocument(
                    store_id=store_id,
                    key=key,
                    content=content[:LARGEST_KEPT],
                    reason=receipt.reason,
                    first_at=now,
                    last_at=now,
                )
            )
            session.flush()


def forget_refused(session: Session, *, uuids: Sequence[str]) -> None:
    """These were accepted after all, whichever store they came through."""
    if uuids:
        session.execute(delete(RefusedDocument).where(RefusedDocument.key.in_(uuids)))


def refusals(session: Session, *, store_ids: Sequence[str]) -> list[Refusal]:
    """What these stores have that the office refused, newest first."""
    rows = session.scalars(
        select(RefusedDocument)
        .where(RefusedDocument.store_id.in_(store_ids))
        .order_by(RefusedDocument.last_at.desc(), RefusedDocument.key)
    )
    return [_refusal(row) for row in rows]


def count_refused(session: Session, *, store_ids: Sequence[str]) -> int:
    return _count(session, store_ids)


def _count(session: Session, store_ids: Sequence[str]) -> int:
    found = select(func.count()).select_from(RefusedDocument)
    return session.scalar(found.where(RefusedDocument.store_id.in_(store_ids))) or 0


def _refusal(row: RefusedDocument) -> Refusal:
    try:
        document = decode_document(row.content)
    except (UnreadableDocument, RecursionError):
        document = None
    order = document if isinstance(document, Order) else None
    return Refusal(
        store_id=row.store_id,
        key=row.key,
        name=order.number if order is not None else getattr(document, "action", ""),
        total_cents=order.total_cents if order is not None else None,
        currency=order.currency if order is not None else "",
        reason=row.reason,
        times=row.times,
        last_at=row.last_at,
    )
