"""Forced punch in and out: somebody in the office adds a time event, or mends a shift.

Invariants: punches are never touched, a correction is added beside them; the store hears of it with its
next comparison of versions; each change is in the journal with its values before and after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from backoffice_web.attendance.derive import derive_shift
from backoffice_web.attendance.shift import Correction, Shift
from backoffice_web.database import new_key
from backoffice_web.editing import Complaints, open_for_edit
from backoffice_web.people.employee import Employee
from backoffice_web.people.role import Role
from backoffice_web.publishing.saved_change import changed_fields, note_change
from backoffice_web.stores.store import Store
from shared_web.formats import local_date, local_datetime
from shared_web.language import _

# Nobody works longer without a clock-out being forgotten.
LONGEST_SHIFT = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class TimeEvent:
    """A shift as somebody wants it. Times are UTC; `clocked_out_at` None: still working."""

    store_id: str
    employee_id: str
    business_date: date
    role_id: str
    clocked_in_at: datetime
    clocked_out_at: datetime | None = None


def event_of(shift: Shift) -> TimeEvent:
    return TimeEvent(**{name: getattr(shift, name) for name in TimeEvent.__dataclass_fields__})


def force_punch(
    session: Session,
    event: TimeEvent,
    *,
    shift_id: str | None = None,
    revision: int | None = None,
    by: str,
    now: datetime,
) -> Shift:
    """Add a time event, or mend the shift `shift_id`.

    Raises RuleError with fields, StaleEdit, NoSuchRecord.
    """
    before = None
    if shift_id is not None:
        before = event_of(open_for_edit(session, Shift, shift_id, revision=revision))
    store, employee = _checked(session, event, shift_id, before, now)
    was = words_of(session, before) if before is not None else {}
    correction = Correction(
        store_id=store.id,
        sequence=_next_sequence(session, store.id),
        shift_uuid=shift_id or new_key(),
        employee_id=employee.id,
        employee_name=employee.name,
        role_id=event.role_id,
        role_name=_role_name(session, event, shift_id),
        business_date=event.business_date,
        clocked_in_at=event.clocked_in_at,
        clocked_out_at=event.clocked_out_at,
        at=now,
        by=by,
    )
    session.add(correction)
    session.flush()
    shift = derive_shift(session, shift_uuid=correction.shift_uuid)
    assert shift is not None  # a correction tells all of it
    note_change(
        session, kind="shift", key=shift.id, label=f"{employee.name} · {store.name}",
        action="created" if before is None else "changed",
        fields=changed_fields(was, words_of(session, event)), stores=[], by=by, now=now,
    )  # fmt: skip
    return shift


def _role_name(session: Session, event: TimeEvent, shift_id: str | None) -> str:
    """The role's name; a role that was deleted since keeps the name that it had in the shift."""
    role = session.get(Role, event.role_id)
    if role is not None:
        return role.name
    return session.get_one(Shift, shift_id).role_name


def roles_of(employee: Employee) -> list[str]:
    """The ids of the roles in which the person may work, their own first."""
    return [employee.role_id, *(each.role_id for each in employee.other_roles)]


def words_of(session: Session, event: TimeEvent) -> dict[str, str]:
    """The event in words, for journal and conflicts; times on the store's wall clock."""
    store, role = session.get(Store, event.store_id), session.get(Role, event.role_id)
    zone = store.time_zone if store is not None else "UTC"
    ended_at = event.clocked_out_at
    return {
        _("Business Date"): local_date(event.business_date),
        _("Role"): role.name if role is not None else event.role_id,
        _("Check In"): local_datetime(event.clocked_in_at, zone, "medium"),
        _("Check Out"): local_datetime(ended_at, zone, "medium") if ended_at is not None else "",
    }


def _checked(
    session: Session, event: TimeEvent, shift_id: str | None, before: TimeEvent | None, now: datetime
) -> tuple[Store, Employee]:
    complaints = Complaints()
    # The store's row is what corrections of one store queue at.
    store = session.get(Store, event.store_id, with_for_update=True)
    employee = session.get(Employee, event.employee_id)
    if store is None:
        complaints.add("store_id", _("Choose a store."))
    if employee is None:
        complaints.add("employee_id", _("Choose an employee."))
    elif before is None and event.store_id not in {each.store_id for each in employee.stores}:
        complaints.add("employee_id", _("%(name)s does not work in this store.", name=employee.name))
    elif event.role_id not in {*roles_of(employee), *([before.role_id] if before else [])}:
        complaints.add("role_id", _("Choose one of the roles that this person has."))
    _check_times(event, complaints, now)
    complaints.raise_if_any()
    assert store is not None
    assert employee is not None
    _check_others(session, event, shift_id, store, complaints, now)
    complaints.raise_if_any()
    return store, employee


def _check_times(event: TimeEvent, complaints: Complaints, now: datetime) -> None:
    if event.clocked_in_at > now:
        complaints.add("clocked_in", _("The check in cannot be in the future."))
    if abs(event.clocked_in_at.date() - event.business_date) > timedelta(days=1):
        complaints.add("business_date", _("Choose the day of the check in, or the one before."))
    ended_at = event.clocked_out_at
    if ended_at is None:
        return
    if ended_at > now:
        complaints.add("clocked_out", _("The check out cannot be in the future."))
    elif ended_at <= event.clocked_in_at:
        complaints.add("clocked_out", _("The check out must be after the check in."))
    elif ended_at - event.clocked_in_at > LONGEST_SHIFT:
        complaints.add("clocked_out", _("A shift has at most 24 hours."))


def _check_others(
    session: Session,
    event: TimeEvent,
    shift_id: str | None,
    store: Store,
    complaints: Complaints,
    now: datetime,
) -> None:
    """Nobody works twice at the same time, in whatever store."""
    other = session.scalars(
        select(Shift)
        .where(
            Shift.employee_id == event.employee_id,
            Shift.id != (shift_id or ""),
            Shift.clocked_in_at < (event.clocked_out_at or now),
            or_(Shift.clocked_out_at.is_(None), Shift.clocked_out_at > event.clocked_in_at),
        )
        .order_by(Shift.clocked_in_at)
        .limit(1)
    ).first()
    if other is not None:
        began = local_datetime(other.clocked_in_at, store.time_zone, "short")
        complaints.add("clocked_in", _("This overlaps with the shift that began %(time)s.", time=began))


def _next_sequence(session: Session, store_id: str) -> int:
    newest = session.scalar(select(func.max(Correction.sequence)).where(Correction.store_id == store_id))
    return (newest or 0) + 1
