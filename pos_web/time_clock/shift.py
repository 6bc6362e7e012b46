"""Who works now, and worked: shifts and their breaks, as the Time Clock of this store knows them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pos_web.database import BookBase
from shared_web.database import Key

OPEN = text("clocked_out_at IS NULL")


class Shift(BookBase):
    """From a clock-in to its clock-out; one person has at most one open shift in a store.

    The facts are the punches, which went up as documents; `correction` is the sequence of the newest
    correction by the office that these times follow (0: none).
    """

    __tablename__ = "shifts"
    __table_args__ = (
        Index(
            "ix_shifts_open", "store_id", "employee_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN
        ),
        Index("ix_shifts_correction", "store_id", "correction"),
    )

    uuid: Mapped[str] = mapped_column(Key, primary_key=True)
    store_id: Mapped[str] = mapped_column(Key)
    employee_id: Mapped[str] = mapped_column(Key)
    employee_name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(Key, default="")
    role_name: Mapped[str] = mapped_column(String(80), default="")
    business_date: Mapped[date] = mapped_column(Date)
    clocked_in_at: Mapped[datetime]
    clocked_out_at: Mapped[datetime | None]
    correction: Mapped[int] = mapped_column(default=0)
    breaks: Mapped[list[ShiftBreak]] = relationship(order_by="ShiftBreak.began_at")

    @property
    def open_break(self) -> ShiftBreak | None:
        return next((each for each in self.breaks if each.ended_at is None), None)


class ShiftBreak(BookBase):
    """A break as it was taken; `minutes` is its planned length."""

    __tablename__ = "shift_breaks"

    uuid: Mapped[str] = mapped_column(Key, primary_key=True)
    shift_uuid: Mapped[str] = mapped_column(Key, ForeignKey("shifts.uuid"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    minutes: Mapped[int]
    is_paid: Mapped[bool]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
