"""The small published lists that tills sell by: discounts, reasons and tender types."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, Edited
from shared_web.database import Key


class Discount(Base, Edited):
    """A priced reduction: a rate, or an amount in the currency of one store."""

    __tablename__ = "discounts"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    scope: Mapped[str] = mapped_column(String(10), default="order")
    rate_millionths: Mapped[int] = mapped_column(default=0)
    amount_cents: Mapped[int] = mapped_column(default=0)
    store_id: Mapped[str | None] = mapped_column(Key, ForeignKey("stores.id"))
    position: Mapped[int] = mapped_column(default=0)
    is_archived: Mapped[bool] = mapped_column(default=False)


class Reason(Base, Edited):
    """`purpose` is refund, void, comp, paid_in, paid_out or no_sale."""

    __tablename__ = "reasons"

    purpose: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(default=0)
    is_archived: Mapped[bool] = mapped_column(default=False)


class TenderType(Base, Edited):
    """`method` is cash or card_machine."""

    __tablename__ = "tender_types"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    method: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(default=0)
    is_archived: Mapped[bool] = mapped_column(default=False)
