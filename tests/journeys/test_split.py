"""The office and a store node as two real processes: paired, published, synced, sold, killed, restarted."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from backoffice_web.ledger.sale import Sale
from backoffice_web.people.employee import Employee
from backoffice_web.publishing.published import head_version
from backoffice_web.stores.store import Store
from backoffice_web.terminals.node import Node
from pos_web.syncing.office_link import read_link
from shared_web.database import Database
from tests.backoffice_web.routes.editor_forms import changed, fields_of
from tests.databases import copy_home, url_of
from tests.processes import Browser, House, office_browser
from tests.waiting import wait_until

CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{4}(?:-[2-9A-HJ-NP-Z]{4}){2}\b")
ITEM = re.compile(r'"item": "([0-9a-f]+)"')
OFFLINE = "Internet appears to be offline. Please try again later"


class Business:
    """The demo business, its Back Office in one process and store nodes in others."""

    def __init__(self, demo_home, folder):
        self.folder = folder
        copy_home(demo_home, folder / "office")
        self.office = House("backoffice", folder / "office")
        self.database = Database(url_of(folder / "office" / "office.sqlite3"))
        self._houses, self._browsers = [self.office], []
        self.office.start()
        self.admin = self._opened(office_browser(self.office))
        with self.database.read() as session:
            self.store = session.scalars(select(Store).where(Store.currency == "USD")).one().id
            cashiers = session.scalars(select(Employee).where(Employee.role_id == "cashier")).all()
            here = [one.id for one in cashiers if self.store in {link.store_id for link in one.stores}]
            self.cashier = here[0]

    def new_code(self, name="Back room"):
        self.admin.get("store-nodes/new")
        page = self.admin.post("store-nodes/pairing-codes", {"name": name, "stores": self.store})
        assert page.status_code == 200, page.text
        return CODE.search(page.text)[0]

    def new_node(self, name, *arguments):
        node = House("store", self.folder / name, *arguments)
        self._houses.append(node)
        return node

    def paired_node(self, name="store"):
        """A store node that was paired on the command line, is running, and has its first version."""
        node = self.new_node(name)
        code, said = node.run("pair", "--back-office", self.office.url, "--code", self.new_code())
        assert code == 0, said
        node.start()
        wait_until(lambda: self.version(node) >= 1)
        return node

    def version(self, node):
        return node.health()["applied_versions"].get(self.store, 0)

    def till(self, node):
        """A cashier signed in at the first terminal of the node's store."""
        browser = self._opened(Browser(node, "pos"))
        page = browser.get("terminals").text
        terminal = re.search(r'action="/pos/terminals/([0-9a-f]+)/selection"', page)[1]
        browser.post(f"terminals/{terminal}/selection")
        browser.get("")
        signed_in = browser.post("sessions", {"employee": self.cashier, "pin": "1111"})
        assert signed_in.status_code == 303, signed_in.text
        return browser

    def publish_a_price(self):
        """Save and publish another price of some product, as an admin does; the store's new version."""
        page = self.admin.get("items").text
        key = re.search(r'href="/backoffice/items/([0-9a-f]{32})', page)[1]
        fields = changed(fields_of(self.admin.get(f"items/{key}").text), name=f"Item {uuid4().hex[:8]}")
        data = {}
        for name, value in [*fields, ("action", "publish")]:
            data.setdefault(name, []).append(value)
        saved = self.admin.post(f"items/{key}", data)
        assert saved.status_code == 303, saved.text
        return self.newest()

    def newest(self):
        with self.database.read() as session:
            return head_version(session, self.store)

    def sales(self):
        """How often the office holds each sale; once is right."""
        with self.database.read() as session:
            return dict(session.execute(select(Sale.uuid, func.count()).group_by(Sale.uuid)).all())

    def node_row(self):
        with self.database.read() as session:
            return session.scalars(select(Node).where(Node.name == "Back room", ~Node.is_revoked)).one()

    def close(self):
        for browser in self._browsers:
            browser.close()
        self.database.dispose()
        for house in self._houses:
            house.kill()

    def _opened(self, browser):
        self._browsers.append(browser)
        return browser


@pytest.fixture
def business(demo_home, tmp_path):
    made = Business(demo_home, tmp_path)
    yield made
    made.close()


def sell(till):
    """Ring the first favourite and take it in cash; the order's UUID."""
    page = till.get("order").text.replace("&#34;", '"').replace("&quot;", '"')
    rung = till.post("order/lines", {"item": ITEM.search(page)[1], "tap": uuid4().hex}, htmx=True)
    assert rung.status_code == 200, rung.text
    paid = till.post("payments/cash", {"received": "500.00", "key": uuid4().hex}, htmx=True)
    assert "/receipts/" in paid.headers.get("HX-Redirect", ""), paid.text
    return paid.headers["HX-Redirect"].split("/receipts/")[1].split("?")[0]


def pressed_sync(till):
    till.get("order")
    return till.post("syncs", htmx=True).text


def outbox(node):
    return sum(node.health()["outbox"].values())


def test_a_store_node_is_paired_follows_the_office_and_sells_through_every_outage(business):
    node = business.paired_node()
    till = business.till(node)

    # Published there, notified over the socket, applied here.
    newest = business.publish_a_price()
    assert "Synced successfully" in pressed_sync(till)
    assert business.version(node) == newest
    first = sell(till)
    wait_until(lambda: first in business.sales())

    # The office is gone: the till knows it, and sells on.
    business.office.kill()
    wait_until(lambda: "Offline since" in till.get("order").text, patience_s=15)
    assert OFFLINE in pressed_sync(till)
    second = sell(till)
    assert outbox(node) >= 1

    # The store node dies too, and starts without an office: it sells from its very first second.
    node.kill()
    node.start()
    assert business.version(node) == newest
    third = sell(till)
    assert outbox(node) >= 2

    # The office is back: everything goes up by itself, once.
    business.office.start()
    wait_until(lambda: {first, second, third} <= business.sales().keys(), patience_s=40)
    assert set(business.sales().values()) == {1}
    wait_until(lambda: outbox(node) == 0)
    wait_until(lambda: "Offline since" not in till.get("order").text)

    # And what is published now arrives without anybody pressing anything.
    newest = business.publish_a_price()
    wait_until(lambda: business.version(node) == newest, patience_s=40)


def test_an_office_that_falls_silent_is_missed_within_fifteen_seconds_and_found_again(business):
    node = business.paired_node()
    till = business.till(node)
    wait_until(lambda: business.node_row().seen_at is not None)
    assert "Offline since" not in till.get("order").text
    with business.office.hung():
        wait_until(lambda: "Offline since" in till.get("order").text, patience_s=15)
        sold = sell(till)
    wait_until(lambda: "Offline since" not in till.get("order").text)
    wait_until(lambda: sold in business.sales())


def test_the_token_is_renewed_kept_private_and_told_to_nobody(business):
    node = business.paired_node()
    kept = read_link(node.home / "office_link.json")
    node.stop()
    node.start()
    wait_until(lambda: read_link(node.home / "office_link.json").token != kept.token)
    newest = business.publish_a_price()
    wait_until(lambda: business.version(node) == newest, patience_s=40)
    now = read_link(node.home / "office_link.json")
    for house in (node, business.office):
        said = house.output()
        assert kept.token not in said and now.token not in said


def test_a_store_that_has_a_node_gets_no_second_one_until_the_first_is_revoked(business):
    code = business.new_code()
    node = business.paired_node()
    second = business.new_node("second")
    refused, said = second.run("pair", "--back-office", business.office.url, "--code", code)
    assert refused == 1 and "is served by the store node Back room already" in said
    assert read_link(second.home / "office_link.json") is None

    # Revoked: no updates, said at the till, and selling goes on.
    till = business.till(node)
    business.admin.post(f"store-nodes/{business.node_row().id}/revocation")
    business.publish_a_price()
    wait_until(lambda: "was revoked in the Back Office" in pressed_sync(till))
    waiting_sale = sell(till)
    assert outbox(node) >= 1

    # Paired again, while it is running: what waited goes up.
    paired, said = node.run("pair", "--back-office", business.office.url, "--code", business.new_code())
    assert paired == 0, said
    wait_until(lambda: waiting_sale in business.sales(), patience_s=60)


def test_the_first_page_of_a_new_node_asks_for_its_office_and_a_code(business):
    node = business.new_node("store", "--back-office", business.office.url).start()
    assert node.health()["paired"] is False
    browser = Browser(node, "pos")
    page = browser.get("")
    assert page.url.path == "/pos/pairings/new" and business.office.url in page.text
    assert browser.post("pairings", {"code": "2222-2222-2222"}).status_code == 422
    assert browser.post("pairings", {"code": business.new_code()}).status_code == 303
    wait_until(lambda: business.version(node) >= 1)
    assert browser.get("pairings/new").url.path == "/pos/terminals"
    browser.close()


def test_an_office_with_paired_nodes_does_not_start_serving_stores_itself(business):
    business.paired_node()
    business.office.stop()
    code, said = business.office.run("serve")
    assert code == 1 and "--role backoffice" in said
