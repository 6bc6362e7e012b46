"""Finding finished orders again."""

import pytest

from pos_web.orders.listing import PAGE, find_order, finished_orders
from tests.pos_web.shop import STORE


def numbers(shop, **wanted):
    with shop.book.read() as book:
        page = finished_orders(book, store_id=STORE, currency="EUR", **wanted)
        return [order.number for order in page.orders], page.next_offset


def sell(shop, *items):
    for each in items:
        shop.ring(each)
    return shop.pay_cash(5000).order


def test_the_newest_comes_first_and_open_orders_are_not_listed(shop):
    sell(shop, "espresso")
    sell(shop, "croissant")
    shop.ring("espresso")
    assert numbers(shop) == (["R1-1-0002", "R1-1-0001"], None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0002", ["R1-1-0002"]),
        ("croiss", ["R1-1-0002"]),
        ("2.40", ["R1-1-0001"]),
        ("mia", ["R1-1-0002", "R1-1-0001"]),
        ("%", []),
        ("nothing like it", []),
        ("   ", ["R1-1-0002", "R1-1-0001"]),
    ],
)
def test_orders_are_found_by_number_item_person_and_amount(shop, text, found):
    sell(shop, "espresso")
    sell(shop, "croissant")
    assert numbers(shop, text=text)[0] == found


def test_a_day_shows_only_its_own_orders(shop):
    first = sell(shop, "espresso")
    shop.tick(days=1)
    second = sell(shop, "espresso")
    assert numbers(shop, on=first.business_date)[0] == [first.number]
    assert numbers(shop, on=second.business_date)[0] == [second.number]


def test_a_long_list_comes_in_pages(shop):
    for _ in range(PAGE + 1):
        sell(shop, "espresso")
    first, following = numbers(shop)
    rest, end = numbers(shop, offset=following)
    assert (len(first), len(rest), end) == (PAGE, 1, None)


def test_an_order_of_another_store_or_an_open_one_is_not_found(shop):
    still_open = shop.ring("espresso").order
    with shop.book.read() as book:
        assert find_order(book, store_id=STORE, uuid=still_open.uuid) is None
    done = shop.pay_cash(240).order
    with shop.book.read() as book:
        assert find_order(book, store_id=STORE, uuid=done.uuid) is not None
        assert find_order(book, store_id="other", uuid=done.uuid) is None
