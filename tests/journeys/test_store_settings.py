"""A till changes what all tills of its store share: the office edits and publishes it, or says why not."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from sqlalchemy import select

from backoffice_web.people.employee import Employee
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.stores.store import Store
from backoffice_web.stores.till_edit import edit_from_till
from pos_web.approvals.approval import ApprovalRequest
from pos_web.catalog import published
from pos_web.staff.journal import JournalEntry as TillEntry
from shared_web.errors import NotAllowed
from sync_contract.store_edit import StoreEdit, TillRules
from tests.cast import employee_of, first_store, give_permissions, set_auto_sync, till


def rules(**changes):
    seen = {"seen_auto_sync_after_s": "15", "seen_idle_lock_s": "120", "seen_lock_after_sale": "0"}
    return seen | {"auto_sync_after_s": "15", "idle_lock_s": "120"} | changes


def signed_in(evertill):
    evertill.pos.config["WTF_CSRF_ENABLED"] = False
    return till(evertill, role="manager")


def sold_by(evertill):
    with evertill.replica.read() as replica:
        return published.settings(replica, store_id=first_store(evertill).id)


def test_it_is_saved_published_and_sold_by_at_once_under_the_persons_name(evertill):
    client, store = signed_in(evertill), first_store(evertill)
    answer = client.post("/pos-settings/store", data=rules(idle_lock_s="300", lock_after_sale="1"))
    assert answer.status_code == 303
    found = sold_by(evertill)
    assert (found.idle_lock_s, found.lock_after_sale, found.auto_sync_after_s) == (300, True, 15)
    with evertill.office_database.read() as session:
        assert session.get(Store, store.id).idle_lock_s == 300
        entry = session.query(JournalEntry).filter_by(kind="store_settings", after="300 s").one()
        who = session.get_one(Employee, employee_of(evertill, "manager"))
        assert entry.by == who.name


def test_somebody_elses_change_is_shown_and_not_overwritten(evertill):
    client = signed_in(evertill)
    set_auto_sync(evertill, 600)
    answer = client.post("/pos-settings/store", data=rules(auto_sync_after_s="30"))
    assert answer.status_code == 409
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
    assert "Sync by themselves after 600 30" in words
    assert sold_by(evertill).auto_sync_after_s == 600
    # Having seen it, they may put theirs over it.
    seen = rules(auto_sync_after_s="30", seen_auto_sync_after_s="600")
    assert client.post("/pos-settings/store", data=seen).status_code == 303
    assert sold_by(evertill).auto_sync_after_s == 30


def test_the_office_judges_the_range_and_its_sentence_is_beside_the_field(evertill):
    answer = signed_in(evertill).post("/pos-settings/store", data=rules(auto_sync_after_s="901"))
    assert answer.status_code == 422
    assert 'id="field-auto_sync_after_s-error"' in answer.text and 'value="901"' in answer.text
    assert sold_by(evertill).auto_sync_after_s == 15


def test_the_office_decides_who_may_not_the_till(evertill):
    client = signed_in(evertill)
    # Saved in the office, not at the tills yet: the page still opens, the change does not go through.
    give_permissions(evertill, "manager", {"order.create"})
    answer = client.post("/pos-settings/store", data=rules(idle_lock_s="300"))
    assert (answer.status_code, "You may not do this" in answer.text) == (422, True)
    assert sold_by(evertill).idle_lock_s == 120


def test_what_a_manager_approves_is_published_under_their_name_and_both_are_in_the_journal(evertill):
    manager, cashier = signed_in(evertill), till(evertill, role="cashier")
    wanted = rules(idle_lock_s="300")
    asked = cashier.post("/pos-settings/store", data=wanted)
    assert (asked.status_code, "Auto-lock after: 300" in asked.text) == (403, True)
    assert sold_by(evertill).idle_lock_s == 120
    with evertill.book.read() as book:
        request = book.scalars(select(ApprovalRequest)).one()
    manager.post(f"/approvals/{request.uuid}/approval")
    other = cashier.post(
        "/pos-settings/store", data=wanted | {"idle_lock_s": "900", "approval": request.uuid}
    )
    assert other.status_code == 403
    done = cashier.post("/pos-settings/store", data=wanted | {"approval": request.uuid})
    assert done.status_code == 303
    assert sold_by(evertill).idle_lock_s == 300
    with evertill.office_database.read() as session:
        entry = session.query(JournalEntry).filter_by(kind="store_settings", after="300 s").one()
        approver = session.get_one(Employee, employee_of(evertill, "manager"))
        assert entry.by == approver.name
    with evertill.book.read() as book:
        noted = book.scalars(select(TillEntry).where(TillEntry.action == "store.settings")).one()
        assert noted.employee_id == employee_of(evertill, "cashier")
        assert (noted.approver_id, noted.details) == (approver.id, {"idle_lock_s": "120 → 300"})


def test_an_approver_who_may_not_is_refused_by_the_office(evertill):
    with evertill.office_database.write() as session, pytest.raises(NotAllowed):
        seen = TillRules(auto_sync_after_s=15, idle_lock_s=120, lock_after_sale=False)
        edit = StoreEdit(
            store=first_store(evertill).id, employee=employee_of(evertill, "manager"), terminal="t",
            seen=seen, wanted=seen, approver=employee_of(evertill, "cashier"),
        )  # fmt: skip
        edit_from_till(session, edit=edit, now=datetime.now(UTC))
