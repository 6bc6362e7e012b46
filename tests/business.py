"""The demo business with its Back Office in one process and store nodes in others, and people who use it."""

from __future__ import annotations

import re
from uuid import uuid4

from sqlalchemy import func, select

from backoffice_web.ledger.sale import Sale
from backoffice_web.people.employee import Employee
from backoffice_web.publishing.published import head_version
from backoffice_web.stores.store import Store
from backoffice_web.terminals.node import Node
from shared_web.database import Database
from tests.backoffice_web.routes.editor_forms import changed, fields_of
from tests.cast import publish_auto_sync
from tests.databases import copy_home, url_of
from tests.processes import Browser, House, office_browser
from tests.waiting import wait_until

CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{4}(?:-[2-9A-HJ-NP-Z]{4}){2}\b")
ORDER = re.compile(r'name="order"[^>]* value="([0-9a-f]+)"')
ITEM = re.compile(r'"item": "([0-9a-f]+)"')
AUTO_SYNC_S = 1


class Business:
    """The demo business. `house` makes a process of a role over a home."""

    def __init__(self, demo_home, folder, *, house=House):
        self.folder = folder
        self._new_house = house
        copy_home(demo_home, folder / "office")
        self.office = house("backoffice", folder / "office")
        self.database = Database(url_of(folder / "office" / "office.sqlite3"))
        self._houses, self._browsers = [self.office], []
        with self.database.read() as session:
            self.store = session.scalars(select(Store).where(Store.currency == "USD")).one().id
        # A quarter of a minute is right for people, and long for tests.
        publish_auto_sync(self.database, self.store, AUTO_SYNC_S)
        self.office.start()
        self.admin = self._opened(office_browser(self.office))
        with self.database.read() as session:
            cashiers = session.scalars(select(Employee).where(Employee.role_id == "cashier")).all()
            here = [one.id for one in cashiers if self.store in {link.store_id for link in one.stores}]
            self.cashier = here[0]

    def new_code(self, name="Back room"):
        self.admin.get("store-nodes/new")
        page = self.admin.post("store-nodes/pairing-codes", {"name": name, "stores": self.store})
        assert page.status_code == 200, page.text
        return CODE.search(page.text)[0]

    def new_node(self, name, *arguments):
        node = self._new_house("store", self.folder / name, *arguments)
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


def sell(till):
    """Ring the first favourite and take it in cash; the order's UUID."""
    page = till.get("order").text.replace("&#34;", '"').replace("&quot;", '"')
    rung = till.post("order/lines", {"item": ITEM.search(page)[1], "tap": uuid4().hex}, htmx=True)
    assert rung.status_code == 200, rung.text
    cash = {"order": ORDER.search(rung.text)[1], "received": "500.00", "key": uuid4().hex}
    paid = till.post("payments/cash", cash, htmx=True)
    assert "/receipts/" in paid.headers.get("HX-Redirect", ""), paid.text
    return paid.headers["HX-Redirect"].split("/receipts/")[1].split("?")[0]
