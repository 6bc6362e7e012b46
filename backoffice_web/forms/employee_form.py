"""The employee editor's fields as texts. A PIN, badge or password that was typed never comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from werkzeug.datastructures import FileStorage, MultiDict

from backoffice_web.editing import Complaints
from backoffice_web.forms.typed import date_or_nothing
from backoffice_web.people.employee_draft import EmployeeDraft, PhotoChange, Secrets
from backoffice_web.people.photo import LARGEST_FILE, read_photo
from shared_web.language import _

SEVERAL = frozenset({"stores", "other_roles"})
TICKED = frozenset({"is_active", "has_sign_in"})


@dataclass(frozen=True, kw_only=True)
class EmployeeTexts:
    first_name: str = ""
    last_name: str = ""
    role_id: str = ""
    other_roles: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    has_sign_in: bool = False
    email: str = ""
    gender: str = ""
    born_on: str = ""
    phone: str = ""
    language: str = ""
    initial_screen: str = ""
    joined_on: str = ""
    is_active: bool = True


def texts_of_employee(draft: EmployeeDraft) -> EmployeeTexts:
    values = {field.name: getattr(draft, field.name) for field in fields(EmployeeTexts)}
    for name in ("born_on", "joined_on"):
        values[name] = values[name].isoformat() if values[name] else ""
    return EmployeeTexts(**values)


def posted_employee(form: MultiDict[str, str]) -> EmployeeTexts:
    several = {name: frozenset(form.getlist(name)) for name in SEVERAL}
    ticked = {name: name in form for name in TICKED}
    texts = {
        field.name: form.get(field.name, "")
        for field in fields(EmployeeTexts)
        if field.name not in SEVERAL | TICKED
    }
    return EmployeeTexts(**several, **ticked, **texts)  # type: ignore[arg-type]


def read_employee(texts: EmployeeTexts, complaints: Complaints) -> EmployeeDraft:
    """The draft in the fields, as far as they can be read; a complaint for each that cannot."""
    if not texts.last_name.strip():
        complaints.add("last_name", _("Enter a last name."))
    return EmployeeDraft(
        first_name=texts.first_name.strip(),
        last_name=texts.last_name.strip(),
        role_id=texts.role_id,
        other_roles=texts.other_roles,
        stores=texts.stores,
        has_sign_in=texts.has_sign_in,
        email=texts.email.strip().lower(),
        gender=texts.gender,
        born_on=date_or_nothing(texts.born_on, "born_on", complaints),
        phone=texts.phone.strip(),
        language=texts.language,
        initial_screen=texts.initial_screen,
        joined_on=date_or_nothing(texts.joined_on, "joined_on", complaints),
        is_active=texts.is_active,
    )


def read_secrets(form: Mapping[str, str], complaints: Complaints, *, must_change_password: bool) -> Secrets:
    """What is set anew; a complaint of `password_again` when it was not typed twice the same."""
    password = form.get("password", "")
    check_repeated(password, form.get("password_again", ""), complaints)
    badge = "" if "removes_badge" in form else form.get("badge", "").strip() or None
    return Secrets(
        pin=form.get("pin", "").strip() or None,
        badge=badge,
        password=password or None,
        must_change_password=must_change_password,
    )


def check_repeated(password: str, again: str, complaints: Complaints) -> None:
    if password != again:
        complaints.add("password_again", _("The two passwords are not the same. Type both again."))


def read_photo_change(
    form: Mapping[str, str], file: FileStorage | None, complaints: Complaints
) -> PhotoChange | None:
    """A new photo or none, with a complaint of `photo` for a file that is no photo."""
    if file is not None and file.filename:
        with complaints.collecting():
            return PhotoChange(read_photo(file.stream.read(LARGEST_FILE + 1)))
    return PhotoChange(None) if "removes_photo" in form else None
