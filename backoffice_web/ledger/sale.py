"""What the stores have sold: every document as it came, and the sales read out of them.

A sale is a fact: it is kept even when its item is unknown here or its total looks odd; then it is
flagged. Amounts are minor units of `currency`; no total ever adds two currencies.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice_web.database import Base
from shared_web.database import Key


class UploadedDocument(Base):
    """The bytes of an accepted document, once per UUID."""

    __tablename__ = "uploaded_documents"

    uuid: Mapped[str] = mapped_column(Key, primary_key=True)
    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]


class Sale(Base):
    """A finished order, or the refund of one, as the Back Office lists it."""

    __tablename__ = "sales"
    __table_args__ = (
        Index("ix_sales_store_day", "store_id", "business_date"),
        Index("ix_sales_store_finished", "store_id", "finished_at"),
    )

    uuid: Mapped[str] = mapped_column(Key, primary_key=True)
    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"))
    terminal_id: Mapped[str] = mapped_column(Key, index=True)
    number: Mapped[str] = mapped_column(String(40), index=True)
    series: Mapped[str] = mapped_column(String(40))
    counter: Mapped[int]
    is_refund: Mapped[bool] = mapped_column(default=False)
    refund_of: Mapped[str] = mapped_column(Key, default="", index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    employee_id: Mapped[str] = mapped_column(Key)
    employee_name: Mapped[str] = mapped_column(String(80))
    finished_at: Mapped[datetime] = mapped_column(index=True)
    business_date: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    subtotal_cents: Mapped[int]
    tax_cents: Mapped[int]
    total_cents: Mapped[int]
    version: Mapped[int]
    flag: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime]
    lines: Mapped[list[SaleLine]] = relationship(order_by="SaleLine.position", cascade="all, delete-orphan")
    payments: Mapped[list[SalePayment]] = relationship(
        order_by="SalePayment.position", cascade="all, delete-orphan"
    )


class ReceiptMark(Base):
    """The highest receipt counter the office holds per terminal and series: a restored node starts above."""

    __tablename__ = "receipt_marks"

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    terminal_id: Mapped[str] = mapped_column(Key, primary_key=True)
    series: Mapped[str] = mapped_column(String(40), primary_key=True)
    counter: Mapped[int]


class SaleLine(Base):
    __tablename__ = "sale_lines"

    sale_uuid: Mapped[str] = mapped_column(
        Key, ForeignKey("sales.uuid", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(Key, index=True)
    variant_id: Mapped[str] = mapped_column(Key)
    name: Mapped[str] = mapped_column(String(410))
    category: Mapped[str] = mapped_column(String(80), default="")
    quantity: Mapped[int]
    unit_price_cents: Mapped[int]
    total_cents: Mapped[int]
    tax_cents: Mapped[int]
    version: Mapped[int]


class SalePayment(Base):
    __tablename__ = "sale_payments"

    sale_uuid: Mapped[str] = mapped_column(
        Key, ForeignKey("sales.uuid", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    method: Mapped[str] = mapped_column(String(20))
    amount_cents: Mapped[int]
    tendered_cents: Mapped[int]
    change_cents: Mapped[int]
