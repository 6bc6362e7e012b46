"""Signing in to the Back Office and out of it."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from backoffice_web import current
from backoffice_web.people.account import sign_in
from backoffice_web.people.sign_in_attempts import SignInAttempts
from backoffice_web.routes.setup import is_first_visit
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
        return redirect(_after())
    return _form()


@blueprint.post("/sign-in")
@anyone
def create() -> ResponseReturnValue:
    email, password = request.form.get("email", ""), request.form.get("password", "")
    attempts, address = _attempts(), request.remote_addr or ""
    if attempts.is_too_many(email=email, address=address):
        return _form(_("Too many tries. Wait ten minutes, then try again."), status=429)
    with current.read() as session:
        account = sign_in(session, email=email[:254], password=password[:200])
    if account is None:
        attempts.note_wrong(email=email, address=address)
        return _form(_("The e-mail address or the password is wrong."), status=422)
    attempts.forget(email=email)
    browser.clear()
    login_user(account)
    return go_to(_after())


@blueprint.post("/sign-out")
@anyone
def delete() -> ResponseReturnValue:
    logout_user()
    browser.clear()
    return go_to(url_for("sign_in.show"))


def _form(problem: str = "", *, status: int = 200) -> ResponseReturnValue:
    email = request.form.get("email", "")
    after = request.values.get("after", "")
    page = render_template("backoffice/sign_in/show.html", problem=problem, email=email, after=after)
    return page, status


def _after() -> str:
    """Where they wanted to go, if that is a page of this house; else the start page."""
    after = request.values.get("after", "").removesuffix("?")
    is_ours = after.startswith("/") and not after.startswith(("//", "/\\")) and after.isprintable()
    return request.script_root + after if is_ours else url_for("dashboard.show")


def _attempts() -> SignInAttempts:
    found: SignInAttempts = current_app.extensions.setdefault(
        "sign_in_attempts", SignInAttempts(current.office().clock)
    )
    return found
