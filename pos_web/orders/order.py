"""An order and its lines, saved line by line as they are rung.

Invariants: a line keeps its name, unit price and taxes for ever, also when its quantity changes;
`version` on a line is the version it was rung on; a tap rings once, however often it is repeated.
Amounts are minor units of the store's currency.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pos_web.database import BookBase, new_uuid
from shared_web.database import Key


class Order(BookBase):
    """`state` is open, held, finished or void. Receipt number fields are set when it is finished."""

    __tablename__ = "orders"
    __table_args__ = (
        # Each is asked at every tap or list, however long the store's history is.
        Index("ix_orders_terminal", "terminal_id", "state"),
        Index("ix_orders_state", "store_id", "state", "opened_at"),
        Index("ix_orders_finished", "store_id", "finished_at"),
        Index("ix_orders_day", "store_id", "business_date", "finished_at"),
        UniqueConstraint("store_id", "number"),
    )

    uuid: Mapped[str] = mapped_column(Key, primary_key=True, default=new_uuid)
    store_id: Mapped[str] = mapped_column(Key)
    terminal_id: Mapped[str] = mapped_column(Key)
    employee_id: Mapped[str] = mapped_column(Key)
    employee_name: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10), default="open")
    currency: Mapped[str] = mapped_column(String(3))
    # A short number for people while the order is open; the receipt number comes at the end.
    ticket: Mapped[int] = mapped_column(default=0)
    held_note: Mapped[str] = mapped_column(String(80), default="")
    is_refund: Mapped[bool] = mapped_column(default=False)
    refund_of: Mapped[str | None] = mapped_column(Key, unique=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    opened_at: Mapped[datetime]
    # When it was put aside first; from then on a line may be gone from it for reasons of its own.
    held_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    business_date: Mapped[date | None] = mapped_column(Date)
    number: Mapped[str | None] = mapped_column(String(40))
    series: Mapped[str] = mapped_column(String(40), default="")
    counter: Mapped[int] = mapped_column(default=0)
    subtotal_cents: Mapped[int] = mapped_column(default=0)
    tax_cents: Mapped[int] = mapped_column(default=0)
    total_cents: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)
    # Until this version the person chose Keep on the "newer prices" strip.
    kept_version: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)

    lines: Mapped[list[OrderLine]] = relationship(
        order_by="OrderLine.position", cascade="all, delete-orphan", back_populates="order"
    )

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012

    @property
    def state_key(self) -> str:
        """Another one after every change: an approval is for the order as it was shown."""
        return f"{self.uuid} {self.revision}"


class OrderLine(BookBase):
    """`unit_price_cents` includes the modifiers. `taxes`: the taxes as they were, see `orders/tax.py`.

    `listed_price_cents` is what it was rung at, when somebody sells it at another price for a reason.
    """

    __tablename__ = "order_lines"
    __table_args__ = (Index("ix_order_lines_order", "order_uuid", "position"),)

    uuid: Mapped[str] = mapped_column(Key, primary_key=True, default=new_uuid)
    order_uuid: Mapped[str] = mapped_column(Key, ForeignKey("orders.uuid", ondelete="CASCADE"))
    store_id: Mapped[str] = mapped_column(Key)
    position: Mapped[int]
    item: Mapped[str] = mapped_column(Key)
    variant: Mapped[str] = mapped_column(Key)
    name: Mapped[str] = mapped_column(String(200))
    variant_name: Mapped[str] = mapped_column(String(200), default="")
    category: Mapped[str] = mapped_column(String(80), default="")
    quantity: Mapped[int]
    unit_price_cents: Mapped[int]
    listed_price_cents: Mapped[int | None]
    override_reason: Mapped[str] = mapped_column(String(200), default="")
    # [{"modifier", "name", "price_cents"}]
    modifiers: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    # [{"tax", "name", "rate_millionths", "is_inclusive"}]
    taxes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    version: Mapped[int]
    rung_at: Mapped[datetime]
    order: Mapped[Order] = relationship(back_populates="lines")


class Tap(BookBase):
    """A tap that was done, so that a repeated request answers with the first result."""

    __tablename__ = "taps"

    store_id: Mapped[str] = mapped_column(Key, primary_key=True)
    tap: Mapped[str] = mapped_column(String(64), primary_key=True)
    order_uuid: Mapped[str] = mapped_column(Key)
    at: Mapped[datetime]
