"""The own second factor: set up with an app, turned off, and its recovery codes, each shown once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import segno
from flask import Blueprint, current_app, g, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.access import SecondFactorWanted
from backoffice_web.kept_form import KeptForm, carried_form, sent_form
from backoffice_web.people.account import must_have_second_factor
from backoffice_web.people.employee import Employee
from backoffice_web.people.office_session import end_sessions
from backoffice_web.people.own_account import confirmed, renew_recovery_codes, turn_off, turn_on
from backoffice_web.people.password_rules import LONGEST
from backoffice_web.people.second_factor import app_address, new_secret, recovery_codes_left
from backoffice_web.signing_in import begin, caller_address, close_sockets_when_sent
from backoffice_web.stores.enterprise import Enterprise
from shared_web.access import signed_in
from shared_web.answers import go_to, is_htmx, toast
from shared_web.error_pages import error_answer
from shared_web.errors import RuleError
from shared_web.language import _

blueprint = Blueprint("second_factors", __name__)

# How long a secret that is shown may be set up.
PATIENCE_S = 60 * 60


@blueprint.get("/second-factor")
@signed_in
def show() -> ResponseReturnValue:
    return _page()


@blueprint.app_errorhandler(SecondFactorWanted)
def ask(problem: SecondFactorWanted) -> ResponseReturnValue:
    """The page, with the form that was sent too early; where script asks, the page with all in it stays."""
    g.is_asked = True
    if is_htmx() or request.is_json:
        way = _("Open your profile in another tab and set it up. What you typed stays here: save it then.")
        return error_answer(problem.status, problem.sentence, way)
    kept = sent_form()
    return _page(kept=kept, is_lost=kept is None, status=problem.status)


@blueprint.post("/second-factor")
@signed_in
def create() -> ResponseReturnValue:
    """The answer is the page with the recovery codes: nobody sees them again, not even by a reload."""
    account = current.account()
    try:
        with current.write() as session:
            person = _confirmed(session)
            codes = turn_on(session, person, secret=_shown_secret(), code=_code(), now=current.now())
            _end_others(session, person)
    except RuleError as problem:
        return _page(problem.fields or {"": problem.sentence}, kept=carried_form(), status=problem.status)
    close_sockets_when_sent(account.employee_id)
    kept = carried_form()
    return render_template("backoffice/second_factors/codes.html", codes=codes, is_new=True, kept=kept)


@blueprint.post("/second-factor/removal")
@signed_in
def delete() -> ResponseReturnValue:
    try:
        with current.write() as session:
            turn_off(session, _confirmed(session), now=current.now())
            session.commit()
    except RuleError as problem:
        return _page(problem.fields or {"": problem.sentence}, status=problem.status)
    return go_to(url_for("profile.show"), toasts=[toast("success", _("The second factor is off."))])


@blueprint.post("/recovery-codes")
@signed_in
def renew() -> ResponseReturnValue:
    try:
        with current.write() as session:
            codes = renew_recovery_codes(session, _confirmed(session), now=current.now())
            session.commit()
    except RuleError as problem:
        return _page(problem.fields or {"": problem.sentence}, status=problem.status)
    return render_template("backoffice/second_factors/codes.html", codes=codes, is_new=False, kept=None)


def _confirmed(session: Session) -> Employee:
    return confirmed(
        session,
        current.account().employee_id,
        password=request.form.get("current_password", "")[:LONGEST],
        address=caller_address(),
        now=current.now(),
    )


def _end_others(session: Session, person: Employee) -> None:
    """Whoever is signed in without the second factor is not any more, but for this browser.

    It is the same person's in front of it: what they have typed in other pages can still be sent.
    """
    end_sessions(session, person.id)
    token = browser.get("csrf_token")
    begin(session, person.id, name=person.name)
    if token is not None:
        browser["csrf_token"] = token


def _code() -> str:
    return request.form.get("code", "")[:20]


def _page(
    errors: Mapping[str, str] | None = None,
    *,
    kept: KeptForm | None = None,
    is_lost: bool = False,
    status: int = 200,
) -> ResponseReturnValue:
    account = current.account()
    with current.read() as session:
        person = session.get_one(Employee, account.employee_id)
        business = session.get_one(Enterprise, 1)
        secret = "" if person.totp_secret else _shown_secret(or_new=True)
        page = render_template(
            "backoffice/second_factors/show.html",
            errors=defaultdict(str, errors or {}),
            kept=kept,
            is_lost=is_lost,
            person=person,
            is_demanded=must_have_second_factor(session, person),
            codes_left=recovery_codes_left(session, person.id),
            secret=secret,
            token=_signer().dumps(secret) if secret else "",
            picture=_picture(app_address(secret, email=account.email, business=business.name))
            if secret
            else "",
        )
    return page, status


def _shown_secret(*, or_new: bool = False) -> str:
    """The secret that the page shows, so that a mistyped code does not mean to scan again."""
    try:
        return str(_signer().loads(request.form.get("token", ""), max_age=PATIENCE_S))
    except BadSignature:
        if or_new:
            return new_secret()
        raise RuleError(_("This page is too old. Scan the new picture.")) from None


def _signer() -> URLSafeTimedSerializer:
    """Each person's own: nobody is made to set up a secret that somebody else has been shown."""
    return URLSafeTimedSerializer(
        str(current_app.secret_key), salt=f"second factor {current.account().employee_id}"
    )


def _picture(address: str) -> str:
    """The QR code as an SVG element without styles, black on white in every theme."""
    return segno.make(address, error="m").svg_inline(
        scale=4, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )
