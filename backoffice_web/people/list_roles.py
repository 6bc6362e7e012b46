"""The list of roles, each with who has it, and what sets two of them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backoffice_web.listing import Page, Wish, contains, fetch_page
from backoffice_web.people.delete_role import holders
from backoffice_web.people.role import Role
from shared_web.language import _
from sync_contract.permissions import PERMISSIONS, SECTIONS

SORTS: Mapping[str, Sequence[Any]] = {
    "priority": (Role.priority, Role.id),
    "name": (Role.name, Role.id),
}
NAMES_SHOWN = 4


@dataclass(frozen=True)
class RoleRow:
    """`people` are names, at most a few of the `count`."""

    role: Role
    people: list[str]
    count: int


@dataclass(frozen=True)
class Difference:
    label: str
    left: bool
    right: bool


def list_roles(session: Session, wish: Wish) -> Page[RoleRow]:
    """Found by name and Role ID."""
    statement = select(Role)
    if wish.text:
        statement = statement.where(or_(contains(Role.name, wish.text), contains(Role.code, wish.text)))
    page = fetch_page(session, statement, wish, sorts=SORTS)
    return Page(wish=page.wish, rows=[_row(session, role) for role in page.rows], total=page.total)


def compare(left: Role, right: Role) -> list[tuple[str, list[Difference]]]:
    """Every permission and duty by section, and which of the two roles has it."""
    duties = [
        Difference(_("Log Off After Each Sale"), left.logs_off_after_sale, right.logs_off_after_sale),
        Difference(_("Second factor"), left.wants_second_factor, right.wants_second_factor),
    ]
    held = [
        (
            _(section),
            [
                Difference(_(each.label), each.key in left.permissions, each.key in right.permissions)
                for each in PERMISSIONS
                if each.section == section
            ],
        )
        for section in SECTIONS
    ]
    return [(_("Signing in and out"), duties), *held]


def _row(session: Session, role: Role) -> RoleRow:
    people = [person.name for person in holders(session, role.id) if person.is_active]
    return RoleRow(role, people[:NAMES_SHOWN], len(people))
