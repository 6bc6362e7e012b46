"""The own profile: name and language, and the way to password, second factor and sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice_web import current
from backoffice_web.editing import open_for_edit
from backoffice_web.people.employee import Employee
from backoffice_web.people.employee_draft import EmployeeDraft, draft_of_employee
from backoffice_web.people.office_session import sessions_of
from backoffice_web.people.save_employee import save_employee
from backoffice_web.people.second_factor import recovery_codes_left
from backoffice_web.publishing.publish import publish
from backoffice_web.reports.choices import language_choices
from backoffice_web.routes.editing import announce
from shared_web.access import signed_in
from shared_web.answers import go_to, toast
from shared_web.errors import RuleError
from shared_web.language import _

blueprint = Blueprint("profile", __name__)


@blueprint.get("/profile")
@signed_in
def show() -> ResponseReturnValue:
    with current.read() as session:
        return _page(draft_of_employee(session.get_one(Employee, current.account().employee_id)))


@blueprint.post("/profile")
@signed_in
def update() -> ResponseReturnValue:
    """A new name is at the tills at once, like everything about people."""
    account, now = current.account(), current.now()
    with current.write() as session:
        # Locked before it is read: what an admin saves at this moment is not put back.
        person = open_for_edit(session, Employee, account.employee_id, revision=None)
        draft = _typed(draft_of_employee(person))
        try:
            saved = save_employee(session, draft, employee_id=account.employee_id, by=account.name, now=now)
            records = [("employee", account.employee_id)]
            results = publish(
                session, stores=list(saved.stores), records=records, by=account.name, now=now, urgent=True
            )
            session.commit()
        except RuleError as problem:
            session.rollback()
            return _page(draft, problem.fields, status=422)
    announce(results)
    return go_to(url_for("profile.show"), toasts=[toast("success", _("User Updated Successfully"))])


def _typed(before: EmployeeDraft) -> EmployeeDraft:
    def typed(name: str) -> str:
        return request.form.get(name, "").strip()

    return replace(
        before, first_name=typed("first_name"), last_name=typed("last_name"), language=typed("language")
    )


def _page(
    draft: EmployeeDraft, errors: Mapping[str, str] | None = None, *, status: int = 200
) -> ResponseReturnValue:
    account = current.account()
    with current.read() as session:
        page = render_template(
            "backoffice/profile/show.html",
            form=draft,
            errors=defaultdict(str, errors or {}),
            person=session.get_one(Employee, account.employee_id),
            languages=language_choices(),
            codes_left=recovery_codes_left(session, account.employee_id),
            sessions=sessions_of(session, account.employee_id, now=current.now()),
        )
    return page, status
