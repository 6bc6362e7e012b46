"""The second step of signing in, for whoever has a second factor: the code of the app, or a recovery code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.people.account import may_sign_in, password_mark
from backoffice_web.people.employee import Employee
from backoffice_web.people.second_factor import accept_code
from backoffice_web.people.sign_in_tries import TooManyTries, count_try, forget_tries
from backoffice_web.signing_in import after_signing_in, begin, caller_address, note_refused
from shared_web.access import anyone
from shared_web.answers import go_to, toast
from shared_web.clock import is_within
from shared_web.language import _

blueprint = Blueprint("sign_in_codes", __name__)

# How long the password that was entered waits for its code.
PATIENCE = timedelta(minutes=10)


def ask_for_code(person: Employee) -> ResponseReturnValue:
    """The password was right: this browser may enter a code now, and nothing else."""
    browser.pop("_user_id", None)
    browser["half"] = [person.id, int(current.now().timestamp()), password_mark(person)]
    return go_to(url_for("sign_in_codes.show", after=request.form.get("after") or None))


@blueprint.get("/sign-in/code")
@anyone
def show() -> ResponseReturnValue:
    with current.read() as session:
        return _form() if _half_signed_in(session) else _too_late()


@blueprint.post("/sign-in/code")
@anyone
def create() -> ResponseReturnValue:
    with current.write() as session:
        person = _half_signed_in(session)
        if person is None:
            return _too_late()
        try:
            count_try(session, account=f"code {person.id}", address=caller_address(), now=current.now())
        except TooManyTries as problem:
            return _form(problem.sentence, status=429)
        session.commit()
        is_right = accept_code(session, person, request.form.get("code", "")[:100], now=current.now())
        if is_right:
            forget_tries(session, account=f"code {person.id}", address=caller_address())
            begin(session, person.id, name=person.name)
            return go_to(after_signing_in())
        session.commit()
    note_refused(person.email or "")
    return _form(_("This code is wrong, too old, or was used already. Enter the next one."), status=422)


def _half_signed_in(session: Session) -> Employee | None:
    """The person whose password this browser has entered a moment ago, if it is still their password."""
    match browser.get("half"):
        case [str(key), int(at), str(mark)]:
            person = session.get(Employee, key)
            since = datetime.fromtimestamp(at, UTC)
            is_fresh = is_within(current.now(), since, since + PATIENCE)
            if person is None or not is_fresh or person.totp_secret is None:
                return None
            return person if may_sign_in(person) and password_mark(person) == mark else None
    return None


def _too_late() -> ResponseReturnValue:
    browser.pop("half", None)
    told = toast("info", _("Enter e-mail and password once more."))
    return go_to(url_for("sign_in.show", after=request.values.get("after") or None), toasts=[told])


def _form(problem: str = "", *, status: int = 200) -> ResponseReturnValue:
    after = request.values.get("after", "")
    return render_template("backoffice/sign_in_codes/show.html", problem=problem, after=after), status
