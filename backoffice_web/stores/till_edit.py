"""A store's settings changed from one of its tills: edited and published here, under the person's permission.

Invariants: a till overwrites nothing that it did not show, also not what is saved but not published yet;
what a manager approved at the till goes by the manager's permission and is saved under their name.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from backoffice_web.people.employee import Employee, EmployeeStore
from backoffice_web.people.role import Role
from backoffice_web.publishing.publish import PublicationResult, publish
from backoffice_web.stores.save_store import draft_of_store, save_store
from backoffice_web.stores.store import Store
from shared_web.errors import NotAllowed, RuleError, StaleEdit
from shared_web.language import _
from sync_contract.store_edit import StoreEdit, TillRules

PERMISSION = "pos_settings.edit"


def till_rules(store: Store) -> TillRules:
    return TillRules(
        auto_sync_after_s=store.auto_sync_after_s,
        idle_lock_s=store.idle_lock_s,
        lock_after_sale=store.lock_after_sale,
    )


def edit_from_till(session: Session, *, edit: StoreEdit, now: datetime) -> PublicationResult:
    """Save and publish what the till wants. Raises NotAllowed, StaleEdit, RuleError with fields."""
    person = session.get(Employee, edit.approver or edit.employee)
    if person is None or not _may(session, person, edit.store):
        raise NotAllowed(_("You may not do this. Ask a manager."))
    store = session.get(Store, edit.store, with_for_update=True)
    if store is None:
        raise RuleError(_("This store does not exist."))
    if till_rules(store) not in (edit.seen, edit.wanted):
        raise StaleEdit(_("Somebody else changed this meanwhile."))
    draft = replace(draft_of_store(store), **msgspec.structs.asdict(edit.wanted))
    save_store(session, draft, store_id=store.id, by=person.name, now=now)
    [result] = publish(
        session, stores=[store.id], records=[("store_settings", store.id)], by=person.name, now=now
    )
    return result


def _may(session: Session, person: Employee, store_id: str) -> bool:
    works_here = session.get(EmployeeStore, (person.id, store_id)) is not None
    # They may have clocked in with any role of theirs; the till asked that one already.
    roles = [person.role, *(session.get_one(Role, each.role_id) for each in person.other_roles)]
    return person.is_active and works_here and any(PERMISSION in role.permissions for role in roles)
