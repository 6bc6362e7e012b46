"""Entering the own password once more, and going on with what asked for it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice_web import current
from backoffice_web.confirmation import confirmation_page
from backoffice_web.people.office_session import note_confirmed
from backoffice_web.people.own_account import confirmed
from backoffice_web.people.password_rules import LONGEST
from backoffice_web.signing_in import caller_address, note_refused, own_address
from shared_web.access import signed_in
from shared_web.answers import fragment, go_to, is_htmx, toast
from shared_web.errors import RuleError
from shared_web.language import _

blueprint = Blueprint("confirmations", __name__)

# Tells confirmation.js to go on.
CONFIRMED: dict[str, object] = {"password:confirmed": {}}


@blueprint.get("/confirmations/new")
@signed_in
def new() -> ResponseReturnValue:
    """The dialog that asks, for script; nothing to ask when the password was entered a short while ago."""
    if not is_htmx():
        return go_to(url_for("dashboard.show"))
    if current.account().is_confirmed(current.now()):
        return fragment("", trigger=CONFIRMED, status=204)
    return render_template("backoffice/confirmations/_dialog.html", error="")


@blueprint.post("/confirmations")
@signed_in
def create() -> ResponseReturnValue:
    account, again = current.account(), own_address(request.form.get("again", ""))
    try:
        with current.write() as session:
            confirmed(
                session,
                account.employee_id,
                password=request.form.get("current_password", "")[:LONGEST],
                address=caller_address(),
                now=current.now(),
            )
            note_confirmed(session, account.session_id, now=current.now())
            session.commit()
    except RuleError as problem:
        note_refused(account.email)
        return _again(again, problem)
    if is_htmx():
        return fragment("", trigger=CONFIRMED, status=204)
    if again:
        # The browser sends the kept form once more, to where it was sent first.
        return redirect(request.script_root + again, 307)
    said = toast("info", _("Your password is confirmed. Go back with your browser, and save once more."))
    return go_to(url_for("dashboard.show"), toasts=[said])


def _again(again: str, problem: RuleError) -> ResponseReturnValue:
    if is_htmx():
        return fragment("backoffice/confirmations/_form.html", status=problem.status, error=problem.sentence)
    return confirmation_page(again=again, error=problem.sentence, status=problem.status)
