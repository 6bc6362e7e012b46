"""The clocks of office and store are hours apart: all comes out alike (it is shown: test_office_clock)."""

from datetime import timedelta

import pytest

from tests.journeys.prices import publish_price
from tests.journeys.selling import Seller, sales_of
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
