"""The store's journal: who did what at which terminal. Append-only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from pos_web.database import BookBase, new_uuid
from shared_web.database import Key


class JournalEntry(BookBase):
    __tablename__ = "journal_entries"
    __table_args__ = (Index("ix_journal_entries_at", "store_id", "at"),)

    uuid: Mapped[str] = mapped_column(Key, primary_key=True, default=new_uuid)
    store_id: Mapped[str] = mapped_column(Key)
    terminal_id: Mapped[str] = mapped_column(Key)
    employee_id: Mapped[str] = mapped_column(Key)
    employee_name: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    # Who approved it, when the person was not allowed to do it alone.
    approver_id: Mapped[str] = mapped_column(Key, default="")
    approver_name: Mapped[str] = mapped_column(String(80), default="")


class PinFailure(BookBase):
    """Wrong PINs of one person at one terminal, for the back-off; cleared by a right one."""

    __tablename__ = "pin_failures"

    store_id: Mapped[str] = mapped_column(Key, primary_key=True)
    terminal_id: Mapped[str] = mapped_column(Key, primary_key=True)
    employee_id: Mapped[str] = mapped_column(Key, primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]
