"""Store-owned things in the store's book, and what the office has of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from pos_web.database import BookBase
from shared_web.database import Key


class OwnedRecord(BookBase):
    """`revision` is the store's at the last change of this record; `body` as in `sync_contract.owned`."""

    __tablename__ = "owned_records"

    store_id: Mapped[str] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(129), primary_key=True)
    revision: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    changed_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime]


class OwnedState(BookBase):
    """`revision` counts every change; the office of `mirrored_epoch` has all up to `mirrored_revision`."""

    __tablename__ = "owned_states"

    store_id: Mapped[str] = mapped_column(Key, primary_key=True)
    revision: Mapped[int] = mapped_column(default=0)
    mirrored_revision: Mapped[int] = mapped_column(default=0)
    mirrored_epoch: Mapped[str] = mapped_column(String(32), default="")


class CarriedOut(BookBase):
    """A command of the office that this store has answered: once, however often it comes."""

    __tablename__ = "carried_out_commands"

    uuid: Mapped[str] = mapped_column(Key, primary_key=True)
    store_id: Mapped[str] = mapped_column(Key, index=True)
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime]
    is_told: Mapped[bool] = mapped_column(default=False)
