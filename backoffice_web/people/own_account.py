"""What people change about themselves: their password, their second factor, where they are signed in.

Invariant: for each of these they enter their password once more, so that an unattended browser is not
enough; wrong ones count like those of a sign-in.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from backoffice_web.editing import Complaints, open_for_edit
from backoffice_web.people.account import hash_password, is_password, must_have_second_factor
from backoffice_web.people.employee import Employee
from backoffice_web.people.employee_rules import business_words
from backoffice_web.people.new_password import note_person
from backoffice_web.people.office_session import end_sessions
from backoffice_web.people.password_rules import password_complaint
from backoffice_web.people.second_factor import enrol, new_recovery_codes, remove_second_factor
from backoffice_web.people.sign_in_tries import count_try, forget_tries
from backoffice_web.publishing.saved_change import changed_fields, note_change
from backoffice_web.stores.enterprise import Enterprise
from shared_web.errors import RuleError
from shared_web.language import _


def confirmed(session: Session, employee_id: str, *, password: str, address: str, now: datetime) -> Employee:
    """The person, who has just entered their password. Commits the count of the try.

    Raises RuleError with the field `current_password`, and TooManyTries.
    """
    whose = f"own {employee_id}"
    count_try(session, account=whose, address=address, now=now)
    session.commit()
    person = open_for_edit(session, Employee, employee_id, revision=None)
    if not is_password(person.password_hash, password):
        sentence = _("This is not your password.")
        raise RuleError(sentence, fields={"current_password": sentence})
    forget_tries(session, account=whose, address=address)
    return person


def change_password(session: Session, person: Employee, *, password: str, again: str, now: datetime) -> None:
    """Sets the person's own new password and ends all their sessions. Raises RuleError with fields."""
    complaints = Complaints()
    about = [person.first_name, person.last_name, person.email or "", *business_words(session)]
    if problem := password_complaint(password, about=about):
        complaints.add("password", problem)
    elif is_password(person.password_hash, password):
        complaints.add("password", _("Choose another password than the one until now."))
    if password != again:
        complaints.add("password_again", _("The two passwords are not the same. Type both again."))
    complaints.raise_if_any()
    person.password_hash, person.must_change_password = hash_password(password), False
    end_sessions(session, person.id)
    note_person(session, person, {_("Password"): ("", _("new"))}, by=person.name, now=now)


def turn_on(session: Session, person: Employee, *, secret: str, code: str, now: datetime) -> list[str]:
    """Sets up the second factor; the recovery codes, to be shown once.

    Raises RuleError with the field `code`.
    """
    codes = enrol(session, person, secret=secret, code=code, now=now)
    note_person(session, person, {_("Second factor"): ("", _("on"))}, by=person.name, now=now)
    return codes


def turn_off(session: Session, person: Employee, *, now: datetime) -> None:
    """Takes the own second factor away. Raises RuleError when the business or their role asks for one."""
    if must_have_second_factor(session, person):
        raise RuleError(_("Your business or your role asks for a second factor."))
    _take_away(session, person, by=person.name, now=now)


def reset_second_factor(session: Session, person: Employee, *, by: str, now: datetime) -> None:
    """Takes away the second factor of somebody who cannot use it any more, and ends all their sessions."""
    _take_away(session, person, by=by, now=now)
    end_sessions(session, person.id)


def demand_second_factor(session: Session, *, is_demanded: bool, by: str, now: datetime) -> None:
    """Whether everybody who signs in to the Back Office must have a second factor."""
    business = session.get_one(Enterprise, 1)
    words = {True: _("everybody"), False: _("whoever wants")}
    fields = changed_fields(
        {_("Second factor"): words[business.wants_second_factor]}, {_("Second factor"): words[is_demanded]}
    )
    business.wants_second_factor = is_demanded
    note_change(
        session, kind="enterprise", key="1", label=business.name, action="changed", fields=fields, stores=[],
        by=by, now=now,
    )  # fmt: skip


def _take_away(session: Session, person: Employee, *, by: str, now: datetime) -> None:
    if person.totp_secret is None:
        return
    remove_second_factor(session, person)
    note_person(session, person, {_("Second factor"): (_("on"), "")}, by=by, now=now)


def renew_recovery_codes(session: Session, person: Employee, *, now: datetime) -> list[str]:
    """Ten new codes instead of the ones before, to be shown once."""
    codes = new_recovery_codes(session, person)
    note_person(session, person, {_("Recovery codes"): ("", _("new"))}, by=person.name, now=now)
    return codes
