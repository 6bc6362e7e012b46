"""The person in the Back Office: an employee with e-mail and password, and what their role allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.people.employee import Employee

_hasher = PasswordHasher()
# Checked when nobody has the e-mail, so that the answer takes as long as for somebody.
_NOBODY = _hasher.hash("nobody has this password")


@dataclass(frozen=True)
class Account:
    """Read from the database at each request; never kept over one.

    `store_ids` are the stores where the person works: they act there alone, unless they may act in every one.
    """

    employee_id: str
    name: str
    email: str
    role_id: str
    role_name: str
    session_stamp: str
    permissions: frozenset[str]
    store_ids: frozenset[str] = frozenset()

    # What Flask-Login asks of a user.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return f"{self.employee_id}:{self.session_stamp}"

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    @property
    def reaches_all(self) -> bool:
        return self.may("store.every")

    def reaches(self, stores: Iterable[str]) -> bool:
        """May this person act in all of these stores?"""
        return self.reaches_all or self.store_ids.issuperset(stores)


def account_of(session: Session, identity: str) -> Account | None:
    """The account of a session's `employee:stamp`; None when that sign-in has ended."""
    employee_id, _colon, stamp = identity.partition(":")
    employee = session.get(Employee, employee_id)
    if employee is None or employee.session_stamp != stamp:
        return None
    return _account(employee)


def sign_in(session: Session, *, email: str, password: str) -> Account | None:
    """The account with this e-mail and password; None otherwise, after the same time."""
    employee = session.scalar(select(Employee).where(Employee.email == email.strip().lower()))
    stored = employee.password_hash if employee is not None else None
    try:
        _hasher.verify(stored or _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return _account(employee) if employee is not None and stored else None


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def _account(employee: Employee) -> Account | None:
    permissions = frozenset(employee.role.permissions)
    if not employee.is_active or "office.sign_in" not in permissions:
        return None
    return Account(
        employee_id=employee.id,
        name=employee.name,
        email=employee.email or "",
        role_id=employee.role_id,
        role_name=employee.role.name,
        session_stamp=employee.session_stamp,
        permissions=permissions,
        store_ids=frozenset(row.store_id for row in employee.stores),
    )
