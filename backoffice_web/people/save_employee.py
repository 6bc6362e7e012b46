"""Saves an employee, the PIN and the Back Office sign-in.

Invariants: a PIN is never kept in the clear, journalled or shown again; no two people of one store
have the same PIN; somebody who may edit people can always sign in; signing out everywhere follows a
new password, a new e-mail and switching off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.database import new_key
from backoffice_web.editing import count_save, open_for_edit
from backoffice_web.people.account import hash_password
from backoffice_web.people.employee import Credential, Employee, EmployeeStore
from backoffice_web.people.employee_rules import check_employee
from backoffice_web.people.pin import digest_pin, hash_pin
from backoffice_web.people.role import Role
from backoffice_web.publishing.saved_change import changed_fields, note_change
from backoffice_web.stores.enterprise import Enterprise
from backoffice_web.stores.store import Store
from shared_web.language import _


@dataclass(frozen=True, kw_only=True)
class EmployeeDraft:
    """`stores` are the ids of the stores where the person works; `email` empty: no Back Office sign-in."""

    name: str
    role_id: str
    stores: frozenset[str] = field(default_factory=frozenset)
    email: str = ""
    is_active: bool = True


@dataclass(frozen=True)
class SavedEmployee:
    """`stores` are those where the person works or worked: where the change must be published."""

    employee: Employee
    stores: tuple[str, ...]


def draft_of_employee(employee: Employee) -> EmployeeDraft:
    return EmployeeDraft(
        name=employee.name,
        role_id=employee.role_id,
        stores=frozenset(row.store_id for row in employee.stores),
        email=employee.email or "",
        is_active=employee.is_active,
    )


def save_employee(
    session: Session,
    draft: EmployeeDraft,
    *,
    employee_id: str | None = None,
    revision: int | None = None,
    pin: str = "",
    password: str = "",
    by: str,
    now: datetime,
) -> SavedEmployee:
    """Create a person or change one; an empty `pin` or `password` keeps the one that is there.

    Raises RuleError with fields (`pin`: "Pin already exists"), StaleEdit, NoSuchRecord.
    """
    row = open_for_edit(session, Employee, employee_id, revision=revision) if employee_id else None
    before = draft_of_employee(row) if row is not None else None
    digest = digest_pin(pin, secret=_pin_secret(session)) if pin else ""
    check_employee(session, draft, row, pin=pin, digest=digest, password=password)
    was = employee_words(session, before) if before else {}
    row = row or _new_employee(session, now)
    _apply(row, draft, password=password)
    _apply_pin(row, draft.stores, pin=pin, digest=digest)
    count_save(row)
    session.flush()
    stores = tuple(sorted(draft.stores | (before.stores if before else frozenset())))
    fields = changed_fields(was, employee_words(session, draft))
    if password:
        fields[_("Password")] = ("", _("new"))
    action = _action(before, draft)
    note_change(
        session, kind="employee", key=row.id, label=row.name, action=action, fields=fields, stores=stores,
        by=by, now=now,
    )  # fmt: skip
    if pin:
        note_change(
            session, kind="credential", key=row.id, label=row.name, action="changed", fields={},
            stores=stores, by=by, now=now,
        )  # fmt: skip
    return SavedEmployee(row, stores)


def employee_words(session: Session, draft: EmployeeDraft) -> dict[str, str]:
    names = session.scalars(select(Store.name).where(Store.id.in_(draft.stores)).order_by(Store.name))
    words = {
        _("Name"): draft.name,
        _("Role"): session.scalar(select(Role.name).where(Role.id == draft.role_id)) or "",
        _("Stores"): ", ".join(names),
        _("E-mail"): draft.email,
        _("Works here"): _("Yes") if draft.is_active else _("No"),
    }
    return {label: value for label, value in words.items() if value}


def _new_employee(session: Session, now: datetime) -> Employee:
    row = Employee(id=new_key(), session_stamp=new_key(), created_at=now)
    session.add(row)
    return row


def _apply(row: Employee, draft: EmployeeDraft, *, password: str) -> None:
    email = draft.email.strip().lower() or None
    if password or row.email != email or not draft.is_active:
        row.session_stamp = new_key()
    row.name, row.role_id, row.email, row.is_active = (
        draft.name.strip(),
        draft.role_id,
        email,
        draft.is_active,
    )
    if email is None:
        row.password_hash = None
    elif password:
        row.password_hash = hash_password(password)
    known = {each.store_id: each for each in row.stores}
    row.stores = [known.get(key) or EmployeeStore(store_id=key) for key in sorted(draft.stores)]


def _apply_pin(row: Employee, stores: Iterable[str], *, pin: str, digest: str) -> None:
    known = {each.store_id: each for each in row.credentials}
    if pin:
        hashed = hash_pin(pin)
    elif row.credentials:
        # The PIN itself is not known here, but it is one and the same in all of the person's stores.
        hashed, digest = row.credentials[0].pin_hash, row.credentials[0].pin_digest
    else:
        return
    credentials = []
    for store_id in sorted(stores):
        credential = known.get(store_id) or Credential(id=new_key(), store_id=store_id)
        credential.pin_hash, credential.pin_digest = hashed, digest
        credentials.append(credential)
    row.credentials = credentials


def _action(before: EmployeeDraft | None, after: EmployeeDraft) -> str:
    if before is None:
        return "created"
    if before.is_active != after.is_active:
        return "restored" if after.is_active else "archived"
    return "changed"


def _pin_secret(session: Session) -> str:
    return session.get_one(Enterprise, 1).pin_secret
