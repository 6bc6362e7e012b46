"""Asks for the password once more before what hands out access: people, roles, sign-in policy, codes for
store nodes and terminals.

An unattended browser is not enough for these. With script the page asks before it sends the form
(confirmation.js); otherwise the request is answered with a page that keeps it, and sends it again after
the password. Either way the server decides.
"""

from __future__ import annotations

from flask import Flask, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from backoffice_web import current
from backoffice_web.kept_form import sent_form, typed_fields
from shared_web.answers import is_htmx
from shared_web.error_pages import error_answer
from shared_web.errors import NotAllowed
from shared_web.language import _


class PasswordWanted(NotAllowed):
    """The password was entered too long ago for this."""


def ask_for_passwords(app: Flask) -> None:
    app.register_error_handler(PasswordWanted, _ask)


def check_confirmed() -> None:
    """Raises PasswordWanted when the person entered their password longer ago."""
    if not current.account().is_confirmed(current.now()):
        raise PasswordWanted(_("Confirm your password to go on."))


def confirmation_page(*, again: str, error: str = "", status: int) -> ResponseReturnValue:
    """The page that asks; `again` is where what was typed is sent to once more, or nothing."""
    kept = typed_fields() if again else []
    page = render_template("backoffice/confirmations/show.html", again=again, kept=kept, error=error)
    return make_response(page, status)


def _ask(problem: PasswordWanted) -> ResponseReturnValue:
    g.is_asked = True
    if is_htmx() or request.is_json:
        return error_answer(problem.status, problem.sentence, "")
    kept = sent_form()
    return confirmation_page(again=kept.path if kept else "", status=problem.status)
