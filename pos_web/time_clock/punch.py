"""Clocking in and out, and breaks between.

Invariants: each press is a document of its own that enters the outbox in the transaction that made it,
so a punch is never changed afterwards (docs/decisions/0007); within a shift time never runs backwards,
whatever the computer's clock does; lengths are differences of UTC moments, so neither midnight nor a
change of the clocks adds or takes an hour; a shift counts for the business date of its clock-in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pos_web.database import new_uuid
from pos_web.staff.person import Person
from pos_web.syncing.outbox import enqueue
from pos_web.time_clock.shift import Shift, ShiftBreak
from shared_web.errors import RuleError
from shared_web.formats import business_date
from shared_web.language import _
from sync_contract.records import BreakType, StoreProfile
from sync_contract.uploads import TimePunch

Event = Literal["clock_in", "break_begin", "break_end", "clock_out"]


class AlreadyClockedIn(RuleError):
    """The person has an open shift in this store."""


class NotClockedIn(RuleError):
    """The person has no open shift in this store."""


class OnBreak(RuleError):
    """A second break cannot begin before the first one ends."""


class NotOnBreak(RuleError):
    """There is no break to end."""


def open_shift(session: Session, *, store_id: str, employee: str) -> Shift | None:
    """The shift that the person works now."""
    return session.scalars(_open_shift(store_id, employee)).first()


def _open_shift(store_id: str, employee: str) -> Select[Shift]:
    return select(Shift).where(
        Shift.store_id == store_id, Shift.employee_id == employee, Shift.clocked_out_at.is_(None)
    )


def clock_in(
    session: Session,
    *,
    profile: StoreProfile,
    store_id: str,
    terminal_id: str,
    by: Person,
    role: str,
    now: datetime,
) -> Shift:
    """Begin a shift in one of the person's roles; an empty `role` is the only one that they have.

    Raises AlreadyClockedIn, RuleError.
    """
    role, role_name = _chosen_role(by, role)
    already = AlreadyClockedIn(_("You are clocked in already."))
    if open_shift(session, store_id=store_id, employee=by.employee) is not None:
        raise already
    shift = Shift(
        uuid=new_uuid(),
        store_id=store_id,
        employee_id=by.employee,
        employee_name=by.name,
        role=role,
        role_name=role_name,
        business_date=business_date(now, profile.time_zone, profile.day_cutoff_minutes),
        clocked_in_at=now,
        clocked_out_at=None,
    )
    session.add(shift)
    try:
        session.flush()
    except IntegrityError:
        # At another till, at this very moment.
        raise already from None
    _document(session, shift, "clock_in", terminal_id=terminal_id, at=now)
    return shift


def begin_break(
    session: Session, *, store_id: str, terminal_id: str, by: Person, kind: BreakType, now: datetime
) -> ShiftBreak:
    """Raises NotClockedIn, OnBreak."""
    shift = _the_open_shift(session, store_id, by)
    if shift.open_break is not None:
        raise OnBreak(_("You are on a break already. End it first."))
    taken = ShiftBreak(
        uuid=new_uuid(),
        shift_uuid=shift.uuid,
        name=kind.name[:40],
        minutes=kind.minutes,
        is_paid=kind.is_paid,
        began_at=_not_before(shift, now),
        ended_at=None,
    )
    shift.breaks.append(taken)
    _document(session, shift, "break_begin", terminal_id=terminal_id, at=taken.began_at, taken=taken)
    return taken


def end_break(session: Session, *, store_id: str, terminal_id: str, by: Person, now: datetime) -> ShiftBreak:
    """Raises NotClockedIn, NotOnBreak."""
    shift = _the_open_shift(session, store_id, by)
    taken = shift.open_break
    if taken is None:
        raise NotOnBreak(_("You are not on a break."))
    taken.ended_at = _not_before(shift, now)
    _document(session, shift, "break_end", terminal_id=terminal_id, at=taken.ended_at, taken=taken)
    return taken


def clock_out(session: Session, *, store_id: str, terminal_id: str, by: Person, now: datetime) -> Shift:
    """End the shift, and the break that the person may be on. Raises NotClockedIn."""
    shift = _the_open_shift(session, store_id, by)
    if shift.open_break is not None:
        end_break(session, store_id=store_id, terminal_id=terminal_id, by=by, now=now)
    shift.clocked_out_at = _not_before(shift, now)
    _document(session, shift, "clock_out", terminal_id=terminal_id, at=shift.clocked_out_at)
    return shift


def _the_open_shift(session: Session, store_id: str, by: Person) -> Shift:
    """Locked, and as it is now: who presses at two tills at once is answered by one after the other."""
    query = _open_shift(store_id, by.employee).with_for_update()
    shift = session.scalars(query, execution_options={"populate_existing": True}).first()
    if shift is None:
        raise NotClockedIn(_("You are not clocked in. Clock in first."))
    return shift


def _chosen_role(by: Person, role: str) -> tuple[str, str]:
    roles = dict(by.roles) or {by.role: by.role_name}
    if not role and len(roles) == 1:
        return next(iter(roles.items()))
    if role not in roles:
        sentence = _("Choose the role for this shift.")
        raise RuleError(sentence, fields={"role": sentence})
    return role, roles[role]


def _not_before(shift: Shift, now: datetime) -> datetime:
    """`now`, or the shift's last moment when the computer's clock was put back meanwhile."""
    moments = [shift.clocked_in_at, *(each.ended_at or each.began_at for each in shift.breaks)]
    return max(now, *moments)


def _document(
    session: Session,
    shift: Shift,
    event: Event,
    *,
    terminal_id: str,
    at: datetime,
    taken: ShiftBreak | None = None,
) -> None:
    document = TimePunch(
        uuid=new_uuid(),
        store=shift.store_id,
        terminal=terminal_id,
        employee=shift.employee_id,
        employee_name=shift.employee_name,
        shift=shift.uuid,
        event=event,
        at=at,
        business_date=shift.business_date,
        role=shift.role,
        role_name=shift.role_name,
        break_name=taken.name if taken is not None else "",
        break_minutes=taken.minutes if taken is not None else 0,
        is_paid=taken.is_paid if taken is not None else False,
    )
    enqueue(session, store_id=shift.store_id, document=document, now=at)
