"""The Orders page: whose orders it shows, and that it says so."""

from sync_contract.permissions import CASHIER, defaults_of
from sync_contract.records import Role
from tests.pos_web.shop import MIA, SARA, record
from tests.pos_web.till import Till, words

OWN = "You see your own orders."


def see_only_own(shop):
    held = tuple(key for key in defaults_of(CASHIER) if key != "order.view_others")
    shop.publish(record("cashier", Role(name="Cashier", permissions=held)))


def sell(shop, by):
    shop.ring("espresso", by=by)
    return shop.pay_cash(240, by=by).order.number


def test_who_may_see_all_orders_is_told_nothing_of_their_own(till, shop):
    number = sell(shop, SARA)
    page = words(till.page("/orders"))
    assert number in page and OWN not in page


def test_who_sees_only_their_own_is_told_so_beside_them(pos, shop):
    see_only_own(shop)
    till = Till(pos, shop)
    mine, theirs = sell(shop, MIA), sell(shop, SARA)
    for answer in (till.page("/orders"), till.get("/orders?days=all")):
        page = words(answer)
        assert mine in page and theirs not in page and OWN in page


def test_an_empty_list_does_not_say_that_nobody_sold_anything(pos, shop):
    see_only_own(shop)
    till = Till(pos, shop)
    sell(shop, SARA)
    page = words(till.page("/orders"))
    assert "No sales of yours yet today" in page and OWN in page
    assert "No order of yours found" in words(till.get("/orders?q=espresso"))
