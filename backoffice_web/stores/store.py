"""A store: its profile, its tills' settings, and its price list."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, Edited
from backoffice_web.stores.breaks import breaks_text
from shared_web.database import Key


class Store(Base, Edited):
    """Published as `store_profile` and `store_settings` under its own id."""

    __tablename__ = "stores"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    currency: Mapped[str] = mapped_column(String(3))
    locale: Mapped[str] = mapped_column(String(12))
    time_zone: Mapped[str] = mapped_column(String(64))
    day_cutoff_minutes: Mapped[int] = mapped_column(default=0)
    price_list_id: Mapped[str] = mapped_column(Key, ForeignKey("price_lists.id"))
    address: Mapped[str] = mapped_column(Text, default="")
    tax_number: Mapped[str] = mapped_column(String(40), default="")
    receipt_header: Mapped[str] = mapped_column(Text, default="")
    receipt_footer: Mapped[str] = mapped_column(Text, default="")
    auto_sync_after_s: Mapped[int] = mapped_column(default=15)
    pin_length: Mapped[int] = mapped_column(default=4)
    idle_lock_s: Mapped[int] = mapped_column(default=120)
    lock_after_sale: Mapped[bool] = mapped_column(default=False)
    cash_rounding_cents: Mapped[int] = mapped_column(default=1)
    # One a line, as in `breaks.py`.
    breaks: Mapped[str] = mapped_column(Text, default=breaks_text())
    created_at: Mapped[datetime]
