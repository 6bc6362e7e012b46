"""The outbox: finished documents, as the bytes that will be sent, until the office answers for each.

Invariants: a document enters in the transaction that finishes it; its state is changed only by the
office's answer for that UUID; a refused one (dead letter) never blocks the rest; acknowledged ones stay.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from pos_web.database import BookBase
from shared_web.database import Key
from sync_contract.uploads import Document, encode_document

WAITING, ACKNOWLEDGED, REFUSED = "waiting", "acknowledged", "refused"


class OutboxDocument(BookBase):
    __tablename__ = "outbox_documents"
    __table_args__ = (Index("ix_outbox_documents_waiting", "store_id", "state", "sequence"),)

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


def enqueue(session: Session, *, store_id: str, document: Document, now: datetime) -> OutboxDocument:
    """Put a finished document into the outbox, within the caller's transaction."""
    entry = OutboxDocument(
        uuid=document.uuid,
        store_id=store_id,
        sequence=int(now.timestamp() * 1_000_000),
        kind=document.__struct_config__.tag,
        content=encode_document(document),
        queued_at=now,
    )
    session.add(entry)
    return entry
