"""Saves an employee, the PIN and badge, the photo and the Back Office sign-in.

Invariants: a PIN, a badge or a password is never kept in the clear, journalled or shown again; no two
people of one store have the same PIN or badge; somebody who may edit people can always sign in; signing
out everywhere follows a new password, a new e-mail, another role and switching off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from backoffice_web.database import new_key
from backoffice_web.editing import count_save, open_for_edit
from backoffice_web.people.account import hash_password
from backoffice_web.people.authority import keeping_an_owner
from backoffice_web.people.badge import badge_salt
from backoffice_web.people.credential_rules import badge_digest, pin_digest
from backoffice_web.people.employee import Credential, Employee, EmployeePhoto, EmployeeRole, EmployeeStore
from backoffice_web.people.employee_draft import (
    EmployeeDraft,
    PhotoChange,
    Secrets,
    draft_of_employee,
    employee_words,
)
from backoffice_web.people.employee_rules import check_employee
from backoffice_web.people.office_session import end_sessions
from backoffice_web.people.pin import hash_pin
from backoffice_web.publishing.saved_change import changed_fields, note_change
from shared_web.language import _
from sync_contract.records import stretched_pin


@dataclass(frozen=True)
class SavedEmployee:
    """`stores` are those where the person works or worked: where the change must be published."""

    employee: Employee
    stores: tuple[str, ...]


def save_employee(
    session: Session,
    draft: EmployeeDraft,
    *,
    employee_id: str | None = None,
    revision: int | None = None,
    secrets: Secrets = Secrets(),  # noqa: B008
    photo: PhotoChange | None = None,
    by: str,
    now: datetime,
) -> SavedEmployee:
    """Create a person or change one; secrets and a photo that are not given stay as they are.

    Raises RuleError with fields (`pin`: "Pin already exists"), StaleEdit, NoSuchRecord.
    """
    row = open_for_edit(session, Employee, employee_id, revision=revision) if employee_id else None
    before = draft_of_employee(row) if row is not None else None
    check_employee(session, draft, row, secrets, today=now.date())
    was = employee_words(session, before) if before else {}
    with keeping_an_owner(session):
        row = row or _new_employee(session, now)
        _apply(row, draft)
        _apply_sign_in(row, draft, secrets)
        _apply_credentials(session, row, draft.stores, secrets)
        _apply_photo(row, photo)
        count_save(row)
    if _ends_sessions(before, draft, secrets):
        end_sessions(session, row.id)
    stores = tuple(sorted(draft.stores | (before.stores if before else frozenset())))
    fields = _journalled(changed_fields(was, employee_words(session, draft)), secrets, photo)
    note_change(
        session, kind="employee", key=row.id, label=row.name, action=_action(before, draft), fields=fields,
        stores=stores, by=by, now=now,
    )  # fmt: skip
    if secrets.pin or secrets.badge is not None:
        note_change(
            session, kind="credential", key=row.id, label=row.name, action="changed", fields={},
            stores=stores, by=by, now=now,
        )  # fmt: skip
    return SavedEmployee(row, stores)


def _new_employee(session: Session, now: datetime) -> Employee:
    row = Employee(id=new_key(), created_at=now)
    session.add(row)
    return row


def _ends_sessions(before: EmployeeDraft | None, after: EmployeeDraft, secrets: Secrets) -> bool:
    if before is None:
        return False
    ways_in = [(one.has_sign_in, one.email, one.role_id, one.is_active) for one in (before, after)]
    return bool(secrets.password) or ways_in[0] != ways_in[1]


def _apply(row: Employee, draft: EmployeeDraft) -> None:
    row.name, row.first_name, row.last_name = draft.name, draft.first_name.strip(), draft.last_name.strip()
    row.role_id, row.is_active = draft.role_id, draft.is_active
    row.gender, row.born_on, row.phone = draft.gender, draft.born_on, draft.phone
    row.language, row.initial_screen, row.joined_on = draft.language, draft.initial_screen, draft.joined_on
    stores = {each.store_id: each for each in row.stores}
    row.stores = [stores.get(key) or EmployeeStore(store_id=key) for key in sorted(draft.stores)]
    roles = {each.role_id: each for each in row.other_roles}
    wanted = sorted(draft.other_roles - {draft.role_id})
    row.other_roles = [roles.get(key) or EmployeeRole(role_id=key) for key in wanted]


def _apply_sign_in(row: Employee, draft: EmployeeDraft, secrets: Secrets) -> None:
    row.has_sign_in, row.email = draft.has_sign_in, draft.email.strip().lower() or None
    if secrets.password:
        row.password_hash = hash_password(secrets.password)
        row.must_change_password = secrets.must_change_password


def _apply_credentials(session: Session, row: Employee, stores: Iterable[str], secrets: Secrets) -> None:
    """One PIN and one badge are good in all of the person's stores."""
    kept = {each.store_id: each for each in row.credentials}
    any_kept = next(iter(row.credentials), None)
    pin, badge = pin_digest(session, secrets, any_kept), badge_digest(session, secrets, any_kept)
    hashed, lookup = _new_pin(session, secrets.pin) if secrets.pin else _kept_pin(any_kept)
    credentials = []
    for store_id in sorted(stores) if pin or badge else ():
        credential = kept.get(store_id) or Credential(id=new_key(), store_id=store_id)
        credential.pin_hash, credential.pin_digest, credential.badge_digest = hashed, pin, badge
        credential.pin_lookup = lookup
        credentials.append(credential)
    row.credentials = credentials


def _new_pin(session: Session, pin: str) -> tuple[str, str]:
    return hash_pin(pin), stretched_pin(pin, salt=badge_salt(session))


def _kept_pin(kept: Credential | None) -> tuple[str, str]:
    return (kept.pin_hash, kept.pin_lookup) if kept is not None else ("", "")


def _apply_photo(row: Employee, change: PhotoChange | None) -> None:
    if change is None:
        return
    if change.photo is None:
        row.photo = None
        return
    row.photo = row.photo or EmployeePhoto()
    row.photo.content, row.photo.thumbnail = change.photo.content, change.photo.thumbnail
    row.photo.digest = change.photo.digest


def _journalled(
    fields: Mapping[str, tuple[str, str]], secrets: Secrets, photo: PhotoChange | None
) -> dict[str, tuple[str, str]]:
    """What the journal keeps for ever: that private fields changed, not what they were."""
    private = {_("Gender"), _("Date of birth"), _("Phone")}
    told = {name: ("", _("changed")) if name in private else pair for name, pair in fields.items()}
    if secrets.password:
        told[_("Password")] = ("", _("new"))
    if photo is not None:
        told[_("Photo")] = ("", _("changed") if photo.photo else _("removed"))
    return told


def _action(before: EmployeeDraft | None, after: EmployeeDraft) -> str:
    if before is None:
        return "created"
    if before.is_active != after.is_active:
        return "restored" if after.is_active else "archived"
    return "changed"
