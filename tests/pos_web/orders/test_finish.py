"""Finishing: numbers without gaps, the business date, and the document that the office gets."""

from datetime import UTC, date, datetime

import pytest

from pos_web.orders.order import Order
from pos_web.orders.void import void_order
from pos_web.staff.journal import JournalEntry
from pos_web.syncing.outbox import OutboxDocument
from pos_web.terminals.terminal import Terminal
from shared_web.database import Database
from sync_contract.records import Tax
from sync_contract.uploads import decode_document
from tests.pos_web.shop import REGISTER, TABLET, record


def sent(shop, order):
    with shop.book.read() as book:
        return decode_document(book.get(OutboxDocument, order.uuid).content)


def test_receipt_numbers_have_no_gaps_and_a_void_order_takes_none(shop):
    numbers = []
    for turn in range(4):
        shop.ring("espresso")
        if turn == 1:
            shop.do(void_order, terminal_id=REGISTER, by=shop.person(), now=shop.now)
        else:
            numbers.append(shop.pay_cash(240).order.number)
    shop.ring("espresso", terminal=TABLET)
    numbers.append(shop.pay_cash(240, terminal=TABLET).order.number)
    assert numbers == ["R1-1-0001", "R1-1-0002", "R1-1-0003", "T1-1-0001"]


def test_a_rolled_back_payment_gives_its_number_back(shop):
    from pos_web.payments.take import take_cash

    shop.ring("espresso")
    with shop.book.write() as book, shop.replica.read() as replica:
        take_cash(
            book,
            replica,
            terminal_id=REGISTER,
            tendered_cents=240,
            key="key-rolled-back",
            by=shop.person(),
            now=shop.now,
        )
        book.rollback()
    assert shop.pay_cash(240).order.number == "R1-1-0001"
    with shop.book.read() as book:
        assert book.query(OutboxDocument).count() == 1


def test_the_document_holds_the_sale_as_it_was_rung(shop):
    shop.ring("flat-white", modifiers=["oat"])
    shop.ring("flat-white", modifiers=["oat"])
    shop.ring("croissant")
    paid = shop.pay_cash(2000)
    document = sent(shop, paid.order)
    assert (document.uuid, document.number, document.series, document.counter) == (
        paid.order.uuid,
        "R1-1-0001",
        "R1-1",
        1,
    )
    assert [
        (line.name, line.category, line.quantity, line.unit_price_cents, line.total_cents)
        for line in document.lines
    ] == [
        ("Flat white", "Drinks", 2, 500, 1000),
        ("Croissant", "Bakery", 1, 280, 280),
    ]
    assert [modifier.name for modifier in document.lines[0].modifiers] == ["Oat"]
    assert [(tax.name, tax.base_cents, tax.tax_cents) for tax in document.taxes] == [
        ("VAT 19 %", 840, 160),
        ("VAT 7 %", 262, 18),
    ]
    assert (document.subtotal_cents, document.tax_cents, document.total_cents) == (1102, 178, 1280)
    (payment,) = document.payments
    assert (
        payment.name,
        payment.method,
        payment.amount_cents,
        payment.tendered_cents,
        payment.change_cents,
    ) == (
        "Cash",
        "cash",
        1280,
        2000,
        720,
    )
    assert document.subtotal_cents + document.tax_cents == document.total_cents
    assert (document.employee_name, document.version, document.currency) == ("Mia K.", 1, "EUR")


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # Berlin is an hour ahead in winter, the day is cut at 03:00.
        (datetime(2026, 11, 24, 1, 59, 50, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 24, 2, 0, 10, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), date(2026, 11, 23)),
    ],
)
def test_the_business_date_follows_the_stores_clock_and_cut_off(shop, moment, day):
    shop.now = moment
    shop.ring("espresso")
    assert shop.pay_cash(240).order.business_date == day


def test_additive_tax_comes_on_top_and_rows_add_up(shop):
    shop.publish(
        record("state", Tax(name="State", rate_millionths=40_000, is_inclusive=False, tax_classes=("food",))),
        record(
            "city",
            Tax(name="City", rate_millionths=45_000, is_inclusive=False, tax_classes=("food",), position=1),
        ),
        ("tax", "vat7", None),
    )
    for _ in range(3):
        shop.ring("croissant")
    document = sent(shop, shop.pay_cash(1000).order)
    assert [(tax.name, tax.tax_cents) for tax in document.taxes] == [("State", 34), ("City", 38)]
    assert (document.subtotal_cents, document.tax_cents, document.total_cents) == (840, 72, 912)


def test_voiding_keeps_the_order_as_void_and_writes_it_down(shop):
    order = shop.ring("espresso").order
    shop.do(void_order, terminal_id=REGISTER, reason="Mistake", by=shop.person(), now=shop.now)
    with shop.book.read() as book:
        kept = book.get(Order, order.uuid)
        entry = book.query(JournalEntry).one()
        assert (kept.state, kept.number, len(kept.lines)) == ("void", None, 1)
        assert (entry.action, entry.details["total_cents"], entry.details["reason"]) == (
            "order.void",
            "240",
            "Mistake",
        )
        assert book.get(Terminal, REGISTER).last_counter == 0


def test_everything_rung_is_on_disk_at_once(shop):
    shop.ring("espresso")
    # What another process sees after a crash of this one.
    other = Database(shop.book.url)
    with other.read() as book:
        assert book.query(Order).one().total_cents == 240
    other.dispose()
