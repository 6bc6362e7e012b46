"""What the office mended about shifts: a forgotten clock-out, a forgotten clock-in.

Invariants: corrections are heard in the order of their sequence and each has one effect, however often
it is heard; the punches themselves stay as they were, here and in the office.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pos_web.time_clock.punch import open_shift
from pos_web.time_clock.shift import Shift
from sync_contract.changes import ShiftCorrection


def newest_correction(session: Session, *, store_id: str) -> int:
    """The sequence of the newest correction that this store has heard."""
    newest = session.scalar(select(func.max(Shift.correction)).where(Shift.store_id == store_id))
    return newest or 0


def heed_corrections(session: Session, *, store_id: str, corrections: Iterable[ShiftCorrection]) -> None:
    """Let the store's shifts follow the office; the caller commits."""
    for correction in sorted(corrections, key=lambda each: each.sequence):
        shift = session.get(Shift, correction.shift)
        if shift is None:
            shift = Shift(uuid=correction.shift, store_id=store_id, clocked_out_at=None)
        elif shift.store_id != store_id or shift.correction >= correction.sequence:
            continue
        _follow(session, shift, correction)
        session.add(shift)
        session.flush()


def _follow(session: Session, shift: Shift, correction: ShiftCorrection) -> None:
    shift.employee_id, shift.employee_name = correction.employee, correction.employee_name[:80]
    shift.role, shift.role_name = correction.role, correction.role_name[:80]
    shift.business_date, shift.clocked_in_at = correction.business_date, correction.clocked_in_at
    shift.correction = correction.sequence
    shift.clocked_out_at = correction.clocked_out_at or shift.clocked_out_at
    if shift.clocked_out_at is None:
        _let_one_be_open(session, shift)
    elif shift.open_break is not None:
        shift.open_break.ended_at = max(shift.clocked_out_at, shift.open_break.began_at)


def _let_one_be_open(session: Session, shift: Shift) -> None:
    """The person clocked in here before the office's own clock-in came: the punch that they made stays."""
    with session.no_autoflush:
        other = open_shift(session, store_id=shift.store_id, employee=shift.employee_id)
    if other is not None and other.uuid != shift.uuid:
        shift.clocked_out_at = _end_of_no_shift(shift)


def _end_of_no_shift(shift: Shift) -> datetime:
    # Kept, so that its sequence counts as heard, but without length.
    return shift.clocked_in_at
