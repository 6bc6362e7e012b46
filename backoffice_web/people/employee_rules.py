"""What an employee must fulfil before being saved, each rule with a sentence beside its field."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.editing import Complaints
from backoffice_web.people.credential_rules import check_credentials
from backoffice_web.people.employee import Employee
from backoffice_web.people.employee_draft import EmployeeDraft, Secrets, gender_words, screen_words
from backoffice_web.people.password_rules import password_complaint
from backoffice_web.people.role import Role
from backoffice_web.stores.enterprise import Enterprise
from backoffice_web.stores.store import Store
from shared_web.language import SPOKEN, _

LONGEST_NAME = 40
EARLIEST = date(1900, 1, 1)


def check_employee(
    session: Session, draft: EmployeeDraft, row: Employee | None, secrets: Secrets, *, today: date
) -> None:
    """Raises RuleError with fields, every complaint at once."""
    complaints = Complaints()
    _check_person(draft, complaints, today=today)
    _check_roles(session, draft, complaints)
    stores = list(session.scalars(select(Store).where(Store.id.in_(draft.stores)).order_by(Store.name)))
    if len(stores) != len(draft.stores):
        complaints.add("stores", _("Choose the stores."))
    check_credentials(session, row, stores, secrets, complaints)
    _check_sign_in(session, draft, row, secrets, complaints)
    complaints.raise_if_any()


def business_words(session: Session) -> list[str]:
    """What nobody's password must be made of."""
    business = session.get(Enterprise, 1)
    return ["Evertill", business.name if business is not None else ""]


def _check_person(draft: EmployeeDraft, complaints: Complaints, *, today: date) -> None:
    complaints.check_name(draft.first_name, longest=LONGEST_NAME, field="first_name")
    if draft.last_name:
        complaints.check_name(draft.last_name, longest=LONGEST_NAME - 1, field="last_name")
    if draft.phone and not re.fullmatch(r"\+?[0-9 ()/.-]{3,39}", draft.phone, re.ASCII):
        complaints.add("phone", _("Enter a phone number such as +1 212 555 0123."))
    if draft.born_on is not None and not EARLIEST <= draft.born_on < today:
        complaints.add("born_on", _("Enter a day in the past."))
    if draft.joined_on is not None and not EARLIEST <= draft.joined_on <= today + timedelta(days=366):
        complaints.add("joined_on", _("Enter a day that is at most a year from now."))
    _check_choice(draft.gender, gender_words(), "gender", complaints)
    _check_choice(draft.language, ("", *SPOKEN), "language", complaints)
    _check_choice(draft.initial_screen, screen_words(), "initial_screen", complaints)


def _check_choice(value: str, choices: Any, field: str, complaints: Complaints) -> None:
    if value not in choices:
        complaints.add(field, _("Choose one of the list."))


def _check_roles(session: Session, draft: EmployeeDraft, complaints: Complaints) -> None:
    known = set(session.scalars(select(Role.id)))
    if draft.role_id not in known:
        complaints.add("role_id", _("Choose a role."))
    if not draft.other_roles <= known:
        complaints.add("other_roles", _("Choose roles of the list."))


def _check_sign_in(
    session: Session, draft: EmployeeDraft, row: Employee | None, secrets: Secrets, complaints: Complaints
) -> None:
    email = draft.email.strip().lower()
    if not email and (draft.has_sign_in or secrets.password):
        complaints.add("email", _("Enter the e-mail address to sign in with."))
    elif email and (len(email) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email)):
        complaints.add("email", _("Enter an e-mail address such as name@example.com."))
    elif email:
        taken = select(Employee.id).where(Employee.email == email, Employee.id != (row.id if row else ""))
        if session.scalar(taken) is not None:
            complaints.add("email", _("Somebody else signs in with this e-mail address."))
    if draft.has_sign_in and not secrets.password and (row is None or row.password_hash is None):
        complaints.add("password", _("Enter a password."))
    elif secrets.password:
        about = [draft.first_name, draft.last_name, email, *business_words(session)]
        if problem := password_complaint(secrets.password, about=about):
            complaints.add("password", problem)
