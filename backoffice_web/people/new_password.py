"""Passwords that people can read off a terminal and type: four groups without look-alikes."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.database import new_key
from backoffice_web.people.account import hash_password
from backoffice_web.people.employee import Employee
from backoffice_web.publishing.journal_chain import append, new_entry
from shared_web.errors import RuleError
from shared_web.language import _

# Without i, l, o, 0 and 1: 31 characters, so that 16 of them are worth 79 bits.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """Such as k7mp-x3qd-9rtb-w4nf."""
    return "-".join("".join(secrets.choice(ALPHABET) for _place in range(4)) for _group in range(4))


def give_new_password(session: Session, *, email: str, by: str, now: datetime) -> str:
    """Give the person with this e-mail a new password and end their sign-ins; returns it, to be shown once.

    For whoever runs the computer, when a password was lost. RuleError when nobody has the e-mail.
    """
    person = session.scalar(select(Employee).where(Employee.email == email.strip().lower()))
    if person is None:
        raise RuleError(_("Nobody signs in to the Back Office as %(email)s.", email=email))
    password = new_password()
    person.password_hash = hash_password(password)
    person.session_stamp = new_key()
    entry = new_entry(at=now, by=by, action="changed", kind="employee", key=person.id, label=person.name)
    append(session, [entry])
    return password
