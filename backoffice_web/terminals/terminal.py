"""Terminals, and what their stores' nodes last reported of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, Edited
from shared_web.database import Key


class Terminal(Base, Edited):
    """One selling browser of a store. `code` prefixes its receipt numbers, unique in the store.

    `registration` counts the browsers that were registered or sent away: only the newest one sells.
    `registration_code_hash` and its expiry are set while the terminal waits for its browser.
    """

    __tablename__ = "terminals"
    __table_args__ = (UniqueConstraint("store_id", "code"), UniqueConstraint("store_id", "name"))

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"))
    name: Mapped[str] = mapped_column(String(80))
    code: Mapped[str] = mapped_column(String(8))
    is_archived: Mapped[bool] = mapped_column(default=False)
    registered_at: Mapped[datetime | None]
    registration: Mapped[int] = mapped_column(default=0)
    registration_code_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    registration_code_expires_at: Mapped[datetime | None]


class TerminalState(Base):
    """What a terminal last showed, as its node reported it; `first_seen_at` is when it told of it first."""

    __tablename__ = "terminal_states"

    terminal_id: Mapped[str] = mapped_column(
        Key, ForeignKey("terminals.id", ondelete="CASCADE"), primary_key=True
    )
    shown_version: Mapped[int] = mapped_column(default=0)
    has_open_order: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(45), default="")


class StoreState(Base):
    """What a store's node last reported: the version it sells from, and what waits in its outbox.

    `clock_ahead_s` is how far its clock is ahead of ours (behind: negative); `address` where it reports from.
    `line_since` is when its newest socket came, `line_cut_at` when that one went. `sent_at` is when
    the report was sent, by the node's clock.
    """

    __tablename__ = "store_states"

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(32), default="")
    applied_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(40), default="")
    started_by: Mapped[str] = mapped_column(String(80), default="")
    duration_ms: Mapped[int] = mapped_column(default=0)
    outbox_length: Mapped[int] = mapped_column(default=0)
    outbox_oldest_at: Mapped[datetime | None]
    refused_count: Mapped[int] = mapped_column(default=0)
    heard_version: Mapped[int] = mapped_column(default=0)
    clock_ahead_s: Mapped[int] = mapped_column(default=0)
    address: Mapped[str] = mapped_column(String(45), default="")
    app_version: Mapped[str] = mapped_column(String(20), default="")
    line_since: Mapped[datetime | None]
    line_cut_at: Mapped[datetime | None]
