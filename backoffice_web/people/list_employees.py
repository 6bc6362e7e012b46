"""The list of people, searched by name, e-mail and phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from backoffice_web.listing import Page, Wish, contains, fetch_page
from backoffice_web.people.employee import Employee, EmployeePhoto, EmployeeRole, EmployeeStore
from backoffice_web.people.role import Role
from backoffice_web.stores.store import Store

FILTERS = ("role", "status", "store")
SORTS: Mapping[str, Sequence[Any]] = {
    "name": (Employee.name, Employee.id),
    "role": (Role.priority, Employee.name, Employee.id),
}


def list_employees(
    session: Session, wish: Wish, *, stores: Sequence[Store], with_storeless: bool
) -> Page[Employee]:
    """People of the given stores, and of no store at all if asked for; inactive ones only when asked for."""
    statement = select(Employee).join(Role, Role.id == Employee.role_id)
    statement = statement.where(Employee.is_active.is_(wish.filter("status") != "off"))
    if wish.filter("role"):
        also = select(EmployeeRole.employee_id).where(EmployeeRole.role_id == wish.filter("role"))
        statement = statement.where(or_(Employee.role_id == wish.filter("role"), Employee.id.in_(also)))
    if wish.text:
        columns = (Employee.name, Employee.email, Employee.phone)
        statement = statement.where(or_(*(contains(column, wish.text) for column in columns)))
    if wish.filter("store"):
        there = select(EmployeeStore.employee_id).where(EmployeeStore.store_id == wish.filter("store"))
        statement = statement.where(Employee.id.in_(there))
    here = select(EmployeeStore.employee_id).where(EmployeeStore.store_id.in_([store.id for store in stores]))
    storeless = Employee.id.not_in(select(EmployeeStore.employee_id))
    statement = statement.where(or_(Employee.id.in_(here), storeless & with_storeless))
    loaded = (joinedload(Employee.role), joinedload(Employee.photo).load_only(EmployeePhoto.digest))
    statement = statement.options(*loaded, selectinload(Employee.stores), selectinload(Employee.other_roles))
    return fetch_page(session, statement, wish, sorts=SORTS)
