"""The list of employees, searched by name and e-mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from backoffice_web.listing import Page, Wish, contains, fetch_page
from backoffice_web.people.employee import Employee, EmployeeStore
from backoffice_web.people.role import Role
from backoffice_web.stores.store import Store

FILTERS = ("role", "status")
SORTS: Mapping[str, Sequence[Any]] = {
    "name": (Employee.name, Employee.id),
    "role": (Role.priority, Employee.name, Employee.id),
}


def list_employees(session: Session, wish: Wish, *, stores: Sequence[Store]) -> Page[Employee]:
    """People of the given stores, and those of no store at all; switched-off ones only when asked for."""
    statement = select(Employee).join(Role, Role.id == Employee.role_id)
    statement = statement.where(Employee.is_active.is_(wish.filter("status") != "off"))
    if wish.filter("role"):
        statement = statement.where(Employee.role_id == wish.filter("role"))
    if wish.text:
        statement = statement.where(
            or_(contains(Employee.name, wish.text), contains(Employee.email, wish.text))
        )
    here = select(EmployeeStore.employee_id).where(EmployeeStore.store_id.in_([store.id for store in stores]))
    anywhere = select(EmployeeStore.employee_id)
    statement = statement.where(or_(Employee.id.in_(here), Employee.id.not_in(anywhere)))
    statement = statement.options(joinedload(Employee.role), selectinload(Employee.stores))
    return fetch_page(session, statement, wish, sorts=SORTS)
