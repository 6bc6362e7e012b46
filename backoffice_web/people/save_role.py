"""Saves a role: what its people may do, at the tills and in the Back Office, from the next press on.

Invariants: a role holds whatever its permissions need; nobody gives what they do not hold; two roles
share neither name nor priority nor role id; an owner remains.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.database import new_key
from backoffice_web.editing import Complaints, name_is_taken, open_for_edit
from backoffice_web.people.account import Account
from backoffice_web.people.authority import check_role, keeping_an_owner, labels_beyond
from backoffice_web.people.role import Role
from backoffice_web.publishing.saved_change import changed_fields, note_change
from shared_web.language import _
from sync_contract.permissions import PERMISSIONS, completed

LONGEST = 25
LAST_PRIORITY = 99


@dataclass(frozen=True, kw_only=True)
class RoleDraft:
    """`code` is the Role ID, empty for none; `permissions` are keys, completed when they are saved."""

    name: str
    priority: int
    code: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    logs_off_after_sale: bool = False
    wants_second_factor: bool = False


def draft_of_role(row: Role) -> RoleDraft:
    return RoleDraft(
        name=row.name,
        priority=row.priority,
        code=row.code or "",
        permissions=frozenset(row.permissions),
        logs_off_after_sale=row.logs_off_after_sale,
        wants_second_factor=row.wants_second_factor,
    )


def save_role(
    session: Session,
    draft: RoleDraft,
    *,
    role_id: str | None = None,
    revision: int | None = None,
    by: Account,
    now: datetime,
) -> Role:
    """Create a role or change one. Raises RuleError with fields, NotAllowed, LastOwner, StaleEdit."""
    row = open_for_edit(session, Role, role_id, revision=revision) if role_id else None
    before = draft_of_role(row) if row is not None else None
    if row is not None:
        check_role(row, by=by)
    _check(session, draft, role_id, by=by)
    with keeping_an_owner(session):
        if row is None:
            row = Role(id=new_key())
            session.add(row)
        row.name, row.priority, row.code = draft.name.strip(), draft.priority, draft.code or None
        row.permissions = list(completed(draft.permissions))
        row.logs_off_after_sale, row.wants_second_factor = (
            draft.logs_off_after_sale,
            draft.wants_second_factor,
        )
    note_change(
        session, kind="role", key=row.id, label=row.name, action="changed" if before else "created",
        fields=changed_fields(role_words(before) if before else {}, role_words(draft_of_role(row))),
        stores=None, by=by.name, now=now,
    )  # fmt: skip
    return row


def role_words(draft: RoleDraft) -> dict[str, str]:
    """What the journal says of a role: each permission it holds is a field of its own."""
    words = {_("Name"): draft.name, _("Priority"): str(draft.priority), _("Role ID"): draft.code}
    duties = {
        _("Log Off After Each Sale"): draft.logs_off_after_sale,
        _("Second factor"): draft.wants_second_factor,
    }
    words |= {label: _("Yes") for label, is_due in duties.items() if is_due}
    held = completed(draft.permissions)
    words |= {f"{_(each.section)}: {_(each.label)}": _("Yes") for each in PERMISSIONS if each.key in held}
    return {label: value for label, value in words.items() if value}


def free_priorities(session: Session, *, besides: str | None = None) -> list[int]:
    """The numbers that no role has, but for the one of the role `besides`."""
    taken = set(session.scalars(select(Role.priority).where(Role.id != (besides or ""))))
    return [number for number in range(1, LAST_PRIORITY + 1) if number not in taken]


def _check(session: Session, draft: RoleDraft, role_id: str | None, *, by: Account) -> None:
    complaints = Complaints()
    complaints.check_name(draft.name, longest=LONGEST)
    if name_is_taken(session, Role, draft.name, role_id):
        complaints.add("name", _("Another role has this name."))
    if draft.priority not in free_priorities(session, besides=role_id):
        complaints.add("priority", _("Choose a priority that no other role has."))
    if draft.code and not re.fullmatch(rf"[A-Za-z0-9]{{1,{LONGEST}}}", draft.code, re.ASCII):
        complaints.add("code", _("Use only letters and digits, at most %(count)s.", count=LONGEST))
    elif draft.code and session.scalar(
        select(Role.id).where(Role.code == draft.code, Role.id != (role_id or ""))
    ):
        complaints.add("code", _("Another role has this Role ID."))
    if beyond := labels_beyond(completed(draft.permissions), by=by):
        complaints.add(
            "permissions", _("You do not hold this yourself: %(permissions)s.", permissions=beyond)
        )
    complaints.raise_if_any()
