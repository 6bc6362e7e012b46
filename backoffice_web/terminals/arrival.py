"""How a version came to the guests, step by step, and the syncs that brought it, as nodes reported them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base
from shared_web.database import Key

# The first two places of every version; the others are the ids of terminals, whose screens show it.
HEARD, APPLIED = "heard", "applied"


class Arrival(Base):
    """When `version` came to `place`: its node heard of it, its store sells by it, a terminal shows it.

    Versions between this one and the one before it came along at the same time. `at` is by our own clock.
    `since`: what was published before it did not wait for this place, which was not there yet.
    """

    __tablename__ = "arrivals"
    __table_args__ = (Index("ix_arrivals_store_id_at", "store_id", "at"),)

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    place: Mapped[str] = mapped_column(Key, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    since: Mapped[datetime | None]


class StoreSync(Base):
    """One sync in a store's history. Times in ms, sizes in bytes; `outcome` and `reason` as the node says."""

    __tablename__ = "store_syncs"
    __table_args__ = (Index("ix_store_syncs_store_id_started_at", "store_id", "started_at"),)

    uuid: Mapped[str] = mapped_column(Key, primary_key=True)
    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(String(80))
    is_manual: Mapped[bool] = mapped_column(default=False)
    is_full: Mapped[bool] = mapped_column(default=False)
    from_version: Mapped[int]
    to_version: Mapped[int]
    change_count: Mapped[int] = mapped_column(default=0)
    byte_count: Mapped[int] = mapped_column(default=0)
    duration_ms: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text, default="")
