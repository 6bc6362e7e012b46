"""The strip "newer prices": lines keep theirs until somebody presses Update."""

from pos_web.orders.begin import open_order
from pos_web.orders.newer_prices import keep_prices, newer_prices, update_prices
from sync_contract.records import Tax
from tests.pos_web.shop import REGISTER, item, record


def offered(shop):
    with shop.book.read() as book, shop.replica.read() as replica:
        order = open_order(book, terminal_id=REGISTER)
        return [
            (n.line.name, n.line.unit_price_cents, n.offer.unit_price_cents)
            for n in newer_prices(replica, order=order)
        ]


def test_only_lines_whose_price_or_tax_changed_are_offered(shop):
    shop.ring("espresso")
    shop.ring("croissant")
    shop.ring("gift-wrap")
    assert offered(shop) == []
    shop.publish(
        item("Espresso", 260, is_favourite=True),
        record("vat7", Tax(name="VAT 9 %", rate_millionths=90_000, is_inclusive=True, tax_classes=("food",))),
    )
    assert offered(shop) == [("Espresso", 240, 260), ("Croissant", 280, 280)]


def test_keep_asks_again_only_after_a_still_newer_version(shop):
    shop.ring("espresso")
    shop.publish(item("Espresso", 260))
    shop.do_with_replica(keep_prices, terminal_id=REGISTER)
    assert offered(shop) == []
    shop.publish(item("Espresso", 270))
    assert offered(shop) == [("Espresso", 240, 270)]


def test_update_gives_the_lines_price_and_taxes_of_now(shop):
    shop.ring("flat-white", modifiers=["oat"])
    shop.publish(item("Flat white", 480, modifier_groups=("milk", "extras")))
    order = shop.do_with_replica(update_prices, terminal_id=REGISTER, by=shop.person(), now=shop.now)
    assert (order.lines[0].unit_price_cents, order.lines[0].version, order.total_cents) == (530, 2, 530)
    assert offered(shop) == []


def test_a_line_that_is_no_longer_sold_stays_as_it_is(shop):
    shop.ring("espresso")
    shop.publish(("item", "espresso", None))
    assert offered(shop) == []
    assert shop.pay_cash(240).is_finished
