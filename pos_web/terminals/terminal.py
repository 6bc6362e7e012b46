"""Terminals and stores as this node knows them, so that it starts and sells without the office."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from pos_web.database import BookBase
from shared_web.database import Key


class ServedStore(BookBase):
    """A store that this node serves, as the office last told.

    `is_gone`: it serves the store no more, and documents of it have not reached the office.
    """

    __tablename__ = "served_stores"

    store_id: Mapped[str] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    epoch: Mapped[str] = mapped_column(String(32))
    is_demo: Mapped[bool] = mapped_column(default=False)
    is_gone: Mapped[bool] = mapped_column(default=False)


class Terminal(BookBase):
    """`series` of receipt numbers: a restore of this book opens a new one. `last_counter` has no gaps.

    `shown_at`: since when its page shows `shown_version`.
    """

    __tablename__ = "terminals"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    store_id: Mapped[str] = mapped_column(Key, index=True)
    name: Mapped[str] = mapped_column(String(80))
    code: Mapped[str] = mapped_column(String(8))
    is_registered: Mapped[bool] = mapped_column(default=False)
    registration: Mapped[int] = mapped_column(default=0)
    is_archived: Mapped[bool] = mapped_column(default=False)
    series: Mapped[int] = mapped_column(default=1)
    last_counter: Mapped[int] = mapped_column(default=0)
    # The short number that people call an open order by; the receipt number is another one.
    last_ticket: Mapped[int] = mapped_column(default=0)
    shown_version: Mapped[int] = mapped_column(default=0)
    shown_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    # From where its page last came; what a reverse proxy tells, when one is believed.
    address: Mapped[str] = mapped_column(String(45), default="")
