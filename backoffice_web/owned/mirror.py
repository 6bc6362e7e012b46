"""What the stores last told of their own things, and what the office wants changed of them.

Invariants: the mirror is only ever what a store sent; the office changes nothing in it but sends commands.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, Keyed
from shared_web.database import Key

WAITING, DONE, STALE, REFUSED, WITHDRAWN = "waiting", "done", "stale", "refused", "withdrawn"


class OwnedMirror(Base):
    """One store-owned thing as its store has it; `body` as in `sync_contract.owned`."""

    __tablename__ = "owned_mirrors"

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(129), primary_key=True)
    revision: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    changed_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime]


class OwnedMirrorState(Base):
    """The revision of a store's own things that the mirror shows."""

    __tablename__ = "owned_mirror_states"

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime]


class StoreCommand(Base, Keyed):
    """A change that somebody asked a store for; its id is the command's UUID.

    `seen_revision` is what they looked at, 0 for nothing. `body` None takes the record away. `label` is
    what it is about, for people.
    """

    __tablename__ = "store_commands"
    __table_args__ = (Index("ix_store_commands_state", "store_id", "state", "asked_at"),)

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"))
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(129))
    seen_revision: Mapped[int]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    label: Mapped[str] = mapped_column(String(200), default="")
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    reason: Mapped[str] = mapped_column(String(200), default="")
    answered_at: Mapped[datetime | None]
