"""Roles: made, copied, compared, completed, published at once; nobody grants more than they hold."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from backoffice_web.people.employee import Employee
from backoffice_web.people.role import Role
from backoffice_web.publishing.publication import Publication, PublishedRecord
from sync_contract.permissions import BY_KEY, KEYS, PERMISSIONS, SECTIONS, defaults_of
from sync_contract.records import decode
from tests import cast
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.conftest import OWNER_EMAIL

USUAL = {"name": "Barista", "priority": "9", "code": "BAR1", "permissions": ["order.create", "payment.cash"]}


def make(client, **changes):
    fields = fields_of(client.get("/roles/new").text)
    return post(client, "/roles", changed(fields, **{**USUAL, **changes}), action="publish")


def role(evertill, **conditions):
    with evertill.office_database.read() as session:
        return session.scalars(select(Role).filter_by(**conditions)).first()


def published_role(evertill, key):
    store = cast.first_store(evertill)
    with evertill.office_database.read() as session:
        row = session.get(PublishedRecord, (store.id, "role", key))
        return row and row.body and decode("role", row.body)


def role_editor(evertill, *, besides=()):
    """A manager who may also edit roles, in every store."""
    held = {*defaults_of("manager"), "people.edit", "role.edit", "store.every", *besides}
    cast.give_permissions(evertill, "manager", held)
    return cast.office(evertill, role="manager")


def test_a_new_role_is_at_the_tills_at_once_and_urgently(owner, evertill):
    assert make(owner).status_code == 303
    made = role(evertill, name="Barista")
    assert (made.priority, made.code) == (9, "BAR1")
    assert set(published_role(evertill, made.id).permissions) == {"order.create", "payment.cash"}
    with evertill.office_database.read() as session:
        newest = session.scalars(select(Publication).order_by(Publication.version.desc())).first()
        assert newest.is_urgent


def test_a_role_logs_off_after_each_sale_and_its_journal_and_comparison_say_so(owner, evertill):
    make(owner, logs_off_after_sale="1")
    made = role(evertill, name="Barista")
    assert published_role(evertill, made.id).logs_off_after_sale
    assert not published_role(evertill, "cashier").logs_off_after_sale
    for page in (f"/roles/{made.id}", f"/roles/new?copy={made.id}"):
        assert ("logs_off_after_sale", "1") in fields_of(owner.get(page).text)
    assert "Log Off After Each Sale" in owner.get(f"/roles/comparison?left={made.id}&right=cashier").text
    assert "Log Off After Each Sale" in owner.get("/journal?q=Barista").text


def test_every_section_is_a_drop_down_with_select_all_and_a_sentence_beneath_each_box(owner):
    page = unescape(owner.get("/roles/new").text)
    assert page.count("data-section>") + page.count("data-section open>") == len(SECTIONS)
    assert page.count("Select All") == len(SECTIONS)
    for permission in PERMISSIONS:
        assert f'value="{permission.key}"' in page
        assert permission.allows in page


def test_a_new_role_starts_with_what_a_cashier_does(owner):
    ticked = {value for name, value in fields_of(owner.get("/roles/new").text) if name == "permissions"}
    assert ticked == set(defaults_of("cashier"))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "x" * 26}),
        ("name", {"name": "Owner"}),
        ("priority", {"priority": ""}),
        ("priority", {"priority": "1"}),
        ("priority", {"priority": "0"}),
        ("priority", {"priority": "100"}),
        ("priority", {"priority": "first"}),
        ("code", {"code": "with space"}),
        ("code", {"code": "ä"}),
        ("code", {"code": "x" * 26}),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(owner, evertill, field, changes):
    refused = make(owner, **changes)
    assert refused.status_code == 422
    assert f'id="field-{field}-error"' in refused.text
    assert 'value="payment.cash"' in refused.text
    assert role(evertill, name="Barista") is None


def test_a_role_id_belongs_to_one_role(owner):
    make(owner)
    refused = make(owner, name="Other", priority="10")
    assert refused.status_code == 422 and "Another role has this Role ID." in refused.text


def test_numbers_of_other_roles_are_not_offered_and_the_own_one_is(owner):
    def offered(page):
        return re.findall(r'<option value="(\d+)"', page)

    assert not {"1", "2", "3", "4"} & set(offered(owner.get("/roles/new").text))
    assert "3" in offered(owner.get("/roles/manager").text)


def test_what_a_permission_needs_is_ticked_along_and_said(owner, evertill):
    make(owner, permissions=["publish.roll_back"])
    assert set(role(evertill, name="Barista").permissions) == {
        "publish.roll_back", "publish", "office.sign_in",
    }  # fmt: skip
    assert (
        "Also ticked, because others need it: Sign in to the Back Office, Publish" in owner.get("/roles").text
    )


def test_select_all_of_a_section_works_without_script(owner):
    fields = fields_of(owner.get("/roles/new").text)
    page = post(owner, "/roles", changed(fields, **USUAL), action="all-3").text
    ticked = {value for name, value in fields_of(page) if name == "permissions"}
    reports = {each.key for each in PERMISSIONS if each.section == "Report Access"}
    assert ticked == reports | {"office.sign_in", "order.create", "payment.cash"}
    page = post(owner, "/roles", fields_of(page), action="none-3").text
    assert not reports & {value for name, value in fields_of(page) if name == "permissions"}
    assert post(owner, "/roles", fields_of(page), action="all-9").status_code == 200


def test_a_copy_starts_with_the_same_permissions(owner):
    fields = dict(fields_of(owner.get("/roles/new?copy=manager").text))
    assert fields["name"] == "Copy of Manager" and fields["priority"] == "5"
    ticked = {v for k, v in fields_of(owner.get("/roles/new?copy=manager").text) if k == "permissions"}
    assert ticked == set(defaults_of("manager"))


def test_two_roles_side_by_side_mark_what_differs_by_a_word(owner):
    page = owner.get("/roles/comparison?left=owner&right=store_admin").text
    beyond = set(defaults_of("owner")) - set(defaults_of("store_admin"))
    assert page.count("differs") == len(beyond) > 0
    assert page.count("same") >= len(KEYS) - len(beyond)
    assert owner.get("/roles/comparison?left=nobody&right=").status_code == 200


def test_the_list_says_who_has_a_role(owner):
    page = owner.get("/roles").text
    assert "Nora Lindqvist" in page and "Daniel Brooks" in page and "Nobody" in page


@pytest.mark.both_houses
def test_a_permission_taken_away_is_gone_at_the_till_at_the_next_request(owner, evertill):
    evertill.pos.config["WTF_CSRF_ENABLED"] = False
    cashier = cast.till(evertill, role="cashier")
    assert cashier.get("/order").status_code == 200
    fields = changed(fields_of(owner.get("/roles/cashier").text), permissions=["order.reprint"])
    assert post(owner, "/roles/cashier", fields, action="publish").status_code == 303
    cast.synced(evertill)
    assert cashier.get("/order").status_code == 403


def test_nobody_grants_what_they_do_not_hold(evertill):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    client = role_editor(evertill)
    refused = make(client, permissions=["order.create", "tax.edit"])
    assert refused.status_code == 422
    assert f"You do not hold this yourself: {BY_KEY['tax.edit'].label}" in refused.text
    assert role(evertill, name="Barista") is None
    assert make(client).status_code == 303


def test_nobody_changes_or_deletes_a_role_that_may_do_more(evertill):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    client = role_editor(evertill)
    fields = fields_of(client.get("/roles/owner").text)
    assert post(client, "/roles/owner", changed(fields, name="Mine"), action="publish").status_code == 403
    assert client.post("/roles/owner/removal", data={"move_to": "manager"}).status_code == 403
    assert role(evertill, id="owner").name == "Owner"


def test_nobody_gives_a_person_a_role_that_may_do_more_nor_takes_over_its_people(evertill):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    client = role_editor(evertill)
    with evertill.office_database.read() as session:
        cashier = session.scalars(select(Employee).where(Employee.role_id == "cashier")).first()
        boss = session.scalars(select(Employee).where(Employee.email == OWNER_EMAIL)).one()
    url = f"/employees/{cashier.id}"
    fields = changed(fields_of(client.get(url).text), role_id="owner")
    refused = post(client, url, fields, action="publish")
    assert refused.status_code == 422 and "You cannot give the role Owner." in refused.text
    url = f"/employees/{boss.id}"
    fields = changed(fields_of(client.get(url).text), password="a short sentence")
    assert post(client, url, fields, action="publish").status_code == 403
    client.post("/employee-batches", data={"key": [cashier.id], "act": "role", "role_id": "owner"})
    client.post("/employee-batches", data={"key": [boss.id], "act": "off"})
    with evertill.office_database.read() as session:
        assert session.get(Employee, cashier.id).role_id == "cashier"
        assert session.get(Employee, boss.id).is_active


def test_the_last_owner_cannot_take_their_own_ownership_away(owner, evertill):
    for key in ("role.edit", "people.edit", "store.every", "office.sign_in"):
        kept = [each for each in defaults_of("owner") if each != key and key not in BY_KEY[each].needs]
        fields = changed(fields_of(owner.get("/roles/owner").text), permissions=kept)
        refused = post(owner, "/roles/owner", fields, action="publish")
        assert refused.status_code == 422, key
        assert "Nobody could manage people and roles then." in refused.text
    moved = owner.post("/roles/owner/removal", data={"move_to": "cashier"})
    assert moved.status_code == 422
    assert set(role(evertill, id="owner").permissions) == set(defaults_of("owner"))


def test_the_last_owner_is_not_switched_off_among_ticked_people(owner, evertill):
    with evertill.office_database.read() as session:
        everybody = [one.id for one in session.scalars(select(Employee))]
        boss = session.scalars(select(Employee).where(Employee.email == OWNER_EMAIL)).one()
    owner.post("/employee-batches", data={"key": everybody, "act": "off"})
    with evertill.office_database.read() as session:
        assert [one.id for one in session.scalars(select(Employee).where(Employee.is_active))] == [boss.id]


def test_a_role_that_nobody_has_is_deleted_everywhere(owner, evertill):
    make(owner)
    made = role(evertill, name="Barista")
    assert owner.post(f"/roles/{made.id}/removal").status_code == 303
    assert role(evertill, name="Barista") is None
    assert not published_role(evertill, made.id)


@pytest.mark.both_houses
def test_a_role_in_use_is_deleted_only_together_with_moving_its_people(owner, evertill):
    refused = owner.post("/roles/cashier/removal")
    assert refused.status_code == 422 and "Choose which role its people get." in refused.text
    make(owner)
    made = role(evertill, name="Barista")
    assert owner.post("/roles/cashier/removal", data={"move_to": made.id}).status_code == 303
    with evertill.office_database.read() as session:
        assert session.get(Role, "cashier") is None
        moved = session.scalars(select(Employee).where(Employee.role_id == made.id)).all()
        assert {one.name for one in moved} == {"Maya Torres", "Jonas Petersen"}
    till = cast.till(evertill)
    assert "Maya Torres" in till.get("/").text or "Maya Torres" in till.get("/login").text


def test_somebody_elses_edit_is_not_overwritten(owner):
    fields = fields_of(owner.get("/roles/manager").text)
    assert post(owner, "/roles/manager", changed(fields, name="Lead"), action="publish").status_code == 303
    late = post(owner, "/roles/manager", changed(fields, name="Chief"), action="publish")
    assert late.status_code == 409 and "Lead" in late.text


def test_roles_are_only_for_whoever_may_edit_them(manager):
    for path in ("/roles", "/roles/new", "/roles/owner", "/roles/comparison"):
        assert manager.get(path).status_code == 403
    assert manager.get("/journal").status_code == 200
    assert "/roles" not in manager.get("/journal").text
