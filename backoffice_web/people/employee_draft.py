"""A person as an editor holds them: every field that may be shown again, and apart from it the secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.people.employee import Employee
from backoffice_web.people.photo import Photo
from backoffice_web.people.role import Role
from backoffice_web.stores.store import Store
from shared_web.formats import local_date
from shared_web.language import _


@dataclass(frozen=True, kw_only=True)
class EmployeeDraft:
    """`stores` are the ids of the stores where the person works; `other_roles` are role ids.

    `gender` is a key of `gender_words`, `initial_screen` of `screen_words`, `language` a locale or empty.
    """

    first_name: str
    last_name: str = ""
    role_id: str
    other_roles: frozenset[str] = field(default_factory=frozenset)
    stores: frozenset[str] = field(default_factory=frozenset)
    has_sign_in: bool = False
    email: str = ""
    gender: str = ""
    born_on: date | None = None
    phone: str = ""
    language: str = ""
    initial_screen: str = ""
    joined_on: date | None = None
    is_active: bool = True

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.first_name.strip(), self.last_name.strip())))


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What is set and never shown again; None keeps what is there. An empty `badge` takes it away."""

    pin: str | None = None
    badge: str | None = None
    password: str | None = None
    must_change_password: bool = False


@dataclass(frozen=True)
class PhotoChange:
    """A new photo, or None to take it away."""

    photo: Photo | None


def split_name(name: str) -> tuple[str, str]:
    """First and last name: the last word is the last name, if there are several."""
    first, _space, last = name.strip().rpartition(" ")
    return (first.strip(), last) if first else (last, "")


def draft_of_employee(employee: Employee) -> EmployeeDraft:
    return EmployeeDraft(
        first_name=employee.first_name,
        last_name=employee.last_name,
        role_id=employee.role_id,
        other_roles=frozenset(row.role_id for row in employee.other_roles),
        stores=frozenset(row.store_id for row in employee.stores),
        has_sign_in=employee.has_sign_in,
        email=employee.email or "",
        gender=employee.gender,
        born_on=employee.born_on,
        phone=employee.phone,
        language=employee.language,
        initial_screen=employee.initial_screen,
        joined_on=employee.joined_on,
        is_active=employee.is_active,
    )


def gender_words() -> dict[str, str]:
    return {"": _("Not said"), "female": _("Female"), "male": _("Male"), "other": _("Other")}


def screen_words() -> dict[str, str]:
    """Where a till lands after the PIN. Keys are INITIAL_SCREENS, and nothing for the usual one."""
    return {"": _("POS (Order screen)"), "orders": _("Orders"), "operations": _("Operations")}


def employee_words(session: Session, draft: EmployeeDraft) -> dict[str, str]:
    """The draft's fields as label → value to read, for the journal and for conflicts."""
    stores = session.scalars(select(Store.name).where(Store.id.in_(draft.stores)).order_by(Store.name))
    roles = dict(session.execute(select(Role.id, Role.name).order_by(Role.name)).all())
    words = {
        _("First name"): draft.first_name,
        _("Last name"): draft.last_name,
        _("Role"): roles.get(draft.role_id, ""),
        _("Also works as"): ", ".join(name for key, name in roles.items() if key in draft.other_roles),
        _("Stores"): ", ".join(stores),
        _("Enable User Sign In"): _("Yes") if draft.has_sign_in else "",
        _("E-mail"): draft.email,
        _("Gender"): gender_words().get(draft.gender, "") if draft.gender else "",
        _("Date of birth"): local_date(draft.born_on) if draft.born_on else "",
        _("Phone"): draft.phone,
        _("Language"): draft.language,
        _("Initial screen"): screen_words().get(draft.initial_screen, "") if draft.initial_screen else "",
        _("Date of joining"): local_date(draft.joined_on) if draft.joined_on else "",
        _("Works here"): _("Yes") if draft.is_active else "",
    }
    return {label: value for label, value in words.items() if value}
