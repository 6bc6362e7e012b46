"""What an employee must fulfil before being saved, each rule with a sentence beside its field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.editing import Complaints
from backoffice_web.people.employee import Credential, Employee
from backoffice_web.people.role import Role
from backoffice_web.stores.store import Store
from shared_web.language import _

if TYPE_CHECKING:
    from backoffice_web.people.save_employee import EmployeeDraft

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200


def check_employee(
    session: Session,
    draft: EmployeeDraft,
    row: Employee | None,
    *,
    pin: str,
    digest: str,
    password: str,
) -> None:
    """Raises RuleError with fields. `digest` is the digest of `pin`."""
    complaints = Complaints()
    complaints.check_name(draft.name, longest=80)
    if session.get(Role, draft.role_id) is None:
        complaints.add("role_id", _("Choose a role."))
    stores = list(session.scalars(select(Store).where(Store.id.in_(draft.stores)).order_by(Store.name)))
    if len(stores) != len(draft.stores):
        complaints.add("stores", _("Choose the stores."))
    _check_pin(session, row, stores, pin, digest, complaints)
    _check_sign_in(session, draft, row, password, complaints)
    _check_somebody_remains(session, draft, row, complaints)
    complaints.raise_if_any()


def _check_pin(
    session: Session, row: Employee | None, stores: list[Store], pin: str, digest: str, complaints: Complaints
) -> None:
    lengths = sorted({store.pin_length for store in stores})
    if len(lengths) > 1:
        complaints.add("stores", _("These stores ask for PINs of different lengths. Choose one of them."))
    elif pin and lengths and not (pin.isascii() and pin.isdigit() and len(pin) == lengths[0]):
        complaints.add("pin", _("Enter %(count)s digits.", count=lengths[0]))
    elif pin and not lengths:
        complaints.add("stores", _("Choose the stores where this PIN is good."))
    elif not pin and stores and not _has_fitting_pin(session, row, lengths[0]):
        complaints.add("pin", _("Enter a PIN of %(count)s digits.", count=lengths[0]))
    else:
        _check_pin_is_free(session, row, stores, digest, complaints)


def _has_fitting_pin(session: Session, row: Employee | None, length: int) -> bool:
    if row is None or not row.credentials:
        return False
    store = session.get(Store, row.credentials[0].store_id)
    return store is not None and store.pin_length == length


def _check_pin_is_free(
    session: Session, row: Employee | None, stores: list[Store], digest: str, complaints: Complaints
) -> None:
    if not digest and row is not None and row.credentials:
        digest = row.credentials[0].pin_digest
    if not digest:
        return
    taken = session.scalar(
        select(Credential.id)
        .where(
            Credential.pin_digest == digest,
            Credential.store_id.in_([store.id for store in stores]),
            Credential.employee_id != (row.id if row is not None else ""),
        )
        .limit(1)
    )
    if taken is not None:
        complaints.add("pin", _("Pin already exists"))


def _check_sign_in(
    session: Session, draft: EmployeeDraft, row: Employee | None, password: str, complaints: Complaints
) -> None:
    email = draft.email.strip().lower()
    if not email:
        if password:
            complaints.add("email", _("Enter the e-mail address to sign in with."))
        return
    if len(email) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        complaints.add("email", _("Enter an e-mail address such as name@example.com."))
    taken = select(Employee.id).where(Employee.email == email, Employee.id != (row.id if row else ""))
    if session.scalar(taken) is not None:
        complaints.add("email", _("Somebody else signs in with this e-mail address."))
    if not password and (row is None or row.password_hash is None):
        complaints.add("password", _("Enter a password."))
    elif password and not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        sentence = _("Use at least %(count)s characters, as in a short sentence.", count=SHORTEST_PASSWORD)
        complaints.add("password", sentence)


def _check_somebody_remains(
    session: Session, draft: EmployeeDraft, row: Employee | None, complaints: Complaints
) -> None:
    if row is None or not _leads(row.is_active, row.email, row.role):
        return
    if _leads(draft.is_active, draft.email, session.get(Role, draft.role_id)):
        return
    others = session.scalars(select(Employee).where(Employee.id != row.id, Employee.is_active))
    if not any(_leads(other.is_active, other.email, other.role) for other in others):
        complaints.add(
            "role_id", _("Nobody else could manage people then. Give somebody else this role first.")
        )


def _leads(is_active: bool, email: str | None, role: Role | None) -> bool:
    return bool(is_active and email and role is not None and "people.edit" in role.permissions)
