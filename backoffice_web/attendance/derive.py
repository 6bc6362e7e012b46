"""Makes the shift that follows from its punches and the newest correction.

Invariants: the order in which documents arrive does not matter; lengths are differences of UTC moments,
so a change of the clocks adds or takes nothing; a break outside the shift's times counts only within them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.attendance.shift import Correction, Punch, Shift


def derive_shift(session: Session, *, shift_uuid: str) -> Shift | None:
    """Write the shift anew; None while nothing tells when it began. The caller commits."""
    punches = session.scalars(
        select(Punch).where(Punch.shift_uuid == shift_uuid).order_by(Punch.at, Punch.uuid)
    ).all()
    correction = newest_correction(session, shift_uuid=shift_uuid)
    told = correction or _first(punches, "clock_in") or (punches[0] if punches else None)
    if told is None:
        return None
    shift = session.get(Shift, shift_uuid, with_for_update=True, populate_existing=True)
    if shift is None:
        shift = Shift(id=shift_uuid, store_id=told.store_id)
        session.add(shift)
    shift.employee_id, shift.employee_name = told.employee_id, told.employee_name
    shift.role_id, shift.role_name = told.role_id, told.role_name
    shift.business_date = told.business_date
    shift.clocked_in_at, shift.clocked_out_at = _times(punches, correction)
    shift.corrected_by = correction.by if correction is not None else ""
    _add_breaks(shift, punches)
    session.flush()
    return shift


def newest_correction(session: Session, *, shift_uuid: str) -> Correction | None:
    query = select(Correction).where(Correction.shift_uuid == shift_uuid)
    return session.scalars(query.order_by(Correction.sequence.desc()).limit(1)).first()


def worked_s(shift: Shift, *, now: datetime) -> int:
    """Seconds that count as work: from clock-in to clock-out (or `now`) without the unpaid breaks."""
    end = shift.clocked_out_at or now
    return max(0, round((end - shift.clocked_in_at).total_seconds()) - shift.unpaid_break_s)


def _times(punches: Sequence[Punch], correction: Correction | None) -> tuple[datetime, datetime | None]:
    began, ended = _first(punches, "clock_in"), _first(punches, "clock_out")
    punched_out = ended.at if ended is not None else None
    if correction is None:
        return (began or punches[0]).at, punched_out
    # The office left the end to the Time Clock, and it came.
    return correction.clocked_in_at, correction.clocked_out_at or punched_out


def _add_breaks(shift: Shift, punches: Sequence[Punch]) -> None:
    shift.paid_break_s = shift.unpaid_break_s = 0
    shift.break_name, shift.break_began_at = "", None
    begun: Punch | None = None
    for punch in punches:
        if punch.event == "break_begin":
            begun = punch
        elif punch.event == "break_end" and begun is not None:
            _count(shift, begun, punch.at)
            begun = None
    if begun is not None and shift.clocked_out_at is not None:
        _count(shift, begun, shift.clocked_out_at)
    elif begun is not None:
        shift.break_name, shift.break_began_at = begun.break_name, begun.at


def _count(shift: Shift, begun: Punch, ended_at: datetime) -> None:
    end = min(ended_at, shift.clocked_out_at or ended_at)
    seconds = max(0, round((end - max(begun.at, shift.clocked_in_at)).total_seconds()))
    if begun.is_paid:
        shift.paid_break_s += seconds
    else:
        shift.unpaid_break_s += seconds


def _first(punches: Sequence[Punch], event: str) -> Punch | None:
    return next((punch for punch in punches if punch.event == event), None)
