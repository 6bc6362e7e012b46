"""The person in the Back Office: an employee with e-mail and password, and what their role allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.people.employee import Employee
from backoffice_web.people.office_session import CONFIRMED_FOR, live_session
from backoffice_web.stores.enterprise import Enterprise
from shared_web.clock import is_within

_hasher = PasswordHasher()
# Checked when nobody has the e-mail, so that the answer takes as long as for somebody.
_NOBODY = _hasher.hash("nobody has this password")


@dataclass(frozen=True)
class Account:
    """Read from the database at each request; never kept over one.

    `store_ids` are the stores where the person works: they act there alone, unless they may act in every one.
    `duty` is what the person must do before anything else: `password`, `second_factor`, or nothing.
    """

    session_id: str
    last_used_at: datetime
    confirmed_at: datetime
    employee_id: str
    name: str
    email: str
    language: str
    role_id: str
    role_name: str
    permissions: frozenset[str]
    duty: str
    store_ids: frozenset[str] = frozenset()

    # What Flask-Login asks of a user.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.session_id

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def is_confirmed(self, now: datetime) -> bool:
        """Did they enter their password a short while ago?"""
        return is_within(now, self.confirmed_at, self.confirmed_at + CONFIRMED_FOR)

    @property
    def reaches_all(self) -> bool:
        return self.may("store.every")

    def reaches(self, stores: Iterable[str]) -> bool:
        """May this person act in all of these stores?"""
        return self.reaches_all or self.store_ids.issuperset(stores)


def account_of(session: Session, session_id: str, *, now: datetime) -> Account | None:
    """The account behind a session; None when it has ended or the person may not sign in any more."""
    found = live_session(session, session_id, now=now)
    employee = session.get(Employee, found.employee_id) if found is not None else None
    if found is None or employee is None or not may_sign_in(employee):
        return None
    return Account(
        session_id=found.id,
        last_used_at=found.last_used_at,
        confirmed_at=found.confirmed_at,
        employee_id=employee.id,
        name=employee.name,
        email=employee.email or "",
        language=employee.language,
        role_id=employee.role_id,
        role_name=employee.role.name,
        permissions=frozenset(employee.role.permissions),
        duty=_duty(session, employee),
        store_ids=frozenset(row.store_id for row in employee.stores),
    )


def person_with_password(session: Session, *, email: str, password: str) -> Employee | None:
    """Who may sign in with this e-mail and password; None otherwise, after the same time."""
    employee = session.scalar(select(Employee).where(Employee.email == email.strip().lower()))
    stored = employee.password_hash if employee is not None else None
    is_right = is_password(stored, password)
    return employee if employee is not None and is_right and may_sign_in(employee) else None


def is_password(stored: str | None, password: str) -> bool:
    """Is it the password behind the hash? Takes the same time where there is none."""
    try:
        _hasher.verify(stored or _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return bool(stored)


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def password_mark(employee: Employee) -> str:
    """Changes with the password, and tells nothing about it."""
    return sha256((employee.password_hash or "").encode()).hexdigest()[:16]


def may_sign_in(employee: Employee) -> bool:
    return employee.is_active and employee.has_sign_in and "office.sign_in" in employee.role.permissions


def must_have_second_factor(session: Session, employee: Employee) -> bool:
    """Either is enough: the business demands it of everybody, or their role of its people."""
    if employee.role.wants_second_factor:
        return True
    return bool(session.scalar(select(Enterprise.wants_second_factor)))


def _duty(session: Session, employee: Employee) -> str:
    if employee.must_change_password:
        return "password"
    if employee.totp_secret is None and must_have_second_factor(session, employee):
        return "second_factor"
    return ""
