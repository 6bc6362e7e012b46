"""Users: the list, the editor and the photo. What is saved here is published at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice_web import current
from backoffice_web.editing import Complaints
from backoffice_web.forms.employee_form import (
    EmployeeTexts,
    posted_employee,
    read_employee,
    read_photo_change,
    read_secrets,
    texts_of_employee,
)
from backoffice_web.kept_form import has_secrets
from backoffice_web.listing import read_wish
from backoffice_web.people.authority import check_given, check_person
from backoffice_web.people.employee import Credential, Employee, EmployeePhoto
from backoffice_web.people.employee_draft import (
    EmployeeDraft,
    draft_of_employee,
    employee_words,
    gender_words,
    screen_words,
)
from backoffice_web.people.list_employees import FILTERS, SORTS, list_employees
from backoffice_web.people.office_session import live_session, sessions_of
from backoffice_web.people.password_rules import password_rules
from backoffice_web.people.pin import is_easy_pin
from backoffice_web.people.role import Role
from backoffice_web.people.save_employee import save_employee
from backoffice_web.reports.choices import language_choices
from backoffice_web.reports.reach import act_of_person, read_versions
from backoffice_web.routes.editing import Editor, save_record, show_new, show_record
from backoffice_web.routes.scope import check_reach, my_stores, shown_stores, stores_of
from backoffice_web.signing_in import begin, close_sockets
from backoffice_web.stores.store import Store
from shared_web.access import needs, signed_in
from shared_web.answers import is_htmx, toast
from shared_web.errors import NotAllowed
from shared_web.language import _

blueprint = Blueprint("employees", __name__)


class EmployeeEditor(Editor[Employee, EmployeeDraft, EmployeeTexts]):
    endpoint = "employees"
    template = "backoffice/employees/show.html"
    model = Employee
    is_always_published = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.concerned: tuple[str, ...] | None = None
        self.key: str | None = None
        self.had_sign_in = False
        self.complaints = Complaints()

    def blank(self) -> EmployeeTexts:
        chosen = current.chosen_store()
        return EmployeeTexts(stores=frozenset({chosen} if chosen else ()))

    def draft_of(self, row: Employee) -> EmployeeDraft:
        self.key, self.had_sign_in = row.id, row.has_sign_in
        return draft_of_employee(row)

    def texts_of(self, draft: EmployeeDraft) -> EmployeeTexts:
        return texts_of_employee(draft)

    def posted(self, form: MultiDict[str, str]) -> EmployeeTexts:
        return posted_employee(form)

    def read(self, texts: EmployeeTexts, before: EmployeeDraft | None) -> EmployeeDraft:
        return read_employee(texts, self.complaints)

    def save(
        self, draft: EmployeeDraft, *, key: str | None, revision: int | None, by: str, now: datetime
    ) -> Employee:
        if key:
            check_person(self.session, self.session.get_one(Employee, key), by=current.account())
        check_given(
            self.session, roles=[draft.role_id, *draft.other_roles], stores=draft.stores, by=current.account()
        )
        # A password that somebody else has set is good for one sign-in.
        is_lent = key != current.account().employee_id
        secrets = read_secrets(request.form, self.complaints, must_change_password=is_lent)
        photo = read_photo_change(request.form, request.files.get("photo"), self.complaints)
        with self.complaints.collecting():
            saved = save_employee(
                self.session,
                draft,
                employee_id=key,
                revision=revision,
                secrets=secrets,
                photo=photo,
                by=by,
                now=now,
            )
        self.complaints.raise_if_any()
        self.concerned = saved.stores
        return saved.employee

    def saved_title(self, row: Employee) -> str:
        if self.key is None:
            return _("User Created Successfully")
        if row.has_sign_in and not self.had_sign_in:
            return _("Sign In Enabled Successfully")
        return _("User Updated Successfully")

    def warnings(self, row: Employee) -> list[dict[str, str]]:
        pin = request.form.get("pin", "").strip()
        if not pin or not is_easy_pin(pin, born_on=row.born_on):
            return []
        return [toast("info", _("This PIN is easy to guess."), _("Give them another one soon."))]

    def words(self, draft: EmployeeDraft) -> Mapping[str, str]:
        return employee_words(self.session, draft)

    def belongs_to(self, row: Employee) -> list[str]:
        return stores_of(row)

    def records(self, key: str) -> list[tuple[str, str]]:
        return [("employee", key)]

    def stores(self, row: Employee | None) -> list[Store]:
        """Where the person works, and after saving also where they worked before."""
        if self.concerned is None:
            return super().stores(row)
        return [store for store in super().stores(row) if store.id in self.concerned]

    def context(self) -> dict[str, Any]:
        return {
            "roles": _roles(self.session),
            "stores": [(store.id, store.name) for store in super().stores(None)],
            "genders": list(gender_words().items()),
            "screens": list(screen_words().items()),
            "languages": language_choices(),
            "rules": password_rules(""),
            "has_badge": self.key is not None and _has_badge(self.session, self.key),
            "was_secret": not is_htmx() and has_secrets(),
            "arrived_at": self._arrived_at(),
        }

    def _arrived_at(self) -> str:
        """How the page names what was published of this person; empty while nothing was."""
        act = act_of_person(self.key) if self.key is not None else ""
        return act if read_versions(self.session, act) else ""


@blueprint.get("/employees")
@needs("people.edit")
def index() -> ResponseReturnValue:
    wish = read_wish(request.args, sorts=tuple(SORTS), default_sort="name", filters=FILTERS)
    with current.read() as session:
        return render_template(
            "backoffice/employees/index.html",
            page=list_employees(
                session, wish, stores=shown_stores(session), with_storeless=current.account().reaches_all
            ),
            roles=_roles(session),
            stores=[(store.id, store.name) for store in shown_stores(session)],
            store_names={store.id: store.name for store in my_stores(session)},
        )


@blueprint.get("/employees/new")
@needs("people.edit")
def new() -> ResponseReturnValue:
    return show_new(EmployeeEditor)


@blueprint.post("/employees")
@needs("people.edit", wants_password=True)
def create() -> ResponseReturnValue:
    return save_record(EmployeeEditor)


@blueprint.get("/employees/<key>")
@needs("people.edit")
def show(key: str) -> ResponseReturnValue:
    return show_record(EmployeeEditor, key)


@blueprint.post("/employees/<key>")
@needs("people.edit", wants_password=True)
def update(key: str) -> ResponseReturnValue:
    answer = save_record(EmployeeEditor, key)
    account = current.account()
    with current.write() as session:
        if (
            key == account.employee_id
            and live_session(session, account.session_id, now=current.now()) is None
        ):
            # A new password ends every sign-in of that person but the one that set it.
            begin(session, key, name=account.name)
    close_sockets(key)
    return answer


@blueprint.get("/employees/<key>/menu")
@needs("people.edit")
def menu(key: str) -> ResponseReturnValue:
    with current.read() as session:
        row = session.get(Employee, key) or abort(404)
        check_reach(*stores_of(row))
        # Back to the very list from which the menu was opened.
        after = request.headers.get("HX-Current-URL", "")
        count = len(sessions_of(session, key, now=current.now()))
        return render_template("backoffice/employees/_menu.html", row=row, after=after, session_count=count)


@blueprint.get("/employees/<key>/photo")
@signed_in
def photo(key: str) -> ResponseReturnValue:
    """For whoever manages people, and for the person."""
    if key != current.account().employee_id and not current.account().may("people.edit"):
        raise NotAllowed(_("Your role does not allow this. Ask an owner."))
    with current.read() as session:
        found = session.get(EmployeePhoto, key) or abort(404)
        if key != current.account().employee_id:
            check_reach(*stores_of(session.get_one(Employee, key)))
        return picture(found.content)


def picture(content: bytes) -> Response:
    """A JPEG that its address names by its content, so that a browser may keep it."""
    response = make_response(content)
    response.headers["Content-Type"] = "image/jpeg"
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers["Content-Disposition"] = "inline; filename=photo.jpg"
    return response


def _roles(session: Session) -> list[tuple[str, str]]:
    return [(key, name) for key, name in session.execute(select(Role.id, Role.name).order_by(Role.priority))]


def _has_badge(session: Session, key: str) -> bool:
    badges = select(Credential.id).where(Credential.employee_id == key, Credential.badge_digest.is_not(None))
    return session.scalar(badges.limit(1)) is not None
