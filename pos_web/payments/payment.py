"""Tenders applied to an order. `idempotency_key` comes from the form, so a double press pays once.

Invariant: a key pays once for ever, also when its payment was removed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pos_web.database import BookBase, new_uuid
from shared_web.database import Key

# What a refund pays back has a key of its own; no form may come with such a one.
REFUND_KEY = "refund-"


class Payment(BookBase):
    """`amount_cents` settles the order; tendered − change = amount + rounding (docs/pricing.md)."""

    __tablename__ = "payments"
    __table_args__ = (UniqueConstraint("store_id", "idempotency_key"),)

    uuid: Mapped[str] = mapped_column(Key, primary_key=True, default=new_uuid)
    store_id: Mapped[str] = mapped_column(Key)
    order_uuid: Mapped[str] = mapped_column(Key, ForeignKey("orders.uuid", ondelete="CASCADE"), index=True)
    idempotency_key: Mapped[str] = mapped_column(String(64))
    tender_type: Mapped[str] = mapped_column(Key)
    name: Mapped[str] = mapped_column(String(80))
    method: Mapped[str] = mapped_column(String(20))
    amount_cents: Mapped[int]
    tendered_cents: Mapped[int]
    change_cents: Mapped[int] = mapped_column(default=0)
    rounding_cents: Mapped[int] = mapped_column(default=0)
    taken_at: Mapped[datetime]


class RemovedPayment(BookBase):
    """The key of a payment that was taken back before its order was finished."""

    __tablename__ = "removed_payments"

    store_id: Mapped[str] = mapped_column(Key, primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    order_uuid: Mapped[str] = mapped_column(Key, ForeignKey("orders.uuid", ondelete="CASCADE"), index=True)
    removed_at: Mapped[datetime]
