"""The own password: changed with the one until now; and which rules a typed one meets already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice_web import current
from backoffice_web.people.employee_rules import business_words
from backoffice_web.people.own_account import change_password, confirmed
from backoffice_web.people.password_rules import LONGEST, password_rules
from backoffice_web.signing_in import begin, caller_address, close_sockets
from shared_web.access import signed_in
from shared_web.answers import go_to, toast
from shared_web.errors import RuleError
from shared_web.language import _

blueprint = Blueprint("passwords", __name__)

PERSONAL = ("first_name", "last_name", "email")


@blueprint.get("/password")
@signed_in
def show() -> ResponseReturnValue:
    return _form()


@blueprint.post("/password")
@signed_in
def update() -> ResponseReturnValue:
    account, now = current.account(), current.now()
    try:
        with current.write() as session:
            person = confirmed(
                session,
                account.employee_id,
                password=request.form.get("current_password", "")[:LONGEST],
                address=caller_address(),
                now=now,
            )
            change_password(
                session,
                person,
                password=request.form.get("password", ""),
                again=request.form.get("password_again", ""),
                now=now,
            )
            begin(session, person.id, name=person.name)
    except RuleError as problem:
        return _form(problem.fields or {"": problem.sentence}, status=problem.status)
    close_sockets(account.employee_id)
    told = toast("success", _("Your password is changed."), _("You are signed out everywhere else."))
    return go_to(url_for("profile.show"), toasts=[told])


@blueprint.post("/password-checks")
@signed_in
def check() -> ResponseReturnValue:
    password = request.form.get("password", "")[: LONGEST + 1]
    again = request.form.get("password_again", "")[: LONGEST + 1]
    personal = [request.form.get(name, "")[:254] for name in PERSONAL]
    with current.read() as session:
        rules = password_rules(password, again, about=[*personal, *business_words(session)])
    return render_template("backoffice/passwords/_rules.html", rules=rules)


def _form(errors: Mapping[str, str] | None = None, *, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "backoffice/passwords/show.html",
        errors=defaultdict(str, errors or {}),
        rules=password_rules(""),
        must_change=current.account().duty == "password",
    )
    return page, status
