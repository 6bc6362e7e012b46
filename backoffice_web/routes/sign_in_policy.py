"""Sign-in safety for everybody: whether the Back Office asks for a second factor."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from backoffice_web import current
from backoffice_web.people.authority import check_person, check_somebody_else
from backoffice_web.people.employee import Employee
from backoffice_web.people.own_account import demand_second_factor, reset_second_factor
from backoffice_web.people.role import Role
from backoffice_web.signing_in import close_sockets
from backoffice_web.stores.enterprise import Enterprise
from shared_web.access import needs
from shared_web.answers import go_to, toast
from shared_web.language import _

blueprint = Blueprint("sign_in_policy", __name__)


@blueprint.get("/sign-in-policy")
@needs("role.edit")
def show() -> ResponseReturnValue:
    with current.read() as session:
        signs_in = Employee.is_active & Employee.has_sign_in
        without = select(func.count()).where(signs_in, Employee.totp_secret.is_(None))
        return render_template(
            "backoffice/sign_in_policy/show.html",
            is_demanded=session.get_one(Enterprise, 1).wants_second_factor,
            people=session.scalar(select(func.count()).where(signs_in)),
            without=session.scalar(without),
            roles=session.scalars(select(Role).where(Role.wants_second_factor).order_by(Role.priority)).all(),
        )


@blueprint.post("/sign-in-policy")
@needs("role.edit", wants_password=True)
def update() -> ResponseReturnValue:
    is_demanded = "wants_second_factor" in request.form
    with current.write() as session:
        demand_second_factor(session, is_demanded=is_demanded, by=current.account().name, now=current.now())
        session.commit()
    return go_to(url_for("sign_in_policy.show"), toasts=[toast("success", _("Saved."))])


@blueprint.post("/employees/<key>/second-factor/removal")
@needs("people.edit", wants_password=True)
def reset(key: str) -> ResponseReturnValue:
    """For somebody who lost phone and recovery codes."""
    with current.write() as session:
        person = session.get(Employee, key) or abort(404)
        check_person(session, person, by=current.account())
        check_somebody_else(person, by=current.account())
        reset_second_factor(session, person, by=current.account().name, now=current.now())
        session.commit()
    close_sockets(key)
    told = toast("success", _("The second factor is off."), _("They are signed out everywhere."))
    return go_to(url_for("employees.show", key=key), toasts=[told])
