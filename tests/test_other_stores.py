"""Whoever works in one store reaches nothing of another, whichever parameter names it.

A manager of Boston holds every permission but the one for all stores, and knows the id of everything in
Hamburg.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from backoffice_web.attendance.shift import Shift
from backoffice_web.catalog.draft import draft_of_item
from backoffice_web.catalog.item import Item, StoreItem, StorePrice
from backoffice_web.catalog.tax import Tax
from backoffice_web.database import new_key
from backoffice_web.imports.import_run import ImportRun
from backoffice_web.people.employee import Employee, EmployeePhoto, EmployeeStore
from backoffice_web.publishing.publication import Mark, Publication, PublishedHead
from backoffice_web.stores.store import Store
from backoffice_web.terminals.node import Node, NodeStore
from backoffice_web.terminals.terminal import Terminal
from sync_contract.permissions import KEYS
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.backoffice_web.routes.ledger import sell
from tests.cast import employee_of, first_store, first_terminal, give_permissions, office
from tests.crawl import asking_for, forms_of, send, with_other_keys

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)


@pytest.fixture
def boston(evertill):
    """A browser of Boston's manager, who may do everything there."""
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    give_permissions(evertill, "manager", KEYS - {"store.every"})
    with evertill.office_database.write() as session:
        for one in session.scalars(select(Employee).where(Employee.role_id == "manager")):
            one.role_id = "manager" if works_in(one, first_store(evertill)) else "cashier"
        session.commit()
    return office(evertill, role="manager")


def works_in(employee, store):
    return {link.store_id for link in employee.stores} == {store.id}


@pytest.fixture
def hamburg(evertill):
    """The ids of what belongs to Hamburg, by kind."""
    store = first_store(evertill, currency="EUR")
    cashier = employee_of(evertill, "cashier", currency="EUR")
    with evertill.office_database.write() as session:
        node = Node(id=new_key(), name="Hamburg node", token_hash="x" * 64, created_at=NOW)
        run = ImportRun(
            id=new_key(), file_name="a.csv", size_bytes=1, store_id=store.id, format="plain", state="planned",
            at=NOW, by="Svenja",
        )  # fmt: skip
        shift = Shift(
            id=new_key(), store_id=store.id, employee_id=cashier, employee_name="Jonas", role_id="cashier",
            role_name="Cashier", business_date=NOW.date(), clocked_in_at=NOW,
        )  # fmt: skip
        session.add_all([node, run, shift])
        session.flush()
        session.add(NodeStore(node_id=node.id, store_id=store.id))
        publication = session.scalars(select(Publication).where(Publication.store_id == store.id)).first()
        tax = session.scalars(select(Tax).where(Tax.store_id == store.id)).first()
        session.commit()
    return {
        "store": store.id, "node": node.id, "import": run.id, "shift": shift.id, "tax": tax.id,
        "publication": publication.id, "terminal": first_terminal(evertill, currency="EUR").id,
        "employee": cashier, "sale": sell(evertill, currency="EUR"),
    }  # fmt: skip


def untouched(evertill):
    """What Hamburg is: its version, what waits there, its tills, taxes and people."""
    store = first_store(evertill, currency="EUR")
    with evertill.office_database.read() as session:
        head = session.get(PublishedHead, store.id)
        people = session.scalars(
            select(Employee).join(EmployeeStore).where(EmployeeStore.store_id == store.id)
        )
        return (
            session.get(Store, store.id).revision,
            head.version,
            head.digest,
            sorted(
                (row.id, row.is_archived, row.registration_code_hash)
                for row in rows(session, Terminal, store)
            ),
            sorted((row.id, row.revision) for row in rows(session, Tax, store)),
            sorted((row.id, row.revision, row.is_active) for row in people),
            [row.is_revoked for row in session.scalars(select(Node).where(Node.name == "Hamburg node"))],
            sorted((row.variant_id, row.price_cents) for row in rows(session, StorePrice, store)),
            sorted((row.item_id, row.is_sold) for row in rows(session, StoreItem, store)),
        )


def rows(session, model, store):
    return session.scalars(select(model).where(model.store_id == store.id)).all()


def addresses(app):
    """(method, path with {} for its one parameter) of each route that names something.

    Ending one of the own sessions is left out: another key ends nothing and is told so.
    """
    own = ("/bridge", "/assets", "/static", "/office-sessions")
    for rule in app.url_map.iter_rules():
        if rule.rule.count("<") == 1 and not rule.rule.startswith(own):
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield method, re.sub(r"<[^>]+>", "{}", rule.rule)


def test_no_address_leads_to_what_belongs_to_another_store(evertill, boston, hamburg):
    before = untouched(evertill)
    refused = set()
    for method, path in addresses(evertill.backoffice):
        for kind, key in hamburg.items():
            response = boston.open(path.format(key), method=method)
            assert response.status_code in {403, 404, 422}, (method, path, kind, response.status_code)
            if response.status_code == 403:
                refused.add(kind)
    assert refused == hamburg.keys(), "each of them is somewhere, and refused there"
    assert untouched(evertill) == before


def test_the_same_addresses_are_open_to_whoever_works_everywhere(evertill, hamburg):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    owner = office(evertill)
    for path in ("terminals", "taxes", "employees", "stores", "publications", "sales", "time-events"):
        kind = {"taxes": "tax", "time-events": "shift"}.get(path, path.removesuffix("s"))
        assert owner.get(f"/{path}/{hamburg[kind]}").status_code == 200, path


def test_no_list_and_no_file_tells_of_another_store(evertill, boston, hamburg):
    for path in (
        "/", "/sales", "/sales.csv", "/publications", "/publications/history", "/terminals", "/stores",
        "/taxes", "/employees", "/imports", "/dead-letters", "/attendance", "/attendance.csv", "/time-events",
        "/items", "/store-nodes/new", "/taxes/new", "/terminals/new", "/employees/new", "/items/new",
        "/journal", "/journal.csv",
    ):  # fmt: skip
        boston.post("/chosen-store", data={"store": hamburg["store"]})
        page = boston.get(path)
        assert page.status_code == 200, path
        for word in ("Hamburg", "Jonas Petersen", hamburg["store"], hamburg["terminal"], hamburg["sale"]):
            assert word not in page.text, (path, word)


def test_no_form_acts_in_another_store(evertill, boston, hamburg):
    before = untouched(evertill)
    store = hamburg["store"]
    boston.post("/terminals", data={"name": "Mine", "store_id": store})
    boston.post("/taxes", data={"name": "Mine", "rate": "5", "store_id": store, "tax_classes": ["standard"]})
    boston.post("/store-nodes/pairing-codes", data={"name": "Mine", "stores": [store]})
    boston.post("/sold-out", data={"store": store, "key": "x"})
    boston.post("/sold-out/removal", data={"store": store, "key": "x"})
    mine = first_terminal(evertill).id
    assert boston.post(f"/terminals/{mine}/moves", data={"store": store}).status_code == 403
    boston.post("/store-batches", data={"act": "publish", "key": [store]})
    boston.post("/terminal-batches", data={"act": "archive", "step": "apply", "key": [hamburg["terminal"]]})
    boston.post("/tax-batches", data={"act": "archive", "key": [hamburg["tax"]]})
    boston.post("/employee-batches", data={"act": "off", "key": [hamburg["employee"]]})
    boston.post("/publications", data={"stores": [store], "everything": "1", "store": store})
    boston.post("/stores", data={"name": "Third", "currency": "EUR", "locale": "de_DE", "time_zone": "UTC"})
    # Both stores were opened by one publishing: of that Boston sees its own part.
    told = boston.get(f"/publications/reach?at=act:{hamburg['publication']}")
    assert "no terminal registered yet" in told.text and "Hamburg" not in told.text
    told = boston.post("/terminals/syncs", data={"store": store}, headers={"HX-Request": "true"})
    assert "No such store." in told.text
    with evertill.office_database.read() as session:
        item = session.scalars(select(Item)).first()
        assert len(session.scalars(select(Store)).all()) == 2
    sold = {"act": "sold", "step": "apply", "key": [item.id], "store": store, "is_sold": "no"}
    assert boston.post("/item-batches", data=sold).status_code == 403
    fields = changed(fields_of(boston.get("/employees/new").text), stores=[store], pin="4711")
    assert post(boston, "/employees", fields, action="publish").status_code in {403, 422}
    assert untouched(evertill) == before


def test_no_field_of_any_form_reaches_another_store(evertill, boston, hamburg):
    """Wherever a form names a record – hidden, chosen, ticked – a key of Hamburg's is sent in its place."""
    before, sent = untouched(evertill), 0
    for _address, form in forms_of(boston, ["/", "/publications"]):
        for pairs in with_other_keys(form, hamburg.values()):
            answer = send(boston, form, pairs)
            assert answer.status_code < 500 and not tells_of_hamburg(answer), (form.action, pairs)
            sent += 1
    assert sent > 100
    assert untouched(evertill) == before


def test_no_query_leads_to_another_store(evertill, boston, hamburg):
    for path, query in asking_for(evertill.backoffice, "backoffice", hamburg.values()):
        assert not tells_of_hamburg(boston.get(f"{path}?{query}")), (path, query)


def tells_of_hamburg(answer):
    """What was sent may be shown again; whose it is may not."""
    return any(word in answer.text for word in ("Hamburg", "Jonas Petersen"))


def test_whoever_works_in_no_store_is_seen_by_those_who_act_in_every_one(evertill, boston):
    with evertill.office_database.write() as session:
        session.add(Employee(id="head", name="Ada Head", first_name="Ada", role_id="owner", created_at=NOW,
                             photo=EmployeePhoto(content=b"x", thumbnail=b"x", digest="x")))  # fmt: skip
        session.commit()
    owner = office(evertill)
    assert "Ada Head" in owner.get("/employees").text and "Ada Head" not in boston.get("/employees").text
    for path in ("/employees/head", "/employees/head/menu", "/employees/head/photo"):
        assert (owner.get(path).status_code, boston.get(path).status_code) == (200, 403), path


def test_an_item_keeps_how_it_is_sold_where_its_editor_does_not_work(evertill, boston, hamburg):
    with evertill.office_database.write() as session:
        item = session.scalars(select(Item).where(Item.name == "Bagel")).one()
        session.add(StorePrice(variant_id=item.variants[0].id, store_id=hamburg["store"], price_cents=777))
        session.add(StoreItem(item_id=item.id, store_id=hamburg["store"], is_sold=False))
        session.commit()
    url = f"/items/{item.id}"
    fields = fields_of(boston.get(url).text)
    assert hamburg["store"] not in str(fields)
    forged = changed(
        fields, name="Sesame bagel", stores=[hamburg["store"]], is_sold_everywhere="1",
        **{f"variants-0-store_price-{hamburg['store']}": "1.00"},
    )  # fmt: skip
    assert post(boston, url, forged).status_code == 303
    with evertill.office_database.read() as session:
        saved = draft_of_item(session.get(Item, item.id))
    assert saved.name == "Sesame bagel"
    assert saved.variants[0].store_prices == {hamburg["store"]: 777}
    assert saved.sold_in[hamburg["store"]] is False


def test_what_boston_publishes_goes_to_boston_alone(evertill, boston, hamburg):
    before = untouched(evertill)
    with evertill.office_database.read() as session:
        item = session.scalars(select(Item).where(Item.name == "Bagel")).one()
    url = f"/items/{item.id}"
    fields = changed(fields_of(boston.get(url).text), name="Sesame bagel")
    forged = [*fields, ("chooses_stores", "1"), ("publish_to", hamburg["store"])]
    assert post(boston, url, forged, action="publish").status_code == 303
    with evertill.office_database.read() as session:
        waiting = session.scalars(select(Mark.store_id).where(Mark.key == item.id)).all()
    assert waiting == [hamburg["store"]]
    assert untouched(evertill) == before
