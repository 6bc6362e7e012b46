"""Changing lines: the quantity never changes the price, and what is taken off is written down."""

import pytest

from pos_web.orders.begin import OrderNotOpen, PartlyPaid, open_order
from pos_web.orders.lines import LineGone, TooMany, change_quantity, remove_line
from pos_web.staff.journal import JournalEntry
from pos_web.syncing.outbox import OutboxDocument
from sync_contract.uploads import decode_document
from tests.pos_web.shop import REGISTER, item


def test_a_new_quantity_keeps_the_price_that_was_rung(shop):
    line = shop.ring("espresso").line
    shop.publish(item("Espresso", 999))
    order = shop.do(
        change_quantity, terminal_id=REGISTER, line_uuid=line.uuid, quantity=3, by=shop.person(), now=shop.now
    )
    assert (order.lines[0].unit_price_cents, order.lines[0].version, order.total_cents) == (240, 1, 720)


@pytest.mark.parametrize("quantity", [0, -1, 1000])
def test_a_quantity_outside_the_range_is_refused(shop, quantity):
    line = shop.ring("espresso").line
    with pytest.raises(TooMany):
        shop.do(
            change_quantity,
            terminal_id=REGISTER,
            line_uuid=line.uuid,
            quantity=quantity,
            by=shop.person(),
            now=shop.now,
        )


def test_a_full_line_rings_no_more(shop):
    line = shop.ring("espresso").line
    shop.do(
        change_quantity,
        terminal_id=REGISTER,
        line_uuid=line.uuid,
        quantity=999,
        by=shop.person(),
        now=shop.now,
    )
    with pytest.raises(TooMany):
        shop.ring("espresso")


def test_a_removed_line_is_gone_and_in_the_journal_of_store_and_office(shop):
    shop.ring("espresso")
    line = shop.ring("croissant").line
    order = shop.do(remove_line, terminal_id=REGISTER, line_uuid=line.uuid, by=shop.person(), now=shop.now)
    assert ([each.name for each in order.lines], order.total_cents) == (["Espresso"], 240)
    with shop.book.read() as book:
        entry = book.query(JournalEntry).one()
        sent = decode_document(book.get(OutboxDocument, entry.uuid).content)
    assert (entry.action, entry.details["name"], entry.details["amount_cents"]) == (
        "line.remove",
        "Croissant",
        "280",
    )
    assert (sent.uuid, sent.action, sent.employee_name) == (entry.uuid, "line.remove", "Mia K.")


def test_a_line_that_is_gone_and_an_order_that_is_not_open_are_refused(shop):
    with pytest.raises(OrderNotOpen):
        shop.do(
            change_quantity, terminal_id=REGISTER, line_uuid="x", quantity=2, by=shop.person(), now=shop.now
        )
    shop.ring("espresso")
    with pytest.raises(LineGone):
        shop.do(
            change_quantity, terminal_id=REGISTER, line_uuid="x", quantity=2, by=shop.person(), now=shop.now
        )


def test_a_partly_paid_order_is_not_changed(shop):
    line = shop.ring("espresso").line
    shop.pay_cash(100)
    with pytest.raises(PartlyPaid):
        shop.do(
            change_quantity,
            terminal_id=REGISTER,
            line_uuid=line.uuid,
            quantity=2,
            by=shop.person(),
            now=shop.now,
        )
    with pytest.raises(PartlyPaid):
        shop.ring("espresso")
    with shop.book.read() as book:
        assert open_order(book, terminal_id=REGISTER).total_cents == 240
