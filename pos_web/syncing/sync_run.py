"""The store's history of syncs, what its agent knows about the office, and who may sync."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pos_web.database import BookBase, new_uuid
from shared_web.database import Key


class SyncRun(BookBase):
    """`started_by` is a person's or terminal's name; of an automatic run, start or auto.

    `outcome` and `reason` are those of `sync_result.py`; times in ms, sizes in bytes. `sequence` counts the
    store's runs as they were written down: a clock that is put back must not hide the later ones.
    """

    __tablename__ = "sync_runs"
    __table_args__ = (Index("ix_sync_runs_sequence", "store_id", "sequence"),)

    uuid: Mapped[str] = mapped_column(Key, primary_key=True, default=new_uuid)
    store_id: Mapped[str] = mapped_column(Key)
    sequence: Mapped[int]
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(String(80))
    is_manual: Mapped[bool] = mapped_column(default=False)
    is_full: Mapped[bool] = mapped_column(default=False)
    from_version: Mapped[int]
    to_version: Mapped[int]
    change_count: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    byte_count: Mapped[int] = mapped_column(default=0)
    duration_ms: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")


class SyncState(BookBase):
    """What the agent knows about the office, for the screens of every worker. One row per store.

    `checked_at` is when the versions were last compared; `unreachable_since` is set while the office
    does not answer; `waiting_…` tells of versions that are published but not applied yet; `heard_version` is
    the newest that this store knows of, since `heard_at`; `told_sequence` that of the last run that
    the office has been told of.
    """

    __tablename__ = "sync_states"

    store_id: Mapped[str] = mapped_column(Key, primary_key=True)
    epoch: Mapped[str] = mapped_column(String(32), default="")
    checked_at: Mapped[datetime | None]
    office_version: Mapped[str] = mapped_column(String(20), default="")
    unreachable_since: Mapped[datetime | None]
    waiting_version: Mapped[int] = mapped_column(default=0)
    waiting_count: Mapped[int] = mapped_column(default=0)
    waiting_authors: Mapped[list[str]] = mapped_column(JSON, default=list)
    heard_version: Mapped[int] = mapped_column(default=0)
    heard_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    failed_outcome: Mapped[str] = mapped_column(String(20), default="")
    failed_reason: Mapped[str] = mapped_column(Text, default="")
    told_sequence: Mapped[int] = mapped_column(default=0)


class SyncRequest(BookBase):
    """A sync that a worker without the lease asks the one with it to run; the run takes its uuid."""

    __tablename__ = "sync_requests"
    __table_args__ = (Index("ix_sync_requests_store", "store_id", "asked_at"),)

    uuid: Mapped[str] = mapped_column(Key, primary_key=True, default=new_uuid)
    store_id: Mapped[str] = mapped_column(Key)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(80))
    is_full: Mapped[bool] = mapped_column(default=False)
    takes_older: Mapped[bool] = mapped_column(default=False)


class SyncLease(BookBase):
    """Which worker's agent may sync the store until `expires_at`; `fence` grows with each owner."""

    __tablename__ = "sync_leases"

    store_id: Mapped[str] = mapped_column(Key, primary_key=True)
    owner: Mapped[str] = mapped_column(Key)
    fence: Mapped[int] = mapped_column(default=1)
    expires_at: Mapped[datetime]
