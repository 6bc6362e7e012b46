"""Employees: the list and the editor. What is saved here is published at once, under its own permission."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import login_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice_web import current
from backoffice_web.forms.employee_form import (
    EmployeeTexts,
    posted_employee,
    read_employee,
    texts_of_employee,
)
from backoffice_web.listing import read_wish
from backoffice_web.people.account import account_of
from backoffice_web.people.employee import Employee
from backoffice_web.people.list_employees import FILTERS, SORTS, list_employees
from backoffice_web.people.role import Role
from backoffice_web.people.save_employee import (
    EmployeeDraft,
    draft_of_employee,
    employee_words,
    save_employee,
)
from backoffice_web.routes.editing import Editor, save_record, show_new, show_record
from backoffice_web.routes.scope import shown_stores
from backoffice_web.stores.store import Store
from shared_web.access import needs

blueprint = Blueprint("employees", __name__)


class EmployeeEditor(Editor[Employee, EmployeeDraft, EmployeeTexts]):
    endpoint = "employees"
    template = "backoffice/employees/show.html"
    model = Employee
    is_always_published = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.concerned: tuple[str, ...] | None = None

    def blank(self) -> EmployeeTexts:
        chosen = current.chosen_store()
        return EmployeeTexts(stores=frozenset({chosen} if chosen else ()))

    def draft_of(self, row: Employee) -> EmployeeDraft:
        return draft_of_employee(row)

    def texts_of(self, draft: EmployeeDraft) -> EmployeeTexts:
        return texts_of_employee(draft)

    def posted(self, form: MultiDict[str, str]) -> EmployeeTexts:
        return posted_employee(form)

    def read(self, texts: EmployeeTexts, before: EmployeeDraft | None) -> EmployeeDraft:
        return read_employee(texts)

    def save(
        self, draft: EmployeeDraft, *, key: str | None, revision: int | None, by: str, now: datetime
    ) -> Employee:
        saved = save_employee(
            self.session,
            draft,
            employee_id=key,
            revision=revision,
            pin=request.form.get("pin", "").strip(),
            password=request.form.get("password", ""),
            by=by,
            now=now,
        )
        self.concerned = saved.stores
        return saved.employee

    def words(self, draft: EmployeeDraft) -> Mapping[str, str]:
        return employee_words(self.session, draft)

    def records(self, key: str) -> list[tuple[str, str]]:
        return [("employee", key)]

    def stores(self, row: Employee | None) -> list[Store]:
        """Where the person works, and after saving also where they worked before."""
        if self.concerned is None:
            return super().stores(row)
        return [store for store in super().stores(row) if store.id in self.concerned]

    def context(self) -> dict[str, Any]:
        roles = select(Role.id, Role.name).order_by(Role.priority, Role.name)
        return {
            "roles": self.session.execute(roles).all(),
            "all_stores": self.session.scalars(select(Store).order_by(Store.name)).all(),
        }


@blueprint.get("/employees")
@needs("people.edit")
def index() -> ResponseReturnValue:
    wish = read_wish(request.args, sorts=tuple(SORTS), default_sort="name", filters=FILTERS)
    with current.read() as session:
        return render_template(
            "backoffice/employees/index.html",
            page=list_employees(session, wish, stores=shown_stores(session)),
            roles=session.execute(select(Role.id, Role.name).order_by(Role.priority)).all(),
            store_names=dict(session.execute(select(Store.id, Store.name)).all()),
        )


@blueprint.get("/employees/new")
@needs("people.edit")
def new() -> ResponseReturnValue:
    return show_new(EmployeeEditor)


@blueprint.post("/employees")
@needs("people.edit")
def create() -> ResponseReturnValue:
    return save_record(EmployeeEditor)


@blueprint.get("/employees/<key>")
@needs("people.edit")
def show(key: str) -> ResponseReturnValue:
    return show_record(EmployeeEditor, key)


@blueprint.post("/employees/<key>")
@needs("people.edit")
def update(key: str) -> ResponseReturnValue:
    answer = save_record(EmployeeEditor, key)
    if key == current.account().employee_id:
        _stay_signed_in(key)
    return answer


def _stay_signed_in(key: str) -> None:
    """A new password ends every sign-in of that person but the one that set it."""
    with current.read() as session:
        employee = session.get_one(Employee, key)
        account = account_of(session, f"{employee.id}:{employee.session_stamp}")
    if account is not None:
        login_user(account)
