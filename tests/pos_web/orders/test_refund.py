"""Whole refunds in cash: the mirror of the sale, once, by a manager, with a reason."""

import pytest

from pos_web.orders.order import Order
from pos_web.orders.refund import NotRefundable, refund
from pos_web.payments.take import take_card
from pos_web.syncing.outbox import OutboxDocument
from shared_web.errors import NotAllowed, RuleError
from sync_contract.records import StoreSettings
from sync_contract.uploads import decode_document
from tests.pos_web.shop import MIA, REGISTER, SARA, STORE, TABLET, item, record


def refunded(shop, order, *, by=SARA, reason="Faulty", terminal=TABLET):
    return shop.do_with_replica(
        refund,
        terminal_id=terminal,
        order_uuid=order.uuid,
        reason=reason,
        by=shop.person(by),
        now=shop.tick(),
    )


def sold(shop):
    shop.ring("flat-white", modifiers=["oat"])
    shop.ring("croissant")
    return shop.pay_cash(1000).order


def document_of(shop, order):
    with shop.book.read() as book:
        return decode_document(book.get(OutboxDocument, order.uuid).content)


def test_a_refund_mirrors_the_sale_whatever_was_published_since(shop):
    sale = sold(shop)
    shop.publish(item("Croissant", 999, category="bakery"), ("tax", "vat19", None))
    back = document_of(shop, refunded(shop, sale))
    there = document_of(shop, sale)
    assert (back.is_refund, back.refund_of, back.reason, back.number) == (
        True,
        sale.uuid,
        "Faulty",
        "T1-1-0001",
    )
    assert (back.subtotal_cents, back.tax_cents, back.total_cents) == (
        -there.subtotal_cents,
        -there.tax_cents,
        -there.total_cents,
    )
    assert [(row.tax, row.base_cents, row.tax_cents) for row in back.taxes] == [
        (row.tax, -row.base_cents, -row.tax_cents) for row in there.taxes
    ]
    assert [(line.quantity, line.total_cents) for line in back.lines] == [
        (-line.quantity, -line.total_cents) for line in there.lines
    ]
    assert [(payment.method, payment.amount_cents) for payment in back.payments] == [
        ("cash", -there.total_cents)
    ]


def test_a_sale_is_refunded_once(shop):
    sale = sold(shop)
    refunded(shop, sale)
    with pytest.raises(NotRefundable) as raised:
        refunded(shop, sale)
    assert raised.value.sentence == "This sale was refunded already, with receipt T1-1-0001."


def test_a_refund_itself_an_open_order_and_an_unknown_one_are_not_refunded(shop):
    back = refunded(shop, sold(shop))
    still_open = shop.ring("espresso").order
    for order in (back, still_open, Order(uuid="unknown")):
        with pytest.raises(NotRefundable):
            refunded(shop, order)


def test_a_cashier_and_an_empty_reason_are_refused(shop):
    sale = sold(shop)
    with pytest.raises(NotAllowed):
        refunded(shop, sale, by=MIA)
    with pytest.raises(RuleError):
        refunded(shop, sale, reason="  ")
    with shop.book.read() as book:
        assert book.query(Order).filter_by(store_id=STORE, is_refund=True).count() == 0


def test_a_card_sale_is_given_back_in_cash_rounded_as_cash_is(shop):
    shop.publish(record(STORE, StoreSettings(cash_rounding_cents=5)), item("Odd", 283))
    shop.ring("odd")
    sale = shop.do_with_replica(
        take_card, terminal_id=REGISTER, amount_cents=283, key="card-key-1", by=shop.person(), now=shop.now
    ).order
    (payment,) = document_of(shop, refunded(shop, sale)).payments
    assert (payment.amount_cents, payment.tendered_cents, payment.rounding_cents) == (-283, -285, -2)
