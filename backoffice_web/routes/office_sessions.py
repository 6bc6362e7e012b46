"""Signing out elsewhere: one device, all others, or everywhere for somebody else."""

from __future__ import annotations

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue

from backoffice_web import current
from backoffice_web.people.authority import check_person
from backoffice_web.people.employee import Employee
from backoffice_web.people.new_password import note_person
from backoffice_web.people.office_session import end_sessions
from backoffice_web.signing_in import close_sockets
from shared_web.access import needs, signed_in
from shared_web.answers import go_to, toast
from shared_web.language import _, ngettext

blueprint = Blueprint("office_sessions", __name__)


@blueprint.post("/office-sessions/<key>/end")
@signed_in
def end(key: str) -> ResponseReturnValue:
    """One of the own: somebody else's key ends nothing."""
    return _end_own(only=key)


@blueprint.post("/office-sessions/end-others")
@signed_in
def end_others() -> ResponseReturnValue:
    return _end_own(but=current.account().session_id)


@blueprint.post("/employees/<key>/office-sessions/end")
@needs("people.edit", wants_password=True)
def end_all(key: str) -> ResponseReturnValue:
    with current.write() as session:
        person = session.get(Employee, key) or abort(404)
        check_person(session, person, by=current.account())
        count = end_sessions(session, key)
        fields = {_("Signed in"): (_("on %(count)s devices", count=count), "")}
        note_person(session, person, fields, by=current.account().name, now=current.now())
        session.commit()
    close_sockets(key)
    return go_to(url_for("employees.show", key=key), toasts=[_told(count)])


def _end_own(*, only: str = "", but: str = "") -> ResponseReturnValue:
    account = current.account()
    with current.write() as session:
        count = end_sessions(session, account.employee_id, only=only, but=but)
        session.commit()
    close_sockets(account.employee_id)
    return go_to(url_for("profile.show"), toasts=[_told(count)])


def _told(count: int) -> dict[str, str]:
    if not count:
        return toast("info", _("Nobody was signed in there any more."))
    return toast(
        "success", ngettext("Signed out on %(count)s device.", "Signed out on %(count)s devices.", count)
    )
