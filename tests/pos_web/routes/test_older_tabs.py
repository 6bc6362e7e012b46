"""Two tabs at one till: a press in the older one is about the order that it shows, or does nothing."""

import re

import pytest

from pos_web.orders.order import Order
from pos_web.payments.payment import Payment
from pos_web.staff.journal import JournalEntry
from tests.pos_web.shop import item
from tests.pos_web.till import HTMX, where_to, words

SENTENCE = "This screen shows another order than the one that is open. Nothing was done."


def orders(shop):
    with shop.book.read() as book:
        found = book.query(Order).order_by(Order.opened_at)
        return [(order.ticket, order.state, order.total_cents) for order in found]


def form_of(page, action):
    """The hidden fields of the page's form, as a browser sends them."""
    found = re.search(rf'<form[^>]* action="/pos{action}".*?</form>', page.text, re.DOTALL)[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found))


def order_of(page):
    """The order that Hold and Void of the page are about."""
    return re.search(r'name="order" form="hold-form" value="(\w*)"', page.text)[1]


@pytest.fixture
def older(till, managers_till):
    """Order 0001 as an older tab shows it; in another one it was held since and 0002 rung."""
    till.ring("croissant")
    till.ring("croissant")
    pages = {"order": till.page("/order"), "payments": till.page("/payments")}
    till.submit("/holds", note="Table 12")
    till.ring()
    return pages


@pytest.mark.parametrize("tender", ["cash", "card"])
def test_what_is_taken_in_an_older_tab_does_not_pay_another_order(till, shop, older, tender):
    before = orders(shop)
    form = form_of(older["payments"], "/payments/cash")
    refused = till.post(f"/payments/{tender}", **form, received="2.40")
    assert (refused.status_code, where_to(refused)) == (409, "/pos/order")
    assert SENTENCE in words(till.page("/order")) and "Order 0002" in words(till.page("/order"))
    assert orders(shop) == before
    assert shop.do(lambda book: book.query(Payment).count()) == 0


def test_an_older_tab_neither_voids_nor_holds_another_order(till, shop, older):
    before, shown = orders(shop), order_of(older["order"])
    assert shown
    for path in ("/voids", "/holds"):
        plain = till.submit(path, order=shown, note="Table 13", reason="Mistake")
        assert plain.status_code == 409 and SENTENCE in words(plain)
        assert "To the open order" in words(plain) and 'href="/pos/order"' in plain.text
        refused = till.post(path, order=shown, note="Table 13", reason="Mistake")
        assert (refused.status_code, where_to(refused)) == (409, "/pos/order")
    assert orders(shop) == before


def test_an_older_tab_neither_keeps_nor_updates_the_prices_of_another_order(till, shop, older):
    before, shown = orders(shop), order_of(older["order"])
    shop.publish(item("Espresso", 260, is_favourite=True))
    for answer in ("keep", "update"):
        assert till.post(f"/order/newer-prices/{answer}", order=shown).status_code == 409
    assert orders(shop) == before and "newer price" in words(till.get("/order"))


def test_a_form_that_says_no_order_does_nothing(till, shop):
    till.ring()
    before = orders(shop)
    for path in ("/voids", "/holds", "/payments/cash", "/payments/card"):
        form = {"received": "2.40", "key": "k" * 10}
        assert till.client.post(path, data=form, headers=HTMX).status_code == 409
    assert orders(shop) == before


def test_the_first_tap_tells_hold_and_void_which_order_it_began(till):
    assert order_of(till.page("/order")) == ""
    assert order_of(till.ring()) == order_of(till.page("/order")) != ""


def test_a_hold_that_is_pressed_again_says_that_it_is_done(till, shop, older):
    again = till.submit("/holds", order=order_of(older["order"]), note="Table 12")
    assert where_to(again) == "/pos/order"
    assert "Order 0001 is on hold" in words(till.page("/order"))
    assert [state for _ticket, state, _total in orders(shop)] == ["held", "open"]


def test_a_void_that_is_pressed_again_says_that_it_is_done(till, shop):
    shown = order_of(till.ring())
    for _time in range(2):
        assert where_to(till.post("/voids", order=shown, reason="Mistake")) == "/pos/order"
        assert "Order 0001 was voided" in words(till.page("/order"))
        till.ring("croissant")
    assert [state for _ticket, state, _total in orders(shop)] == ["void", "open"]
    assert shop.do(lambda book: book.query(JournalEntry).filter_by(action="order.void").count()) == 1


def test_a_part_is_not_taken_back_by_a_tab_of_another_order(till, shop):
    till.ring()
    till.post("/payments/cash", received="1.00", key="the-first-part")
    part = shop.do(lambda book: book.query(Payment).one().uuid)
    form = form_of(till.page("/payments"), f"/payments/{part}/removal")
    till.post("/payments/cash", received="1.40", key="the-rest-of-it")
    till.ring()
    refused = till.submit(f"/payments/{part}/removal", **form)
    assert refused.status_code == 409 and SENTENCE in words(refused)
    assert shop.do(lambda book: book.query(Payment).count()) == 2


def test_a_payment_that_was_removed_is_not_taken_by_its_old_form(till, shop):
    till.ring()
    form = form_of(till.page("/payments"), "/payments/cash") | {"received": "1.00"}
    till.post("/payments/cash", **form)
    part = shop.do(lambda book: book.query(Payment).one().uuid)
    till.submit(f"/payments/{part}/removal")
    refused = till.post("/payments/cash", **form)
    assert refused.status_code == 422
    assert "This payment was taken and then removed. Nothing was taken now." in words(refused)
    assert shop.do(lambda book: book.query(Payment).count()) == 0
    # What came back can be pressed: it is another payment.
    fresh = form_of(refused, "/payments/cash") | {"received": "1.00"}
    assert where_to(till.post("/payments/cash", **fresh)) == "/pos/payments"


def test_no_form_comes_with_the_key_of_a_refund(till, managers_till):
    till.ring()
    sold = where_to(till.post("/payments/cash", received="5.00", key="a-usual-key")).rsplit("/", 1)[1]
    till.ring()
    refused = till.post("/payments/cash", received="5.00", key=f"refund-{sold}")
    assert refused.status_code == 422 and "This page is too old." in words(refused)
    assert "/receipts/" in where_to(managers_till.post(f"/orders/{sold}/refund", reason="Faulty"))
