"""Rolling back: an earlier version's bodies in a new version, and nothing that was saved is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from backoffice_web.catalog.category import Category
from backoffice_web.people.employee import Credential, Employee
from backoffice_web.people.role import Role
from backoffice_web.publishing.history import changes_of, publications
from backoffice_web.publishing.pending import pending_changes
from backoffice_web.publishing.roll_back import roll_back
from shared_web.errors import RuleError
from sync_contract.records import URGENT_KINDS, decode
from tests.backoffice_web.builders import (
    DOWNTOWN,
    NOON,
    add_category,
    add_employee,
    add_item,
    digest_of,
    note,
)


@pytest.fixture
def cafe(office):
    """v1 sells a flat white for 4.50, v2 for 4.80."""
    with office.write() as session:
        add_category(session)
        add_item(session)
        add_employee(session)
    office.publish()
    office.set_price("flat-white", 480)
    office.publish()
    return office


def back_to(office, version, store_id=DOWNTOWN):
    with office.write() as session:
        return roll_back(session, store_id=store_id, version=version, by="Olivia Owner", now=NOON)


def history(office):
    with office.read() as session:
        return [
            (p.version, changes_of(session, publication=p)) for p in publications(session, stores=[DOWNTOWN])
        ]


def test_a_roll_back_is_a_new_version_with_the_old_bodies(cafe):
    result = back_to(cafe, 1)
    assert (result.version, result.change_count) == (3, 1)
    assert decode("item", cafe.published()["item", "flat-white"]).variants[0].price_cents == 450
    head, records = cafe.head(), cafe.published()
    assert (head.version, head.digest, head.record_count) == (3, digest_of(records), len(records))


def test_what_was_saved_shows_as_pending_again(cafe):
    back_to(cafe, 1)
    with cafe.read() as session:
        [change] = pending_changes(session, store_id=DOWNTOWN)
    assert [(f.before, f.after) for f in change.fields] == [("$4.50", "$4.80")]


def test_what_was_new_since_is_taken_away_and_what_was_removed_comes_back(cafe):
    with cafe.write() as session:
        add_category(session, key="cakes", name="Cakes")
        session.get_one(Category, "drinks").is_archived = True
        note(session, "category", "drinks", action="archived")
    cafe.publish()
    back_to(cafe, 2)
    assert ("category", "cakes") not in cafe.published()
    assert ("category", "drinks") in cafe.published()


def test_rolling_back_forward_again_is_possible(cafe):
    before = cafe.published()
    back_to(cafe, 1)
    back_to(cafe, 2)
    assert cafe.published() == before


def test_a_person_who_was_switched_off_does_not_come_back(cafe):
    with cafe.write() as session:
        session.get_one(Employee, "cara").is_active = False
        note(session, "employee", "cara")
    cafe.publish()
    back_to(cafe, 1)
    assert not {("employee", "cara"), ("credential", "cara")} & set(cafe.published())


def test_a_role_that_may_less_and_whoever_was_hired_or_demoted_since_stay_as_they_are(cafe):
    with cafe.write() as session:
        role = session.get_one(Role, "cashier")
        role.permissions = ["order.create"]
        note(session, "role", "cashier")
        session.get_one(Employee, "cara").name = "Cara Court"
        note(session, "employee", "cara")
        add_employee(session, key="dan", name="Dan New", pin="2468")
    cafe.publish()
    before = {record: body for record, body in cafe.published().items() if record[0] in URGENT_KINDS}
    assert ("employee", "dan") in before
    back_to(cafe, 1)
    assert {record: body for record, body in cafe.published().items() if record[0] in URGENT_KINDS} == before


def test_a_pin_that_was_changed_since_stays_changed(cafe):
    with cafe.write() as session:
        credential = session.scalars(select(Credential)).one()
        credential.pin_hash = "argon2 8642"
        note(session, "credential", "cara", fields={}, stores=[DOWNTOWN])
    cafe.publish()
    back_to(cafe, 1)
    assert b"8642" in cafe.published()["credential", "cara"]


@pytest.mark.parametrize("version", [-1, 0, 2, 3, 99])
def test_only_an_earlier_version_can_be_rolled_back_to(cafe, version):
    with pytest.raises(RuleError):
        back_to(cafe, version)


def test_an_unknown_store_is_refused_with_a_sentence(cafe):
    with pytest.raises(RuleError):
        back_to(cafe, 1, "nowhere")


def test_the_history_tells_what_each_version_changed(cafe):
    [(second, changes), (first, everything)] = history(cafe)
    assert (second, first) == (2, 1)
    [change] = changes
    assert (change.label, change.state) == ("Flat white", "changed")
    assert [(f.label, f.before, f.after) for f in change.fields] == [("Price", "$4.50", "$4.80")]
    assert {change.state for change in everything} == {"new"}


def test_the_history_names_a_pin_by_its_person_and_tells_nothing_more(cafe):
    _second, (_first, everything) = history(cafe)
    [pin] = [change for change in everything if change.kind == "credential"]
    assert (pin.label, pin.fields) == ("Cara Cashier", ())
