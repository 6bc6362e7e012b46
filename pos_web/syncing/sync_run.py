"""The store's history of syncs: who or what started each, from which version to which, how it ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pos_web.database import BookBase, new_uuid
from shared_web.database import Key


class SyncRun(BookBase):
    """`started_by` is a person's name, or notice, heartbeat, reconnect, start; `outcome` see agent.py."""

    __tablename__ = "sync_runs"
    __table_args__ = (Index("ix_sync_runs_at", "store_id", "started_at"),)

    uuid: Mapped[str] = mapped_column(Key, primary_key=True, default=new_uuid)
    store_id: Mapped[str] = mapped_column(Key)
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(String(80))
    is_manual: Mapped[bool] = mapped_column(default=False)
    from_version: Mapped[int]
    to_version: Mapped[int]
    change_count: Mapped[int] = mapped_column(default=0)
    byte_count: Mapped[int] = mapped_column(default=0)
    duration_ms: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(String(20))
    sentence: Mapped[str] = mapped_column(Text, default="")


class SyncLease(BookBase):
    """Which worker's agent may sync the store until `expires_at`; `fence` grows with each owner."""

    __tablename__ = "sync_leases"

    store_id: Mapped[str] = mapped_column(Key, primary_key=True)
    owner: Mapped[str] = mapped_column(Key)
    fence: Mapped[int] = mapped_column(default=1)
    expires_at: Mapped[datetime]
