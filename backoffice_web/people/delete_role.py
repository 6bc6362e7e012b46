"""Deletes a role; whoever has it gets another one in the same step.

Invariant: nobody is ever without a role, and an owner remains.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.editing import count_save, open_for_edit
from backoffice_web.people.account import Account
from backoffice_web.people.authority import check_given, check_person, check_role, keeping_an_owner
from backoffice_web.people.employee import Employee, EmployeeRole
from backoffice_web.people.role import Role
from backoffice_web.people.save_role import draft_of_role, role_words
from backoffice_web.publishing.saved_change import SavedChange, changed_fields, note_changes
from shared_web.errors import RuleError
from shared_web.language import _


@dataclass(frozen=True)
class DeletedRole:
    """`records` are the (kind, key) that must be published together."""

    name: str
    moved: int
    records: tuple[tuple[str, str], ...]


def delete_role(session: Session, role_id: str, *, move_to: str, by: Account, now: datetime) -> DeletedRole:
    """Delete the role; its people move to the role `move_to`, which may be empty when nobody has it.

    Raises RuleError with the field `move_to` when people have the role and no other one was chosen;
    NotAllowed, LastOwner, NoSuchRecord.
    """
    role = open_for_edit(session, Role, role_id, revision=None)
    check_role(role, by=by)
    people = holders(session, role_id)
    target = session.get(Role, move_to) if move_to and move_to != role_id else None
    if people and target is None:
        sentence = _("Choose which role its people get.")
        raise RuleError(sentence, fields={"move_to": sentence})
    with keeping_an_owner(session):
        changes = [_moved(session, person, role, target, by=by) for person in people if target is not None]
        session.flush()
        session.delete(role)
    gone = changed_fields(role_words(draft_of_role(role)), {})
    changes.append(SavedChange(kind="role", key=role.id, label=role.name, action="removed", fields=gone))
    note_changes(session, changes, stores=None, by=by.name, now=now)
    records = tuple((change.kind, change.key) for change in changes)
    return DeletedRole(role.name, len(people), records)


def holders(session: Session, role_id: str) -> list[Employee]:
    """Whoever has the role, as their own or besides it, by name; also those who are switched off."""
    besides = select(EmployeeRole.employee_id).where(EmployeeRole.role_id == role_id)
    found = select(Employee).where((Employee.role_id == role_id) | Employee.id.in_(besides))
    return list(session.scalars(found.order_by(Employee.name, Employee.id)))


def _moved(session: Session, person: Employee, role: Role, target: Role, *, by: Account) -> SavedChange:
    check_person(session, person, by=by)
    check_given(session, roles=[target.id], stores=[row.store_id for row in person.stores], by=by)
    if person.role_id == role.id:
        person.role_id = target.id
    kept = {row.role_id: row for row in person.other_roles if row.role_id not in (role.id, person.role_id)}
    person.other_roles = list(kept.values())
    count_save(person)
    fields = {_("Role"): (role.name, target.name)}
    return SavedChange(kind="employee", key=person.id, label=person.name, action="changed", fields=fields)
