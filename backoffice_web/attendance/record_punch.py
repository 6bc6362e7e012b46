"""Keeps a punch of a store's Time Clock and lets its shift follow."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from backoffice_web.attendance.derive import derive_shift
from backoffice_web.attendance.shift import Punch, Shift
from sync_contract.uploads import TimePunch

LONGEST_KEY = 64


class ShiftOfAnotherStore(ValueError):
    """The punch names a shift that another store has: nobody writes into another store's times."""


def record_punch(session: Session, document: TimePunch, *, at: datetime) -> None:
    """`at` is the document's moment in UTC. Raises ShiftOfAnotherStore, or what the database raises."""
    shift_uuid = _clip(document.shift, LONGEST_KEY)
    known = session.get(Shift, shift_uuid)
    if not shift_uuid or (known is not None and known.store_id != document.store):
        raise ShiftOfAnotherStore(shift_uuid)
    session.add(
        Punch(
            uuid=document.uuid,
            store_id=document.store,
            shift_uuid=shift_uuid,
            terminal_id=_clip(document.terminal, LONGEST_KEY),
            employee_id=_clip(document.employee, LONGEST_KEY),
            employee_name=_clip(document.employee_name, 80),
            event=document.event,
            at=at,
            business_date=document.business_date,
            role_id=_clip(document.role, LONGEST_KEY),
            role_name=_clip(document.role_name, 80),
            break_name=_clip(document.break_name, 40),
            break_minutes=max(0, min(document.break_minutes, 24 * 60)),
            is_paid=document.is_paid,
        )
    )
    session.flush()
    derive_shift(session, shift_uuid=shift_uuid)


def _clip(text: str, longest: int) -> str:
    # PostgreSQL takes no NUL in a text, SQLite shows nothing after it.
    return text.replace("\x00", "")[:longest]
