"""Whom and what somebody may change: no more than they hold, where they work, never the last owner.

Invariants: nobody gives a permission that they do not hold, nor changes a person or a role that may do
more than they do (a new PIN or password would be a way to become them); whoever may not act in every
store changes only people who work in their stores alone; once there is an owner, there is always one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.people.account import Account, may_sign_in
from backoffice_web.people.employee import Employee
from backoffice_web.people.role import Role
from backoffice_web.stores.enterprise import Enterprise
from shared_web.errors import NotAllowed, RuleError
from shared_web.language import _
from sync_contract.permissions import BY_KEY

# With these a person can restore everything else.
OWNERSHIP = frozenset({"office.sign_in", "store.every", "people.edit", "role.edit"})


class LastOwner(RuleError):
    """The change would leave nobody who may manage people and roles in every store."""


def check_person(session: Session, employee: Employee, *, by: Account) -> None:
    """May `by` change this person? Raises NotAllowed."""
    for role_id in (employee.role_id, *(row.role_id for row in employee.other_roles)):
        check_role(session.get_one(Role, role_id), by=by)
    if not by.reaches(row.store_id for row in employee.stores) or not (employee.stores or by.reaches_all):
        raise NotAllowed(_("%(name)s does not work in your stores alone. Ask an owner.", name=employee.name))


def check_somebody_else(employee: Employee, *, by: Account) -> None:
    """Raises NotAllowed for oneself: the own profile asks for the password first."""
    if employee.id == by.employee_id:
        raise NotAllowed(_("Do this for yourself on your profile, with your password."))


def check_role(role: Role, *, by: Account) -> None:
    """May `by` change this role and its people? Raises NotAllowed."""
    if more := labels_beyond(role.permissions, by=by):
        raise NotAllowed(
            _("The role %(role)s may do more than you: %(permissions)s.", role=role.name, permissions=more)
        )


def check_given(session: Session, *, roles: Iterable[str], stores: Collection[str], by: Account) -> None:
    """May `by` give these roles and stores to somebody? Raises RuleError with fields."""
    for role in session.scalars(select(Role).where(Role.id.in_(list(roles)))):
        if more := labels_beyond(role.permissions, by=by):
            sentence = _(
                "You cannot give the role %(role)s. It may do more than you: %(permissions)s.",
                role=role.name,
                permissions=more,
            )
            raise RuleError(sentence, fields={"role_id": sentence})
    if not by.reaches(stores) or not (stores or by.reaches_all):
        sentence = _("Choose among the stores where you work yourself.")
        raise RuleError(sentence, fields={"stores": sentence})


def labels_beyond(permissions: Iterable[str], *, by: Account) -> str:
    """The labels of those that `by` does not hold, at most four of them; empty when there are none."""
    beyond = [_(BY_KEY[key].label) for key in permissions if key in BY_KEY and not by.may(key)]
    return ", ".join(beyond[:4]) + (" …" if len(beyond) > 4 else "")


@contextmanager
def keeping_an_owner(session: Session) -> Iterator[None]:
    """Whatever is changed inside, an owner remains if there was one. Raises LastOwner."""
    # Two owners who switch each other off at the same moment must not both be right.
    session.get(Enterprise, 1, with_for_update=True)
    had_one = _has_owner(session)
    yield
    session.flush()
    if had_one and not _has_owner(session):
        raise LastOwner(
            _("Nobody could manage people and roles then. Give somebody else an owner's role first.")
        )


def _has_owner(session: Session) -> bool:
    roles = [role.id for role in session.scalars(select(Role)) if set(role.permissions) >= OWNERSHIP]
    people = select(Employee).where(Employee.role_id.in_(roles), Employee.password_hash.is_not(None))
    return any(may_sign_in(one) for one in session.scalars(people))
