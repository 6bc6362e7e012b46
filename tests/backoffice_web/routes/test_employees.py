"""People in the Back Office: published at once, PINs unique and never shown, owners never locked out."""

import re
from html import unescape
from io import BytesIO

import pytest
from sqlalchemy import select

from backoffice_web.people.employee import Credential, Employee
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.publishing.publication import Publication, PublishedRecord
from sync_contract.records import decode, stretched_badge, stretched_pin
from tests.backoffice_web.people.test_photo import picture
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.cast import office
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
    if "password" in changes:
        changes |= {"has_sign_in": "1", "password_again": changes["password"]}
    wanted = {
        "first_name": "Noor",
        "last_name": "Nurse",
        "role_id": "cashier",
        "stores": stores,
        "pin": pin,
        **changes,
    }
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


def test_the_same_pin_saved_at_the_same_moment_is_refused_with_a_sentence(owner, evertill, monkeypatch):
    add(owner, evertill, pin="4711")
    # As if the other one were not there yet when this one was checked.
    monkeypatch.setattr("backoffice_web.people.employee_rules.check_credentials", lambda *_given: None)
    refused = add(owner, evertill, first_name="Noor", pin="4711")
    assert refused.status_code == 422
    assert "at this very moment. Save once more." in refused.text and 'value="Noor"' in refused.text


def test_the_journal_tells_of_a_new_pin_without_telling_the_pin(owner, evertill):
    add(owner, evertill, pin="4711")
    with evertill.office_database.read() as session:
        entries = session.scalars(select(JournalEntry).where(JournalEntry.label == "Noor Nurse")).all()
        assert "credential" in {entry.kind for entry in entries}
        assert not any("4711" in entry.before + entry.after + entry.field for entry in entries)
        assert not any("4711" in row.pin_hash + row.pin_digest for row in session.scalars(select(Credential)))


def test_a_till_can_find_whose_pin_it_is_and_finds_it_after_other_changes_too(owner, evertill):
    add(owner, evertill, pin="4711")
    noor = person(evertill, name="Noor Nurse")
    url = f"/employees/{noor.id}"
    post(owner, url, changed(fields_of(owner.get(url).text), phone="555"), action="publish")
    with evertill.office_database.read() as session:
        body = session.scalars(select(PublishedRecord.body).filter_by(kind="credential", key=noor.id)).one()
    told = decode("credential", body)
    assert told.pin_lookup == stretched_pin("4711", salt=told.badge_salt)


def test_an_empty_pin_keeps_the_old_one(owner, evertill):
    cashier = person(evertill, role_id="cashier")
    with evertill.office_database.read() as session:
        before = session.scalars(select(Credential).filter_by(employee_id=cashier.id)).first().pin_hash
    url = f"/employees/{cashier.id}"
    post(
        owner,
        url,
        changed(fields_of(owner.get(url).text), first_name="Renamed", last_name="Person"),
        action="publish",
    )
    with evertill.office_database.read() as session:
        assert session.get(Employee, cashier.id).name == "Renamed Person"
        assert (
            session.scalars(select(Credential).filter_by(employee_id=cashier.id)).first().pin_hash == before
        )


def test_the_last_person_who_manages_people_cannot_leave(owner, evertill):
    boss = person(evertill, email=OWNER_EMAIL)
    url = f"/employees/{boss.id}"
    fields = fields_of(owner.get(url).text)
    for change in ({"is_active": None}, {"role_id": "cashier"}, {"has_sign_in": None}):
        refused = post(owner, url, changed(fields, **change), action="publish")
        assert refused.status_code == 422, change
        assert "Nobody could manage people and roles then." in refused.text


def test_whoever_sets_their_own_password_stays_signed_in_and_nobody_else_does(owner, evertill):
    other = evertill.backoffice.test_client()
    other.post("/sign-in", data={"email": OWNER_EMAIL, "password": OWNER_PASSWORD})
    assert other.get("/items").status_code == 200
    url = f"/employees/{person(evertill, email=OWNER_EMAIL).id}"
    new = changed(
        fields_of(owner.get(url).text),
        password="another short sentence",
        password_again="another short sentence",
    )
    assert post(owner, url, new, action="publish").status_code == 303
    assert owner.get("/items").status_code == 200
    assert other.get("/items").status_code == 303


def test_a_person_switched_off_is_out_at_the_next_request(owner, evertill):
    made = add(owner, evertill, role_id="manager", email="noor@example.com", password="a short sentence")
    assert made.status_code == 303, made.text
    with evertill.office_database.write() as session:
        session.get(Employee, person(evertill, name="Noor Nurse").id).must_change_password = False
        session.commit()
    theirs = evertill.backoffice.test_client()
    theirs.post("/sign-in", data={"email": "noor@example.com", "password": "a short sentence"})
    assert theirs.get("/items").status_code == 200
    url = f"/employees/{person(evertill, name='Noor Nurse').id}"
    assert (
        post(
            owner, url, changed(fields_of(owner.get(url).text), is_active=None), action="publish"
        ).status_code
        == 303
    )
    assert theirs.get("/items").status_code == 303


def test_a_second_store_takes_the_pin_along_without_typing_it_again(owner, evertill):
    add(owner, evertill, pin="4711")
    noor = person(evertill, name="Noor Nurse")
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


FULL = {
    "first_name": "Zoë", "last_name": "O’Hara-Łukasz", "gender": "female", "born_on": "1990-02-28",
    "phone": "+1 (212) 555-0123", "language": "en-GB", "joined_on": "2026-01-15",
    "initial_screen": "operations", "other_roles": ["manager"], "email": "zoe@example.com",
}  # fmt: skip


def test_every_field_is_kept_and_what_the_tills_need_is_published(owner, evertill):
    assert add(owner, evertill, pin="8391", **FULL).status_code == 303
    zoe = person(evertill, email="zoe@example.com")
    kept = fields_of(owner.get(f"/employees/{zoe.id}").text)
    for name, value in FULL.items():
        assert (name, value[0] if isinstance(value, list) else value) in kept, name
    with evertill.office_database.read() as session:
        body = session.scalars(select(PublishedRecord.body).filter_by(kind="employee", key=zoe.id)).one()
    told = decode("employee", body)
    assert (told.name, told.role, told.roles) == ("Zoë O’Hara-Łukasz", "cashier", ("cashier", "manager"))
    assert (told.initial_screen, told.language) == ("operations", "en-GB")
    for private in (b"1990", b"555", b"zoe@", b"female"):
        assert private not in body


@pytest.mark.parametrize(
    ("field", "value"),
    [("first_name", ""), ("last_name", ""), ("first_name", "x" * 41), ("gender", "x"),
     ("born_on", "2999-01-01"),
     ("born_on", "29.02.1990"), ("phone", "call me"), ("language", "tlh"), ("joined_on", "1066-10-14"),
     ("initial_screen", "x"), ("role_id", ""), ("other_roles", "x"), ("email", "nobody"), ("badge", "ü1234")],
)  # fmt: skip
def test_each_mistake_is_said_beside_its_field_and_nothing_else_is_lost(owner, evertill, field, value):
    refused = add(owner, evertill, pin="8391", **{**FULL, field: value})
    assert refused.status_code == 422
    assert f'href="#field-{field}"' in refused.text
    kept = fields_of(refused.text)
    assert ("phone", FULL["phone"] if field != "phone" else value) in kept
    assert "enter them once more" in refused.text
    assert person(evertill, email="zoe@example.com") is None


def test_sign_in_needs_an_e_mail_and_a_password(owner, evertill):
    refused = add(owner, evertill, has_sign_in="1")
    assert 'href="#field-email"' in refused.text and 'href="#field-password"' in refused.text


def test_an_e_mail_alone_lets_nobody_in(owner, evertill):
    made = add(owner, evertill, email="noor@example.com")
    assert made.status_code == 303
    assert not person(evertill, email="noor@example.com").has_sign_in


def test_a_password_typed_otherwise_the_second_time_is_refused(owner, evertill):
    fields = changed(
        fields_of(owner.get("/employees/new").text), first_name="Noor", last_name="Nurse",
        password="a short sentence", password_again="a short sentense",
    )  # fmt: skip
    refused = post(owner, "/employees", fields, action="publish")
    assert "Type both again." in refused.text
    assert "sentens" not in refused.text


def test_an_easy_pin_is_taken_with_a_warning(owner, evertill):
    made = add(owner, evertill, pin="1234")
    assert "This PIN is easy to guess." in owner.get(made.location.removeprefix("/backoffice")).text
    made = add(owner, evertill, pin="8391", last_name="Other")
    assert "easy to guess" not in owner.get(made.location.removeprefix("/backoffice")).text


def test_what_was_done_is_said(owner, evertill):
    def told(answer):
        return owner.get(answer.location.removeprefix("/backoffice")).text

    assert "User Created Successfully" in told(add(owner, evertill, pin="8391"))
    url = f"/employees/{person(evertill, name='Noor Nurse').id}"
    renamed = post(owner, url, changed(fields_of(owner.get(url).text), phone="555 01"), action="publish")
    assert "User Updated Successfully" in told(renamed)
    enabled = changed(
        fields_of(owner.get(url).text), has_sign_in="1", email="noor@example.com",
        password="a short sentence", password_again="a short sentence",
    )  # fmt: skip
    assert "Sign In Enabled Successfully" in told(post(owner, url, enabled, action="publish"))
    act = {"key": person(evertill, name="Noor Nurse").id, "after": "/backoffice/employees"}
    off = owner.post("/employee-batches", data={**act, "act": "sign_in_off"})
    assert "Sign In Disabled Successfully" in told(off)
    on = owner.post("/employee-batches", data={**act, "act": "sign_in_on"})
    assert "Sign In Enabled Successfully" in told(on)


def test_the_row_menu_offers_what_fits_the_person(owner, evertill):
    boss, cashier = person(evertill, email=OWNER_EMAIL), person(evertill, role_id="cashier")
    menu = owner.get(f"/employees/{boss.id}/menu", headers={"HX-Request": "true"}).text
    assert "Disable Sign In" in menu and "Terminate" in menu and "<html" not in menu
    assert "Enable Sign In" in owner.get(f"/employees/{cashier.id}/menu").text
    owner.post("/employee-batches", data={"key": cashier.id, "act": "off"})
    assert "Take back" in owner.get(f"/employees/{cashier.id}/menu").text
    assert owner.get("/employees/unknown/menu").status_code == 404


def test_the_list_finds_by_name_e_mail_phone_role_and_store(owner, evertill):
    add(owner, evertill, pin="8391", **FULL)
    for query in ("q=ukasz", "q=zoe@example", "q=555-0123", "role=manager&q=Zo", "role=cashier"):
        assert "O’Hara" in owner.get(f"/employees?{query}").text, query
    here, *others = [value for _name, value in _all_stores(owner, "/employees/new")]
    works_in = stores_of(evertill, person(evertill, email="zoe@example.com").id)
    for store in (here, *others):
        assert ("O’Hara" in owner.get(f"/employees?store={store}").text) is (store in works_in)
    assert "O’Hara" not in owner.get("/employees?status=off").text


def test_a_badge_is_kept_stretched_belongs_to_one_person_and_can_stand_in_for_a_pin(owner, evertill):
    assert add(owner, evertill, pin="", badge="CARD-0042-7").status_code == 303
    noor = person(evertill, name="Noor Nurse")
    with evertill.office_database.read() as session:
        row = session.scalars(select(Credential).filter_by(employee_id=noor.id)).one()
        assert row.pin_digest is None and "0042" not in row.badge_digest
        body = session.scalars(select(PublishedRecord.body).filter_by(kind="credential", key=noor.id)).one()
    told = decode("credential", body)
    assert told.badge_digest == stretched_badge("CARD-0042-7", salt=told.badge_salt)
    refused = add(owner, evertill, pin="8391", badge="CARD-0042-7", last_name="Other")
    assert "Somebody else has this badge." in refused.text
    assert "CARD-0042-7" not in refused.text
    url = f"/employees/{noor.id}"
    without = changed(fields_of(owner.get(url).text), removes_badge="1")
    assert 'id="field-pin-error"' in post(owner, url, without, action="publish").text
    assert post(owner, url, [*without, ("pin", "8391")], action="publish").status_code in {303, 422}


def test_a_photo_is_shown_to_whoever_manages_people_and_to_nobody_outside(owner, evertill):
    cashier = person(evertill, role_id="cashier")
    url = f"/employees/{cashier.id}"
    assert owner.get(f"{url}/photo").status_code == 404
    fields = dict(fields_of(owner.get(url).text))
    fields["stores"] = stores_of(evertill, cashier.id)
    sent = {**fields, "photo": (BytesIO(picture()), "me.jpg"), "action": "publish"}
    assert owner.post(url, data=sent).status_code == 303
    answer = owner.get(f"{url}/photo")
    assert answer.data.startswith(b"\xff\xd8\xff") and answer.mimetype == "image/jpeg"
    assert answer.headers["Cache-Control"].startswith("private")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "/photo?v=" in owner.get("/employees").text
    assert evertill.backoffice.test_client().get(f"{url}/photo").status_code == 303
    assert office(evertill, role="manager").get(f"{url}/photo").status_code == 403
    with evertill.office_database.read() as session:
        body = session.scalars(select(PublishedRecord.body).filter_by(kind="employee", key=cashier.id)).one()
        assert decode("employee", body).photo.startswith(b"\xff\xd8\xff")


def test_a_photo_that_is_none_is_refused_and_nothing_is_saved(owner, evertill):
    cashier = person(evertill, role_id="cashier")
    url = f"/employees/{cashier.id}"
    sent = {**dict(fields_of(owner.get(url).text)), "phone": "555 01", "action": "publish"}
    sent |= {"stores": stores_of(evertill, cashier.id), "photo": (BytesIO(b"MZ"), "me.jpg")}
    refused = owner.post(url, data=sent)
    assert refused.status_code == 422 and "JPG or PNG" in refused.text
    assert person(evertill, id=cashier.id).phone == ""


def test_the_journal_keeps_no_phone_and_no_date_of_birth(owner, evertill):
    add(owner, evertill, pin="8391", **FULL)
    with evertill.office_database.read() as session:
        entries = session.scalars(select(JournalEntry).where(JournalEntry.label.contains("Hara"))).all()
    told = " ".join(entry.field + entry.before + entry.after for entry in entries)
    assert "Phone" in told and "555" not in told and "1990" not in told and "Feb" not in told


def test_the_rules_of_a_password_are_ticked_while_it_is_typed(owner):
    typed = {"password": "correct horse battery staple", "password_again": "correct horse battery staple"}
    page = owner.post("/password-checks", data=typed).text
    assert page.count("data-met") == 4 and "correct" not in page
    assert owner.post("/password-checks", data={"password": "evertill"}).text.count("data-met") == 0
    assert owner.post("/password-checks", data={}).status_code == 200


def test_the_page_says_at_which_tills_the_last_change_has_arrived(owner, evertill):
    cashier = person(evertill, role_id="cashier")
    page = owner.get(f"/employees/{cashier.id}").text
    address = re.search(r'hx-get="/backoffice(/publications/reach\?at=[^"]+)"', page)[1]
    assert "terminal" in owner.get(unescape(address)).text
    assert address.endswith(f":{cashier.id}")


def test_everything_that_is_wrong_is_said_at_once(owner, evertill):
    fields = fields_of(owner.get("/employees/new").text)
    cashier = person(evertill, role_id="cashier")
    stores = stores_of(evertill, cashier.id)
    wrong = {"first_name": "", "stores": stores, "pin": "1111", "born_on": "2030-01-01", "phone": "call me"}
    wrong |= {"password": "short", "password_again": "shorter", "has_sign_in": "1"}
    form = dict(changed(fields, **wrong)) | {"stores": stores, "photo": (BytesIO(b"no photo"), "noor.png")}
    answer = owner.post("/employees", data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    expected = ["first_name", "last_name", "born_on", "phone", "role_id", "pin", "email", "password"]
    for field in [*expected, "password_again", "photo"]:
        assert f'id="field-{field}-error"' in answer.text, field
