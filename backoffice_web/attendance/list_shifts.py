"""Shifts as a list asks for them: by employee, by who is active, by business date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backoffice_web.attendance.shift import Punch, Shift
from backoffice_web.listing import Page, Wish, contains, fetch_page
from backoffice_web.people.employee import Employee
from backoffice_web.stores.store import Store

# `by` is person for their totals instead of every shift.
FILTERS = ("employee", "status", "from", "to", "by")
DEFAULT_SORT = "-in"
SORTS: Mapping[str, Sequence[Any]] = {
    "in": (Shift.clocked_in_at, Shift.id),
    "name": (Shift.employee_name, Shift.clocked_in_at, Shift.id),
    "date": (Shift.business_date, Shift.clocked_in_at, Shift.id),
}


def shifts_page(session: Session, wish: Wish, *, stores: Sequence[Store]) -> Page[Shift]:
    return fetch_page(session, _asked(wish, stores), wish, sorts=SORTS)


def all_shifts(session: Session, wish: Wish, *, stores: Sequence[Store]) -> Iterator[Shift]:
    """The whole list, as it is read."""
    ordered = _asked(wish, stores).order_by(Shift.clocked_in_at, Shift.id)
    yield from session.scalars(ordered.execution_options(yield_per=500))


def people_of(session: Session, stores: Sequence[Store]) -> list[tuple[str, str]]:
    """(id, name) of everybody who ever clocked in there."""
    rows = session.execute(
        select(Shift.employee_id, Shift.employee_name)
        .where(Shift.store_id.in_([store.id for store in stores]))
        .order_by(Shift.employee_name)
        .distinct()
    )
    return list({key: (key, name) for key, name in rows}.values())


def punches_of(session: Session, *, shift_id: str) -> Sequence[Punch]:
    """What was pressed at the Time Clock, in order."""
    query = select(Punch).where(Punch.shift_uuid == shift_id)
    return session.scalars(query.order_by(Punch.at, Punch.uuid)).all()


def _asked(wish: Wish, stores: Sequence[Store]) -> Select[Any]:
    found = select(Shift).where(Shift.store_id.in_([store.id for store in stores]))
    if wish.text:
        found = found.where(contains(Shift.employee_name, wish.text))
    if wish.filter("employee"):
        found = found.where(Shift.employee_id == wish.filter("employee"))
    active = select(Employee.id).where(Employee.is_active)
    if wish.filter("status") == "active":
        found = found.where(Shift.employee_id.in_(active))
    elif wish.filter("status") == "inactive":
        found = found.where(Shift.employee_id.not_in(active))
    elif wish.filter("status") == "now":
        found = found.where(Shift.clocked_out_at.is_(None))
    first, last = _day(wish.filter("from")), _day(wish.filter("to"))
    if first is not None:
        found = found.where(Shift.business_date >= first)
    if last is not None:
        found = found.where(Shift.business_date <= last)
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
