"""A till changes what all tills of its store share: the office edits and publishes it, or says why not."""

import re
from html import unescape

from backoffice_web.people.employee import Employee
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.stores.store import Store
from pos_web.catalog import published
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
