"""Without the office: what a store goes on doing, what waits, and how it goes up afterwards."""

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
