"""Store nodes in the Back Office: the list, the code that is shown once, revoking."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app import build
from backoffice_web.stores.store import Store
from backoffice_web.terminals.pairing import new_pairing_code, pair
from backoffice_web.terminals.terminal import StoreState
from settings import read_settings
from tests import cast
from tests.conftest import environment_of
from tests.databases import copy_home

NOW = datetime.now(UTC)
HTMX = {"HX-Request": "true"}
CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b")


@pytest.fixture
def head_office(demo_home, tmp_path):
    """The demo business in a process that is nothing but the Back Office."""
    copy_home(demo_home, tmp_path / "home")
    built = build(read_settings(environment_of(tmp_path / "home"), role="backoffice"))
    built.backoffice.config["WTF_CSRF_ENABLED"] = False
    yield built
    built.stop()


@pytest.fixture
def admin(head_office):
    return cast.office(head_office)


def stores(head_office):
    with head_office.office_database.read() as session:
        return list(session.scalars(select(Store).order_by(Store.name)))


def made_code(admin, *chosen, name="Back room"):
    page = admin.post("/store-nodes/pairing-codes", data={"name": name, "stores": [one.id for one in chosen]})
    assert page.status_code == 200
    return CODE.search(page.text).group()


def paired(head_office, admin, *chosen, name="Back room"):
    code = made_code(admin, *chosen, name=name)
    return head_office.backoffice.test_client().post("/bridge/v1/pairings", json={"code": code}).json


@pytest.mark.both_houses
def test_an_installation_with_both_houses_offers_no_pairing(owner):
    page = owner.get("/terminals").text
    assert "serves its stores itself" in page
    assert "/store-nodes/new" not in page


def test_the_code_is_shown_once_with_what_to_do(head_office, admin):
    store = stores(head_office)[0]
    answer = admin.post("/store-nodes/pairing-codes", data={"name": "Back room", "stores": store.id})
    page, code = answer.text, CODE.search(answer.text).group()
    assert store.name in page and "--role store" in page
    # Sent in place, it takes the place of the whole form.
    assert answer.headers["HX-Retarget"] == "#main"
    assert code not in admin.get("/terminals").text
    assert code not in admin.get("/journal").text


def test_a_paired_node_is_listed_and_its_store_is_taken(head_office, admin):
    store = stores(head_office)[0]
    paired(head_office, admin, store)
    page = admin.get("/terminals").text
    assert "Back room" in page and "Never seen" in page
    assert "served by Back room" in admin.get("/store-nodes/new").text
    again = admin.post("/store-nodes/pairing-codes", data={"name": "Second", "stores": store.id})
    assert again.status_code == 422
    assert "is served by the store node Back room already" in again.text
    assert 'value="Second"' in again.text


def test_a_store_without_a_node_is_not_said_to_be_served_here(head_office, admin):
    assert admin.get("/terminals").text.count("no store node") == len(stores(head_office))
    paired(head_office, admin, *stores(head_office))
    page = admin.get("/terminals").text
    assert "no store node" not in page
    assert "in this installation" not in page


def test_a_form_without_stores_comes_back_with_what_was_typed(admin):
    page = admin.post("/store-nodes/pairing-codes", data={"name": "Back room"})
    assert page.status_code == 422
    assert "Choose the stores" in page.text and 'value="Back room"' in page.text


def test_a_revoked_node_has_no_access_and_makes_room(head_office, admin):
    store = stores(head_office)[0]
    pairing = paired(head_office, admin, store)
    assert admin.post(f"/store-nodes/{pairing['node']}/revocation").status_code == 303
    bridge = head_office.backoffice.test_client()
    headers = {"Authorization": f"Bearer {pairing['token']}"}
    assert bridge.get("/bridge/v1/stores", headers=headers).status_code == 401
    assert "Revoked" in admin.get("/terminals").text
    assert made_code(admin, store)


@pytest.mark.parametrize("key", ["nobody", "embedded"])
def test_only_paired_nodes_can_be_revoked(admin, key):
    assert admin.post(f"/store-nodes/{key}/revocation").status_code == 422


def test_the_list_refreshes_as_a_fragment(admin):
    fragment = admin.get("/store-nodes", headers=HTMX).text
    assert fragment.lstrip().startswith('<section class="stack" id="store-nodes"')
    assert "<html" not in fragment
    assert admin.get("/store-nodes").status_code == 303


def test_whoever_may_not_edit_terminals_pairs_nothing(head_office):
    cast.give_permissions(head_office, "manager", {"office.sign_in"})
    client = cast.office(head_office, role="manager")
    for answer in (client.get("/store-nodes/new"), client.post("/store-nodes/pairing-codes", data={})):
        assert answer.status_code == 403


def test_revoking_says_how_much_has_not_arrived(head_office, admin):
    first = stores(head_office)[0]
    with head_office.office_database.write() as session:
        how = {"node_name": "Cellar", "store_ids": [first.id], "by": "Olive", "now": NOW}
        pair(session, code=new_pairing_code(session, **how), now=NOW)
        session.merge(StoreState(store_id=first.id, outbox_length=12))
        session.commit()
    assert "12 documents wait there and have not arrived here." in admin.get("/terminals").text
