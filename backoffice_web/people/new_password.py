"""Passwords that people can read off a terminal and type: four groups without look-alikes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.people.account import hash_password
from backoffice_web.people.employee import Employee
from backoffice_web.people.office_session import end_sessions
from backoffice_web.publishing.saved_change import note_change
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
    return set_temporary_password(session, person, by=by, now=now)


def set_temporary_password(session: Session, person: Employee, *, by: str, now: datetime) -> str:
    """A password that is good until its first use, when they choose their own; ends all their sessions."""
    password = new_password()
    person.password_hash, person.must_change_password = hash_password(password), True
    end_sessions(session, person.id)
    fields = {_("Password"): ("", _("temporary"))}
    note_person(session, person, fields, by=by, now=now)
    return password


def note_person(
    session: Session, person: Employee, fields: Mapping[str, tuple[str, str]], *, by: str, now: datetime
) -> None:
    """Journal what changes nothing at the tills: it is about the Back Office alone."""
    note_change(
        session, kind="employee", key=person.id, label=person.name, action="changed", fields=fields,
        stores=[], by=by, now=now,
    )  # fmt: skip
