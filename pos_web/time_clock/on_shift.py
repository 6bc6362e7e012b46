"""In which of their roles somebody works now: that of their running shift."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pos_web.staff.person import Person, in_role
from pos_web.time_clock.punch import open_shift


def on_shift(book: Session, replica: Session, person: Person, *, store_id: str) -> Person:
    """The person in the role that they clocked in with; without a shift, or with one role, as they are."""
    if len(person.roles) < 2:
        return person
    shift = open_shift(book, store_id=store_id, employee=person.employee)
    return in_role(replica, person, store_id=store_id, role=shift.role if shift is not None else "")
