"""Passwords that people can read off a terminal and type: four groups without look-alikes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from backoffice_web.people.account import hash_password
from backoffice_web.people.employee import Employee
from backoffice_web.people.office_session import end_sessions
from backoffice_web.publishing.saved_change import note_change
from shared_web.language import _

# Without i, l, o, 0 and 1: 31 characters, so that 16 of them are worth 79 bits.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """Such as k7mp-x3qd-9rtb-w4nf."""
    return "-".join("".join(secrets.choice(ALPHABET) for _place in range(4)) for _group in range(4))


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
