"""One act on one or many people: terminate, take back, sign-in, another role. At the tills at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.people.authority import check_given, check_person
from backoffice_web.people.employee import Employee
from backoffice_web.people.employee_draft import EmployeeDraft, draft_of_employee
from backoffice_web.people.role import Role
from backoffice_web.people.save_employee import save_employee
from backoffice_web.publishing.publish import PublicationResult, publish
from backoffice_web.routes.editing import announce
from backoffice_web.routes.ticked_rows import change_each, list_url, nothing_ticked, ticked, toasts_of
from backoffice_web.signing_in import close_sockets
from shared_web.access import needs
from shared_web.answers import go_to
from shared_web.errors import RuleError
from shared_web.language import _, ngettext

blueprint = Blueprint("employee_batches", __name__)

Change = Callable[[EmployeeDraft], EmployeeDraft]


@blueprint.post("/employee-batches")
@needs("people.edit", wants_password=True)
def create() -> ResponseReturnValue:
    keys, back = ticked(), list_url("employees.index")
    if not keys:
        return nothing_ticked(back)
    stores: set[str] = set()
    with current.write() as session:
        change = _change(session)
        outcome = change_each(session, Employee, keys, lambda row: _save(session, row, change, stores))
        results = _publish(session, outcome.changed, sorted(stores))
        session.commit()
    announce(results)
    for key in outcome.changed:
        close_sockets(key)
    return go_to(back, toasts=toasts_of(outcome, _words(len(outcome.changed))))


def _change(session: Session) -> Change:
    act, role_id = request.form.get("act", ""), request.form.get("role_id", "")
    if act == "role":
        if session.get(Role, role_id) is None:
            raise RuleError(_("Choose a role."))
        return lambda draft: replace(draft, role_id=role_id)
    if act in ("on", "off"):
        return lambda draft: replace(draft, is_active=act == "on")
    if act in ("sign_in_on", "sign_in_off"):
        return lambda draft: replace(draft, has_sign_in=act == "sign_in_on")
    raise RuleError(_("Choose what to do with them."))


def _words(count: int) -> str:
    said = {
        "sign_in_on": _("Sign In Enabled Successfully"),
        "sign_in_off": _("Sign In Disabled Successfully"),
    }
    if words := said.get(request.form.get("act", "")):
        return words
    if count == 1:
        return _("User Updated Successfully")
    return ngettext("%(count)s person saved and published.", "%(count)s people saved and published.", count)


def _save(session: Session, row: Employee, change: Change, stores: set[str]) -> bool:
    """Adds to `stores` where the change must be published."""
    before = draft_of_employee(row)
    draft = change(before)
    if draft == before:
        return False
    check_person(session, row, by=current.account())
    check_given(session, roles=[draft.role_id, *draft.other_roles], stores=draft.stores, by=current.account())
    by, now = current.account().name, current.now()
    stores.update(save_employee(session, draft, employee_id=row.id, by=by, now=now).stores)
    return True


def _publish(session: Session, keys: list[str], stores: list[str]) -> list[PublicationResult]:
    if not keys or not stores:
        return []
    records = [("employee", key) for key in keys]
    by, now = current.account().name, current.now()
    return publish(session, stores=stores, records=records, by=by, now=now, urgent=True)
