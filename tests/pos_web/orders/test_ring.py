"""Ringing: lines that stay as they were rung, taps that ring once."""

import pytest

from pos_web.orders.begin import open_order
from pos_web.orders.modifiers import ModifierRequired
from pos_web.orders.offer import NotForSale
from pos_web.orders.order import Order, Tap
from pos_web.orders.ring import forget_old_taps
from tests.pos_web.shop import REGISTER, SARA, STORE, TABLET, item


def lines_of(shop, terminal=REGISTER):
    with shop.book.read() as book:
        order = open_order(book, terminal_id=terminal)
        return [(line.name, line.quantity, line.unit_price_cents, line.version) for line in order.lines]


def test_a_rung_line_is_saved_with_its_price_taxes_and_version(shop):
    shop.ring("espresso")
    with shop.book.read() as book:
        order = open_order(book, terminal_id=REGISTER)
        (line,) = order.lines
        assert (line.name, line.category, line.quantity, line.unit_price_cents) == (
            "Espresso",
            "Drinks",
            1,
            240,
        )
        assert line.taxes == [
            {"tax": "vat19", "name": "VAT 19 %", "rate_millionths": 190_000, "is_inclusive": True}
        ]
        assert (order.subtotal_cents, order.tax_cents, order.total_cents) == (202, 38, 240)
        assert (order.employee_name, order.ticket, order.currency, line.version) == ("Mia K.", 1, "EUR", 1)


def test_the_same_choice_counts_up_and_another_gets_its_own_line(shop):
    shop.ring("espresso")
    shop.ring("espresso")
    shop.ring("flat-white", modifiers=["oat"])
    shop.ring("flat-white", modifiers=["whole"])
    shop.ring("flat-white", modifiers=["shot", "oat"])
    shop.ring("flat-white", modifiers=["oat", "shot"])
    assert lines_of(shop) == [
        ("Espresso", 2, 240, 1),
        ("Flat white", 1, 500, 1),
        ("Flat white", 1, 450, 1),
        ("Flat white", 2, 580, 1),
    ]


def test_a_repeated_tap_rings_once(shop):
    first = shop.ring("espresso", tap="same")
    again = shop.ring("espresso", tap="same")
    assert again.was_repeated and again.order.uuid == first.order.uuid
    assert lines_of(shop) == [("Espresso", 1, 240, 1)]


def test_a_tap_repeated_after_its_order_was_paid_does_not_begin_a_new_one(shop):
    shop.ring("espresso", tap="late")
    shop.pay_cash(240)
    assert shop.ring("espresso", tap="late").was_repeated
    with shop.book.read() as book:
        assert open_order(book, terminal_id=REGISTER) is None


def test_taps_are_forgotten_after_a_day(shop):
    shop.ring("espresso", tap="old")
    shop.tick(days=2)
    shop.ring("espresso", tap="new")
    shop.do(forget_old_taps, store_id=STORE, now=shop.now)
    with shop.book.read() as book:
        assert [tap.tap for tap in book.query(Tap)] == ["new"]


def test_a_line_keeps_its_price_and_the_next_tap_gets_the_new_one_on_its_own_line(shop):
    shop.ring("espresso", shown_version=1, shown_price_cents=240)
    shop.publish(item("Espresso", 250))
    moved = shop.ring("espresso", shown_version=1, shown_price_cents=240)
    same = shop.ring("espresso", shown_version=2, shown_price_cents=250)
    assert (moved.price_moved, same.price_moved) == (True, False)
    assert lines_of(shop) == [("Espresso", 1, 240, 1), ("Espresso", 2, 250, 2)]


def test_a_version_that_changed_something_else_does_not_split_a_line(shop):
    shop.ring("espresso")
    shop.publish(item("Tea", 300))
    rung = shop.ring("espresso", shown_version=1)
    assert not rung.price_moved
    assert lines_of(shop) == [("Espresso", 2, 240, 1)]


def test_without_a_shown_price_the_items_own_version_tells(shop):
    shop.publish(item("Espresso", 250))
    assert shop.ring("espresso", shown_version=1).price_moved
    assert not shop.ring("espresso", shown_version=2).price_moved


@pytest.mark.parametrize(
    ("choice", "problem", "sentence"),
    [
        ({"item": "unknown"}, NotForSale, "This item is no longer sold here."),
        ({"item": "juice"}, NotForSale, "Choose which Juice."),
        ({"item": "juice", "variant": "huge"}, NotForSale, "This form of Juice is no longer sold here."),
        ({"item": "flat-white"}, ModifierRequired, "Milk: choose one."),
        ({"item": "flat-white", "modifiers": ["oat", "whole"]}, ModifierRequired, "Milk: choose only one."),
        (
            {"item": "flat-white", "modifiers": ["oat", "shot", "syrup", "own-cup"]},
            ModifierRequired,
            "Extras: choose at most 2.",
        ),
        (
            {"item": "espresso", "modifiers": ["oat"]},
            ModifierRequired,
            "One of these choices is no longer offered. Choose again.",
        ),
    ],
)
def test_a_wrong_choice_is_refused_with_a_sentence_and_rings_nothing(shop, choice, problem, sentence):
    with pytest.raises(problem) as raised:
        shop.ring(choice.pop("item"), **choice)
    assert raised.value.sentence == sentence
    with shop.book.read() as book:
        assert book.query(Order).count() == 0


def test_a_variant_and_modifiers_below_zero_make_the_price(shop):
    shop.ring("juice", variant="large")
    shop.publish(item("Water", 10, modifier_groups=("extras",)))
    shop.ring("water", modifiers=["own-cup"])
    assert lines_of(shop) == [("Juice", 1, 420, 1), ("Water", 1, 0, 2)]


def test_each_terminal_has_its_own_open_order_and_counts_its_own_tickets(shop):
    shop.ring("espresso")
    shop.ring("croissant", terminal=TABLET, by=SARA)
    assert lines_of(shop) == [("Espresso", 1, 240, 1)]
    assert lines_of(shop, TABLET) == [("Croissant", 1, 280, 1)]
    shop.pay_cash(240)
    assert shop.ring("espresso").order.ticket == 2


def test_an_item_of_no_tax_class_is_not_taxed(shop):
    rung = shop.ring("gift-wrap")
    assert (rung.line.taxes, rung.line.category, rung.order.tax_cents) == ([], "", 0)
