"""The employee editor's fields as texts. A PIN or a password that was typed never comes back to the page."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from backoffice_web.people.save_employee import EmployeeDraft


@dataclass(frozen=True, kw_only=True)
class EmployeeTexts:
    name: str = ""
    role_id: str = ""
    stores: frozenset[str] = frozenset()
    email: str = ""
    is_active: bool = True


def texts_of_employee(draft: EmployeeDraft) -> EmployeeTexts:
    return EmployeeTexts(
        name=draft.name,
        role_id=draft.role_id,
        stores=draft.stores,
        email=draft.email,
        is_active=draft.is_active,
    )


def posted_employee(form: MultiDict[str, str]) -> EmployeeTexts:
    return EmployeeTexts(
        name=form.get("name", ""),
        role_id=form.get("role_id", ""),
        stores=frozenset(form.getlist("stores")),
        email=form.get("email", ""),
        is_active="is_active" in form,
    )


def read_employee(texts: EmployeeTexts) -> EmployeeDraft:
    return EmployeeDraft(
        name=texts.name.strip(),
        role_id=texts.role_id,
        stores=texts.stores,
        email=texts.email.strip().lower(),
        is_active=texts.is_active,
    )
