"""Which terminals are connected at this moment: one row for each worker at which a terminal has sockets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from pos_web.database import BookBase
from shared_web.database import Key


class Connection(BookBase):
    """`since` outlives the page: a terminal that goes from page to page stays connected.

    `connected_at` is when the row was written last, `gone_at` when the last socket closed.
    """

    __tablename__ = "connections"

    worker: Mapped[str] = mapped_column(String(16), primary_key=True)
    terminal_id: Mapped[str] = mapped_column(Key, primary_key=True)
    store_id: Mapped[str] = mapped_column(Key, index=True)
    employee_name: Mapped[str] = mapped_column(String(80), default="")
    since: Mapped[datetime]
    connected_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
