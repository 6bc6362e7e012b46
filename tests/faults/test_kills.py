"""kill -9 at any moment: of the store node in an apply, a sale, an upload; of the office in a publication, an
ingest. Afterwards every version is whole, and every finished sale is in the office exactly once.

Both houses are real processes with real files. Each kill comes at a random moment of an act that is under
way; then the dead house's files are verified to the last byte, it is started again, and whoever was at it
tries again, as people do.
"""

from collections import Counter
from threading import Event, Thread
from time import perf_counter
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select

from backoffice_web import upkeep as office_upkeep
from backoffice_web.catalog.item import Item
from backoffice_web.ledger.sale import Sale
from backoffice_web.publishing.publication import Publication
from backoffice_web.stores.store import Store
from pos_web import upkeep as node_upkeep
from pos_web.catalog.replica import ReplicaHead
from pos_web.orders.order import Order
from pos_web.syncing.outbox import OutboxDocument
from shared_web.database import Database
from tests.business import ITEM, ORDER, Business
from tests.databases import url_of
from tests.faults.conftest import at_length, often
from tests.forked import ForkedHouse
from tests.waiting import wait_until

KILLS = 6, 300
# Enough records for a publication and an apply that can be hit in the middle.
MANY = 300
# Whom to kill during what.
ACTS = (
    ("store", "apply"),
    ("store", "sale"),
    ("store", "upload"),
    ("office", "publish"),
    ("office", "ingest"),
)
UNSENT = select(OutboxDocument.uuid).where(OutboxDocument.state != "acknowledged")
SALES = ("sale", "upload", "ingest")


class KilledBusiness(Business):
    """The demo business with many more items, one store node, and a cashier who never gives up."""

    def __init__(self, demo_home, folder):
        super().__init__(demo_home, folder, house=ForkedHouse)
        self._add_items()
        self.node = self.paired_node()
        self.cashier_at_till = self.till(self.node)
        self.are_archived = False
        # How often an act was under way when its victim died.
        self.interrupted = Counter()
        self._is_interrupted = False

    def _add_items(self):
        catalog = self.folder / "catalog.csv"
        rows = [f"Extra {number:03},{number}.00,EX-{number:03}" for number in range(1, MANY + 1)]
        catalog.write_text("\n".join(["name,price,sku", *rows]) + "\n")
        with self.database.read() as session:
            name = session.get_one(Store, self.store).name
        code, said = self.office.run("import-catalog", str(catalog), "--store", name, "--publish")
        assert code == 0, said
        with self.database.read() as session:
            self.extra = list(session.scalars(select(Item.id).where(Item.name.like("Extra %"))))
        assert len(self.extra) == MANY

    # What people do, again and again until it is done.

    def again(self, attempt):
        """The answer of `attempt()`; a house that is away is tried again, as people do."""

        def answer():
            try:
                return attempt()
            except httpx2.TransportError:
                self._is_interrupted = True

        return wait_until(answer, patience_s=60)

    def sell(self):
        """One sale; each press keeps its mark, so that pressing again is no second press."""
        till, tap, key = self.cashier_at_till, uuid4().hex, uuid4().hex
        page = self.again(lambda: till.get("order")).text
        item = ITEM.search(page.replace("&#34;", '"').replace("&quot;", '"'))[1]
        rung = self.again(lambda: till.post("order/lines", {"item": item, "tap": tap}, htmx=True))
        assert rung.status_code == 200, rung.text
        cash = {"order": ORDER.search(rung.text)[1], "received": "500.00", "key": key}
        paid = self.again(lambda: till.post("payments/cash", cash, htmx=True))
        assert "/receipts/" in paid.headers.get("HX-Redirect", ""), paid.text

    def save_many(self):
        """Archive the many items, or bring them back: the publication after this has many records."""
        self.are_archived = not self.are_archived
        act = "archive" if self.are_archived else "restore"
        self.admin.get("items")
        assert self.admin.post("item-batches", {"act": act, "key": self.extra}).status_code == 303

    def publish(self):
        done = self.again(lambda: self.admin.post("item-batches", {"act": "publish", "key": self.extra}))
        assert done.status_code == 303, done.text

    def press_sync(self):
        self.again(lambda: self.cashier_at_till.post("syncs", htmx=True))

    # Killing.

    def prepare(self, act):
        if act in {"apply", "publish"}:
            self.save_many()
        if act == "apply":
            self.publish()

    def do(self, act):
        if act in SALES:
            for _each in range(2):
                self.sell()
        else:
            {"apply": self.press_sync, "publish": self.publish}[act]()

    def kill_during(self, whom, act, random, usual_s):
        victim = self.office if whom == "office" else self.node
        self.prepare(act)
        failures = []
        self._is_interrupted = False

        def do():
            try:
                self.do(act)
            except BaseException as problem:
                failures.append(problem)

        person = Thread(target=do)
        person.start()
        # A little longer than it takes: uploads and reports follow on their own.
        Event().wait(random.uniform(0, usual_s * 1.2 + 0.05))
        victim.kill()
        # A cashier does not notice that the office is gone: what it had not answered for yet shows that.
        self._is_interrupted |= act == "ingest" and bool(self.rows(self.url("book"), UNSENT))
        self.check_whole()
        victim.start()
        person.join(120)
        assert not person.is_alive()
        assert not failures, failures
        self.interrupted[act] += self._is_interrupted

    # What must be true after a kill, whatever it hit.

    def check_whole(self):
        assert office_upkeep.verify(self.database.url) == []
        assert node_upkeep.verify(self.url("book"), self.url("replica")) == []
        with self.database.read() as session:
            query = select(Publication.version, Publication.digest).where(Publication.store_id == self.store)
            published = set(session.execute(query).all())
        assert self.applied() in {tuple(row) for row in published}

    def applied(self):
        ((version, digest),) = self.rows(self.url("replica"), select(ReplicaHead.version, ReplicaHead.digest))
        return version, digest

    def url(self, name):
        return url_of(self.node.home / f"{name}.sqlite3")

    def check_each_sale_once(self):
        wait_until(lambda: not self.rows(self.url("book"), UNSENT))
        finished = select(Order.uuid, Order.total_cents).where(Order.state == "finished")
        in_store = self.rows(self.url("book"), finished)
        kept = select(Sale.uuid, Sale.total_cents).where(Sale.store_id == self.store)
        assert sorted(self.rows(self.database.url, kept)) == sorted(in_store)
        return len(in_store)

    def rows(self, url, query):
        """What is committed in one of the databases, read beside its house."""
        database = Database(url)
        try:
            with database.read() as session:
                return [tuple(row) for row in session.execute(query)]
        finally:
            database.dispose()


@pytest.fixture
def business(demo_home, tmp_path):
    made = KilledBusiness(demo_home, tmp_path)
    yield made
    made.close()


def test_whoever_is_killed_at_whatever_moment_nothing_is_lost_doubled_or_torn(business, random):
    usual_s, sold = {}, 0
    for act in dict.fromkeys(act for _whom, act in ACTS):
        business.prepare(act)
        began = perf_counter()
        business.do(act)
        usual_s[act] = perf_counter() - began
        sold += 2 if act in SALES else 0
    for number in range(often(*KILLS)):
        whom, act = ACTS[number % len(ACTS)]
        business.kill_during(whom, act, random, usual_s[act])
        sold += 2 if act in SALES else 0
        if number % 10 == 9:
            assert business.check_each_sale_once() == sold
    assert business.check_each_sale_once() == sold
    assert at_length(True, all(business.interrupted[act] for _whom, act in ACTS)), business.interrupted
    # The office publishes once more, and the store comes to the same, byte by byte.
    newest = business.publish_a_price()

    def is_current():
        business.press_sync()
        return business.version(business.node) == newest

    wait_until(is_current, patience_s=60)
    business.check_whole()
