"""People in the Back Office: published at once, PINs unique and never shown, owners never locked out."""

import re

import pytest
from sqlalchemy import select

from backoffice_web.people.employee import Credential, Employee
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.publishing.publication import Publication
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD


def person(evertill, **conditions):
    with evertill.office_database.read() as session:
        return session.scalars(select(Employee).filter_by(**conditions).order_by(Employee.name)).first()


def stores_of(evertill, employee_id):
    with evertill.office_database.read() as session:
        return [row.store_id for row in session.get(Employee, employee_id).stores]


def add(owner, evertill, *, pin="4711", **changes):
    cashier = person(evertill, role_id="cashier")
    stores = changes.pop("stores", stores_of(evertill, cashier.id))
    fields = fields_of(owner.get("/employees/new").text)
    wanted = {"name": "Noor", "role_id": "cashier", "stores": stores, "pin": pin, **changes}
    fields = changed(fields, **wanted)
    return post(owner, "/employees", fields, action="publish")


def test_a_new_person_is_at_the_tills_at_once_and_urgently(owner, evertill):
    made = add(owner, evertill)
    assert made.status_code == 303
    with evertill.office_database.read() as session:
        newest = session.scalars(select(Publication).order_by(Publication.at.desc())).first()
        assert (newest.version, newest.is_urgent) == (2, True)


def test_there_is_no_button_that_saves_without_publishing(owner):
    page = owner.get("/employees/new").text
    assert "Save and Publish" in page
    assert page.count('value="save"') == 1, "only the one that the Enter key presses, and it publishes too"


@pytest.mark.parametrize("pin", ["1111", "2222"])
def test_two_people_of_a_store_never_share_a_pin(owner, evertill, pin):
    refused = add(owner, evertill, pin=pin)
    assert refused.status_code == 422
    assert "Pin already exists" in refused.text
    assert f'value="{pin}"' not in refused.text


@pytest.mark.parametrize("pin", ["123", "12345", "12a4", "", "١٢٣٤"])
def test_a_pin_has_as_many_digits_as_the_store_asks_for(owner, evertill, pin):
    refused = add(owner, evertill, pin=pin)
    assert refused.status_code == 422
    assert 'id="field-pin-error"' in refused.text


def test_the_journal_tells_of_a_new_pin_without_telling_the_pin(owner, evertill):
    add(owner, evertill, pin="4711")
    with evertill.office_database.read() as session:
        entries = session.scalars(select(JournalEntry).where(JournalEntry.label == "Noor")).all()
        assert "credential" in {entry.kind for entry in entries}
        assert not any("4711" in entry.before + entry.after + entry.field for entry in entries)
        assert not any("4711" in row.pin_hash + row.pin_digest for row in session.scalars(select(Credential)))


def test_an_empty_pin_keeps_the_old_one(owner, evertill):
    cashier = person(evertill, role_id="cashier")
    with evertill.office_database.read() as session:
        before = session.scalars(select(Credential).filter_by(employee_id=cashier.id)).first().pin_hash
    url = f"/employees/{cashier.id}"
    post(owner, url, changed(fields_of(owner.get(url).text), name="Renamed"), action="publish")
    with evertill.office_database.read() as session:
        assert session.get(Employee, cashier.id).name == "Renamed"
        assert (
            session.scalars(select(Credential).filter_by(employee_id=cashier.id)).first().pin_hash == before
        )


def test_the_last_person_who_manages_people_cannot_leave(owner, evertill):
    boss = person(evertill, email=OWNER_EMAIL)
    url = f"/employees/{boss.id}"
    fields = fields_of(owner.get(url).text)
    for change in ({"is_active": None}, {"role_id": "cashier"}, {"email": ""}):
        refused = post(owner, url, changed(fields, **change), action="publish")
        assert refused.status_code == 422, change
        assert "Nobody else could manage people then." in refused.text


def test_whoever_sets_their_own_password_stays_signed_in_and_nobody_else_does(owner, evertill):
    other = evertill.backoffice.test_client()
    other.post("/sign-in", data={"email": OWNER_EMAIL, "password": OWNER_PASSWORD})
    assert other.get("/items").status_code == 200
    url = f"/employees/{person(evertill, email=OWNER_EMAIL).id}"
    new = changed(fields_of(owner.get(url).text), password="another short sentence")
    assert post(owner, url, new, action="publish").status_code == 303
    assert owner.get("/items").status_code == 200
    assert other.get("/items").status_code == 303


def test_a_person_switched_off_is_out_at_the_next_request(owner, evertill):
    add(owner, evertill, role_id="manager", email="noor@example.com", password="a short sentence")
    theirs = evertill.backoffice.test_client()
    theirs.post("/sign-in", data={"email": "noor@example.com", "password": "a short sentence"})
    assert theirs.get("/items").status_code == 200
    url = f"/employees/{person(evertill, name='Noor').id}"
    assert (
        post(
            owner, url, changed(fields_of(owner.get(url).text), is_active=None), action="publish"
        ).status_code
        == 303
    )
    assert theirs.get("/items").status_code == 303


def test_a_second_store_takes_the_pin_along_without_typing_it_again(owner, evertill):
    add(owner, evertill, pin="4711")
    noor = person(evertill, name="Noor")
    url = f"/employees/{noor.id}"
    everywhere = [value for name, value in _all_stores(owner, url)]
    assert (
        post(
            owner, url, changed(fields_of(owner.get(url).text), stores=everywhere), action="publish"
        ).status_code
        == 303
    )
    with evertill.office_database.read() as session:
        rows = session.scalars(select(Credential).filter_by(employee_id=noor.id)).all()
        assert len(rows) == len(everywhere) == 2
        assert len({row.pin_digest for row in rows}) == 1


def _all_stores(owner, url):
    return re.findall(r'name="(stores)" value="([^"]+)"', owner.get(url).text)
