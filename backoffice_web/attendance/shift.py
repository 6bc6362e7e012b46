"""Who worked when: the stores' punches as facts, the office's corrections, and the shifts that follow.

Invariants: a punch is kept as it came and never changed; a correction is added, never changed; a shift is
derived from both (`derive.py`) and could be thrown away. Times are UTC.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, Edited, Keyed
from shared_web.database import Key


class Punch(Base):
    """One press at a Time Clock, as its document told it."""

    __tablename__ = "punches"

    uuid: Mapped[str] = mapped_column(Key, primary_key=True)
    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"))
    shift_uuid: Mapped[str] = mapped_column(Key, index=True)
    terminal_id: Mapped[str] = mapped_column(Key)
    employee_id: Mapped[str] = mapped_column(Key)
    employee_name: Mapped[str] = mapped_column(String(80))
    event: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    business_date: Mapped[date] = mapped_column(Date)
    role_id: Mapped[str] = mapped_column(Key, default="")
    role_name: Mapped[str] = mapped_column(String(80), default="")
    break_name: Mapped[str] = mapped_column(String(40), default="")
    break_minutes: Mapped[int] = mapped_column(default=0)
    is_paid: Mapped[bool] = mapped_column(default=False)


class Correction(Base, Keyed):
    """How somebody in the office mended a shift, whole; the newest `sequence` of a shift counts.

    `sequence` counts 1, 2, 3 … in a store: by it the store's node hears of each once.
    """

    __tablename__ = "shift_corrections"
    __table_args__ = (UniqueConstraint("store_id", "sequence"),)

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"))
    sequence: Mapped[int]
    shift_uuid: Mapped[str] = mapped_column(Key, index=True)
    employee_id: Mapped[str] = mapped_column(Key)
    employee_name: Mapped[str] = mapped_column(String(80))
    role_id: Mapped[str] = mapped_column(Key)
    role_name: Mapped[str] = mapped_column(String(80))
    business_date: Mapped[date] = mapped_column(Date)
    clocked_in_at: Mapped[datetime]
    clocked_out_at: Mapped[datetime | None]
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(80))


class Shift(Base, Edited):
    """A shift as it counts; its id is the UUID that its punches name.

    `paid_break_s` and `unpaid_break_s` are seconds of breaks that ended; `break_began_at` is set while the
    person is on one. The revision grows with punches and corrections, so that nobody mends what they did
    not see.
    """

    __tablename__ = "shifts"
    __table_args__ = (
        Index("ix_shifts_store_day", "store_id", "business_date"),
        Index("ix_shifts_employee", "employee_id", "clocked_in_at"),
    )

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"))
    employee_id: Mapped[str] = mapped_column(Key)
    employee_name: Mapped[str] = mapped_column(String(80))
    role_id: Mapped[str] = mapped_column(Key, default="")
    role_name: Mapped[str] = mapped_column(String(80), default="")
    business_date: Mapped[date] = mapped_column(Date)
    clocked_in_at: Mapped[datetime]
    clocked_out_at: Mapped[datetime | None]
    paid_break_s: Mapped[int] = mapped_column(default=0)
    unpaid_break_s: Mapped[int] = mapped_column(default=0)
    break_name: Mapped[str] = mapped_column(String(40), default="")
    break_began_at: Mapped[datetime | None]
    corrected_by: Mapped[str] = mapped_column(String(80), default="")
