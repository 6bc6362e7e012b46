"""Clocks that are hours apart, or jump by hours: all comes out alike (it is shown: test_office_clock)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app import build
from backoffice_web.ledger.sale import Sale
from backoffice_web.terminals.arrival import StoreSync
from backoffice_web.terminals.board import store_board
from pos_web.current import utc_now
from pos_web.orders.order import Order
from pos_web.syncing.report import MOST_SYNCS
from pos_web.syncing.sync_run import SyncRun
from shared_web.database import Database
from tests.business import Business, sell
from tests.cast import till
from tests.databases import url_of
from tests.forked import ForkedHouse, SetClock
from tests.journeys.prices import publish_price
from tests.journeys.selling import Seller, sales_of
from tests.office_line import office_gone
from tests.waiting import wait_until


@pytest.mark.parametrize("hours", [-7, 7])
def test_clocks_that_are_hours_apart_change_no_result(evertill, hours):
    seller = Seller(evertill)
    office = evertill.backoffice.extensions["office"]
    right = office.clock
    office.clock = lambda: right() + timedelta(hours=hours)
    for cents in (111, 222):
        newest = publish_price(evertill, cents)
        assert evertill.agent.sync(seller.store.id, by="test").to_version == newest
        sold = seller.sell()
        wait_until(lambda sold=sold: sales_of(evertill).get(sold) == 1)
    wait_until(lambda: not seller.unsent().length)
    assert len(set(seller.numbers())) == 2
    assert "Offline since" not in seller.browser.get("/order").text


class Clock:
    """The computer's, as somebody set it."""

    ahead = timedelta(0)

    def __call__(self):
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def jumping(settings, clock, request):
    """The houses, one of which lives by `clock` and the other by the right time."""
    built = build(settings, clock=clock if request.param == "store" else utc_now)
    if request.param == "office":
        built.backoffice.extensions["office"].clock = clock
    built.start()
    yield built
    built.stop()


def syncs(in_book, in_office, store_id):
    """The runs that the store wrote down, and those that the office keeps, by uuid."""
    with in_book.read() as book, in_office.read() as office:
        written = book.scalars(select(SyncRun).where(SyncRun.store_id == store_id)).all()
        kept = office.scalars(select(StoreSync).where(StoreSync.store_id == store_id)).all()
    return {run.uuid: run.started_by for run in written}, {sync.uuid: sync.started_by for sync in kept}


def are_told(in_book, in_office, store_id):
    written, kept = syncs(in_book, in_office, store_id)
    return written.items() <= kept.items()


@pytest.mark.parametrize("jumping", ["store", "office"], indirect=True)
def test_a_clock_that_jumps_in_an_outage_loses_doubles_and_hides_nothing(jumping, clock):
    evertill = jumping
    clock.ahead = timedelta(hours=3)
    seller = Seller(evertill)
    store, agent = seller.store, evertill.agent
    sold = [seller.sell()]
    wait_until(lambda: sold[0] in sales_of(evertill))
    with office_gone(evertill):
        for _press in range(MOST_SYNCS + 5):
            assert agent.sync(store.id, by="Ben").outcome == "offline"
        sold.append(seller.sell())
        # Somebody puts it right; who is at the till enters their PIN once more.
        clock.ahead = timedelta(0)
        seller.browser = till(evertill, role="cashier")
        sold.append(seller.sell())
        newest = publish_price(evertill, 333)
    assert agent.sync(store.id, by="Clara").to_version == newest
    wait_until(lambda: not seller.unsent().length)
    assert sales_of(evertill) == dict.fromkeys(sold, 1)
    # Receipts count on, and went up in the order in which they were sold.
    with evertill.book.read() as book, evertill.office_database.read() as office:
        counters = [book.get(Order, uuid).counter for uuid in sold]
        assert counters == sorted(set(counters))
        assert [office.get(Sale, uuid).version for uuid in sold] == [
            book.get(Order, uuid).version for uuid in sold
        ]
    wait_until(lambda: are_told(evertill.book, evertill.office_database, store.id))
    history = seller.browser.get("/syncs").text
    assert "Clara" in history and "Offline since" not in seller.browser.get("/order").text
    with evertill.office_database.read() as office:
        (row,) = store_board(office, now=utc_now(), store_ids=[store.id], node_names={})
    assert (row.state, row.version, row.started_by, row.outbox_length) == ("up_to_date", newest, "Clara", 0)
    assert row.clock_ahead_s == 0


def test_a_store_far_away_whose_clock_jumps_while_its_office_is_gone_loses_nothing(demo_home, tmp_path):
    clock = SetClock(tmp_path / "store")
    clock.set(3)
    business = Business(demo_home, tmp_path, house=ForkedHouse)
    book = Database(url_of(tmp_path / "store" / "book.sqlite3"))
    try:
        node = business.paired_node()
        cashier = business.till(node)
        sold = [sell(cashier)]
        wait_until(lambda: sold[0] in business.sales())
        business.office.kill()
        sold.append(sell(cashier))
        clock.set(0)
        assert "PIN" in cashier.get("order").text
        cashier = business.till(node)
        sold.append(sell(cashier))
        assert "Internet appears to be offline" in cashier.post("syncs", htmx=True).text
        business.office.start()
        wait_until(lambda: business.sales() == dict.fromkeys(sold, 1), patience_s=40)
        newest = business.publish_a_price()
        wait_until(lambda: business.version(node) == newest, patience_s=40)
        wait_until(lambda: are_told(book, business.database, business.store))
        with business.database.read() as office:
            (row,) = store_board(office, now=utc_now(), store_ids=[business.store], node_names={})
        assert (row.state, row.clock_ahead_s, row.outbox_length) == ("up_to_date", 0, 0)
    finally:
        business.close()
        book.dispose()
