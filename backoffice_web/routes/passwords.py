"""Passwords as they are typed: which rules they meet already."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from backoffice_web import current
from backoffice_web.people.employee_rules import business_words
from backoffice_web.people.password_rules import LONGEST, password_rules
from shared_web.access import signed_in

blueprint = Blueprint("passwords", __name__)

PERSONAL = ("first_name", "last_name", "email")


@blueprint.post("/password-checks")
@signed_in
def check() -> ResponseReturnValue:
    password = request.form.get("password", "")[: LONGEST + 1]
    again = request.form.get("password_again", "")[: LONGEST + 1]
    personal = [request.form.get(name, "")[:254] for name in PERSONAL]
    with current.read() as session:
        rules = password_rules(password, again, about=[*personal, *business_words(session)])
    return render_template("backoffice/passwords/_rules.html", rules=rules)
