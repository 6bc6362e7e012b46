"""Another price for one line: for a reason, by who may, with what it was rung at kept."""

import pytest

from pos_web.orders.hold import hold, recall
from pos_web.orders.lines import change_quantity, remove_line
from pos_web.orders.newer_prices import newer_prices
from pos_web.orders.order import Order
from pos_web.orders.override import NotAPrice, override_price
from pos_web.orders.receipt import receipt_lines
from pos_web.staff.journal import JournalEntry
from pos_web.syncing.outbox import OutboxDocument
from shared_web.errors import NotAllowed, RuleError
from sync_contract.records import StoreProfile
from sync_contract.uploads import decode_document
from tests.pos_web.shop import MIA, REGISTER, SARA, item


def override(shop, line, price_cents, reason="Dented", by=SARA):
    return shop.do(
        override_price, terminal_id=REGISTER, line_uuid=line.uuid, price_cents=price_cents, reason=reason,
        by=shop.person(by), now=shop.tick(),
    )  # fmt: skip


def test_the_line_is_sold_at_the_new_price_and_keeps_what_it_was_rung_at(shop):
    line = shop.ring("espresso").line
    order = override(shop, line, 100)
    (sold,) = order.lines
    assert (sold.unit_price_cents, sold.listed_price_cents, sold.override_reason) == (100, 240, "Dented")
    assert (order.total_cents, order.tax_cents) == (100, 16)
    override(shop, line, 50)
    with shop.book.read() as book:
        details = [one.details for one in book.query(JournalEntry).order_by(JournalEntry.at)]
    assert [(one["before_cents"], one["after_cents"], one["listed_cents"]) for one in details] == [
        ("240", "100", "240"),
        ("100", "50", "240"),
    ]


def test_what_it_was_rung_at_ends_the_override(shop):
    line = shop.ring("espresso").line
    override(shop, line, 100)
    (sold,) = override(shop, line, 240).lines
    assert (sold.unit_price_cents, sold.listed_price_cents, sold.override_reason) == (240, None, "")


def test_the_next_one_is_rung_at_the_published_price_on_a_line_of_its_own(shop):
    override(shop, shop.ring("espresso").line, 100)
    order = shop.ring("espresso").order
    assert [(line.quantity, line.unit_price_cents) for line in order.lines] == [(1, 100), (1, 240)]


def test_newer_prices_leave_it_alone(shop):
    override(shop, shop.ring("espresso").line, 100)
    shop.publish(item("Espresso", 260))
    with shop.book.read() as book, shop.replica.read() as replica:
        assert newer_prices(replica, order=book.query(Order).one()) == []


@pytest.mark.parametrize(
    ("price", "reason", "problem"),
    [(-1, "x", NotAPrice), (10**10, "x", NotAPrice), (240, "x", NotAPrice), (100, " ", RuleError)],
)
def test_a_price_below_nothing_the_same_one_or_no_reason_is_refused(shop, price, reason, problem):
    line = shop.ring("espresso").line
    with pytest.raises(problem):
        override(shop, line, price, reason)


def test_a_cashier_may_not(shop):
    line = shop.ring("espresso").line
    with pytest.raises(NotAllowed):
        override(shop, line, 100, by=MIA)


def test_the_receipt_the_document_and_the_refund_say_so(shop):
    line = shop.ring("espresso").line
    override(shop, line, 0)
    paid = shop.pay_cash(0)
    profile = StoreProfile(name="Corner", currency="EUR", locale="en_US", time_zone="Europe/Berlin")
    paper = receipt_lines(paid.order, [], profile=profile, terminal_name="Register 1")
    assert any("instead of 2.40" in row for row in paper)
    with shop.book.read() as book:
        sent = decode_document(book.get(OutboxDocument, paid.order.uuid).content)
    assert (sent.lines[0].listed_price_cents, sent.lines[0].override_reason) == (240, "Dented")


def test_an_order_that_was_on_hold_loses_nothing_without_a_manager(shop):
    line = shop.ring("espresso").line
    order = shop.do(hold, terminal_id=REGISTER, now=shop.now)
    shop.do(recall, terminal_id=REGISTER, order_uuid=order.uuid, by=shop.person(MIA), now=shop.now)
    how = {"terminal_id": REGISTER, "line_uuid": line.uuid}
    shop.do(change_quantity, **how, quantity=2, by=shop.person(MIA), now=shop.now)
    with pytest.raises(NotAllowed):
        shop.do(change_quantity, **how, quantity=1, by=shop.person(MIA), now=shop.now)
    with pytest.raises(NotAllowed):
        shop.do(remove_line, **how, by=shop.person(MIA), now=shop.now)
    assert (
        shop.do(change_quantity, **how, quantity=1, by=shop.person(SARA), now=shop.now).lines[0].quantity == 1
    )
    assert shop.do(remove_line, **how, by=shop.person(SARA), now=shop.now).lines == []
