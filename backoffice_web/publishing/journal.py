"""The office's journal: append-only, who changed which field of which record, from what to what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, Keyed


class JournalEntry(Base, Keyed):
    """`action` is created, changed, archived, published, signed_in …; secrets never appear in it."""

    __tablename__ = "journal_entries"
    __table_args__ = (Index("ix_journal_entries_record", "kind", "key"),)

    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(200))
    field: Mapped[str] = mapped_column(String(80), default="")
    before: Mapped[str] = mapped_column(Text, default="")
    after: Mapped[str] = mapped_column(Text, default="")
