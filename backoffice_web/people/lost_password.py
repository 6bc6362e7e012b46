"""For whoever runs the computer, when somebody cannot sign in to the Back Office any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.people.employee import Employee
from backoffice_web.people.new_password import set_temporary_password
from backoffice_web.people.own_account import reset_second_factor
from shared_web.errors import RuleError
from shared_web.language import _


def give_new_password(
    session: Session, *, email: str, is_second_factor_lost: bool = False, by: str, now: datetime
) -> str:
    """Give the person with this e-mail a new password and end their sign-ins; returns it, to be shown once.

    A sole owner who lost the phone and the recovery codes too has nobody who could reset the second factor:
    it is taken away when `is_second_factor_lost`. RuleError when nobody has the e-mail.
    """
    person = session.scalar(select(Employee).where(Employee.email == email.strip().lower()))
    if person is None:
        raise RuleError(_("Nobody signs in to the Back Office as %(email)s.", email=email))
    if is_second_factor_lost:
        reset_second_factor(session, person, by=by, now=now)
    return set_temporary_password(session, person, by=by, now=now)
