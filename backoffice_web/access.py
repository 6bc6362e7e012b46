"""Enforces, before every request, what its route demands: a signed-in person, a permission."""

from __future__ import annotations

from flask import Flask, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

from backoffice_web import current
from backoffice_web.people.account import Account, account_of
from shared_web.access import requirement_of
from shared_web.answers import go_to, is_htmx
from shared_web.errors import NotAllowed
from shared_web.language import _


def guard(app: Flask) -> None:
    login = LoginManager(app)
    login.session_protection = None
    login.user_loader(_load_account)
    app.before_request(_enforce)


def _load_account(identity: str) -> Account | None:
    with current.read() as session:
        return account_of(session, identity)


def _enforce() -> ResponseReturnValue | None:
    requirement = requirement_of(current_app, request.endpoint)
    if request.endpoint is None or requirement is None or requirement.level == "anyone":
        return None
    if not current_user.is_authenticated:
        # Back to where they wanted to go, after signing in; only for whole pages that can be opened.
        after = request.full_path if request.method == "GET" and not is_htmx() else None
        return go_to(url_for("sign_in.show", after=after))
    if requirement.level == "permission" and not current.account().may(requirement.permission):
        raise NotAllowed(_("Your role does not allow this. Ask an owner."))
    return None
