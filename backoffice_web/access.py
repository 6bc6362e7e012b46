"""Enforces, before every request, what its route demands: a signed-in person, a permission.

Invariant: whoever has a duty first – a new password, a second factor – reaches nothing else, from the request
on that follows what gave it to them. A form that they send then is kept until they have a second factor.
"""

from __future__ import annotations

from flask import Flask, Response, after_this_request, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

from backoffice_web import current
from backoffice_web.confirmation import check_confirmed
from backoffice_web.people.account import Account, account_of
from backoffice_web.people.office_session import USE_NOTED_EVERY, note_use
from shared_web.access import requirement_of
from shared_web.answers import go_to, is_htmx
from shared_web.errors import NotAllowed
from shared_web.language import _

# Where each duty is done, and which routes serve it.
DUTIES = {
    "password": ("passwords.show", {"passwords.show", "passwords.update", "passwords.check"}),
    "second_factor": ("second_factors.show", {"second_factors.show", "second_factors.create"}),
}


class SecondFactorWanted(NotAllowed):
    """Somebody who has to set up their second factor first has sent a form, or is in the middle of a page."""


def guard(app: Flask) -> None:
    login = LoginManager(app)
    login.session_protection = None
    login.user_loader(_load_account)
    app.before_request(_enforce)


def _load_account(session_id: str) -> Account | None:
    with current.read() as session:
        account = account_of(session, session_id, now=current.now())
    if account is not None and current.now() - account.last_used_at > USE_NOTED_EVERY:
        _note_use_later(account)
    return account


def _note_use_later(account: Account) -> None:
    """Written down when the answer is on its way: no page waits for whoever holds the write lock."""
    office, now = current.office(), current.now()

    def write() -> None:
        with office.database.write() as session:
            note_use(session, account.session_id, now=now)
            session.commit()

    @after_this_request
    def when_sent(response: Response) -> Response:
        response.call_on_close(write)
        return response


def _enforce() -> ResponseReturnValue | None:
    requirement = requirement_of(current_app, request.endpoint)
    if request.endpoint is None or requirement is None or requirement.level == "anyone":
        return None
    if not current_user.is_authenticated:
        # Back to where they wanted to go, after signing in; only for whole pages that can be opened.
        after = request.full_path if request.method == "GET" and not is_htmx() else None
        return go_to(url_for("sign_in.show", after=after))
    account = current.account()
    if account.duty:
        place, allowed = DUTIES[account.duty]
        if request.endpoint in allowed:
            return None
        if account.duty == "second_factor" and (request.method == "POST" or is_htmx()):
            raise SecondFactorWanted(_("Your business asks for a second factor."))
        return go_to(url_for(place))
    if requirement.level == "permission" and not account.may(requirement.permission):
        raise NotAllowed(_("Your role does not allow this. Ask an owner."))
    if requirement.wants_password:
        check_confirmed()
    return None
