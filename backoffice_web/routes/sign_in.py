"""Signing in to the Back Office and out of it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from backoffice_web import current
from backoffice_web.people.account import person_with_password
from backoffice_web.people.office_session import end_sessions
from backoffice_web.people.sign_in_tries import TooManyTries, count_try, forget_tries
from backoffice_web.routes.setup import is_first_visit
from backoffice_web.routes.sign_in_codes import ask_for_code
from backoffice_web.signing_in import after_signing_in, begin, caller_address, note_refused
from shared_web.access import anyone
from shared_web.answers import go_to
from shared_web.language import _

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
@anyone
def show() -> ResponseReturnValue:
    if is_first_visit():
        return redirect(url_for("setup.show"))
    if current_user.is_authenticated:
        return redirect(after_signing_in())
    return _form()


@blueprint.post("/sign-in")
@anyone
def create() -> ResponseReturnValue:
    email, password = request.form.get("email", "")[:254], request.form.get("password", "")[:200]
    try:
        with current.write() as session:
            count_try(session, account=email, address=caller_address(), now=current.now())
            session.commit()
    except TooManyTries as problem:
        return _form(problem.sentence, status=429)
    with current.read() as session:
        person = person_with_password(session, email=email, password=password)
    if person is None:
        note_refused(email)
        return _form(_("The e-mail address or the password is wrong."), status=422)
    with current.write() as session:
        forget_tries(session, account=email, address=caller_address())
        if person.totp_secret is not None:
            session.commit()
            return ask_for_code(person)
        begin(session, person.id, name=person.name)
    return go_to(after_signing_in())


@blueprint.post("/sign-out")
@anyone
def delete() -> ResponseReturnValue:
    if current_user.is_authenticated:
        with current.write() as session:
            end_sessions(session, current_user.employee_id, only=current_user.session_id)
            session.commit()
    logout_user()
    browser.clear()
    return go_to(url_for("sign_in.show"))


def _form(problem: str = "", *, status: int = 200) -> ResponseReturnValue:
    email = request.form.get("email", "")
    after = request.values.get("after", "")
    page = render_template("backoffice/sign_in/show.html", problem=problem, email=email, after=after)
    return page, status
