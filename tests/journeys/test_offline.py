"""Without the office: what a store goes on doing, what waits, and how it goes up afterwards."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app import build
from backoffice_web.ledger.sale import Sale
from tests.cast import employee_of
from tests.journeys.prices import publish_price
from tests.journeys.selling import Seller, sales_of
from tests.office_line import office_gone
from tests.waiting import wait_until

OFFLINE = "Internet appears to be offline. Please try again later"
SECONDS = 10


def test_a_finished_sale_is_in_the_office_within_seconds(evertill):
    sold = Seller(evertill).sell()
    wait_until(lambda: sales_of(evertill).get(sold) == 1, patience_s=SECONDS)


def test_what_was_sold_offline_waits_and_goes_up_once_in_its_order_when_the_office_is_back(evertill):
    seller = Seller(evertill)
    wait_until(lambda: not seller.unsent().length)
    with office_gone(evertill):
        answer = seller.browser.post("/syncs", headers={"HX-Request": "true"})
        assert OFFLINE in answer.text
        sold = [seller.sell() for _number in range(3)]
        assert not set(sold) & set(sales_of(evertill))
        assert seller.unsent().length >= 3
        assert "Offline since" in seller.browser.get("/order").text
        assert "sales continue" in seller.browser.get("/order").text
    evertill.agent.sync(seller.store.id, by="test")
    wait_until(lambda: not seller.unsent().length)
    found = sales_of(evertill)
    assert [found.get(uuid) for uuid in sold] == [1, 1, 1]
    answered = [document.answered_at for document in seller.documents()]
    assert answered == sorted(answered)
    assert "Offline since" not in seller.browser.get("/order").text


class Calendar:
    """A clock from which days are torn off."""

    def __init__(self):
        self.passed = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.passed


@pytest.fixture
def calendar():
    return Calendar()


@pytest.fixture
def aging(settings, calendar):
    """Both houses, whose clock is the calendar's."""
    built = build(settings, clock=calendar)
    built.start()
    yield built
    built.stop()


def test_a_store_sells_for_thirty_days_without_its_office_and_loses_nothing(aging, calendar):
    seller = Seller(aging)
    cashier = {"employee": employee_of(aging, "cashier"), "pin": "1111"}
    wait_until(lambda: not seller.unsent().length)
    sold = []
    with office_gone(aging):
        for _third in range(3):
            calendar.passed += timedelta(days=10)
            newest = publish_price(aging, cents=100 + len(sold))
            # Nobody stays signed in that long; the browser remains this terminal's.
            seller.browser.get("/")
            assert seller.browser.post("/sessions", data=cashier).status_code == 303
            sold.append(seller.sell())
        aging.agent.sync(seller.store.id, by="test")
        assert "Offline since" in seller.browser.get("/order").text
    result = aging.agent.sync(seller.store.id, by="test")
    assert result.to_version == newest
    wait_until(lambda: not seller.unsent().length)
    found = sales_of(aging)
    assert [found.get(uuid) for uuid in sold] == [1, 1, 1]
    with aging.office_database.read() as office:
        days = office.scalars(
            select(Sale.business_date).where(Sale.uuid.in_(sold)).order_by(Sale.business_date)
        )
        first, second, third = days
    assert second - first == third - second == timedelta(days=10)
