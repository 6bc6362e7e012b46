"""Taking payments: once per key, in parts, never more than is due except in cash."""

import threading

import pytest

from pos_web.orders.begin import OrderNotOpen
from pos_web.orders.order import Order
from pos_web.payments.payment import Payment
from pos_web.payments.take import PaymentRefused, payments_of, remove_payment, take_card, take_cash
from sync_contract.records import StoreSettings
from tests.pos_web.shop import REGISTER, STORE, item, record


def pay_card(shop, amount, key="card-key-1"):
    return shop.do_with_replica(
        take_card, terminal_id=REGISTER, amount_cents=amount, key=key, by=shop.person(), now=shop.tick()
    )


def test_cash_pays_the_order_and_gives_change(shop):
    shop.ring("espresso")
    paid = shop.pay_cash(500)
    assert (paid.is_finished, paid.payment.amount_cents, paid.payment.change_cents) == (True, 240, 260)


def test_a_card_part_and_a_cash_part_settle_it_together(shop):
    shop.ring("flat-white", modifiers=["oat"])
    first = pay_card(shop, 300)
    second = shop.pay_cash(1000)
    assert (first.is_finished, second.is_finished) == (False, True)
    assert (second.payment.amount_cents, second.payment.change_cents) == (200, 800)
    with shop.book.read() as book:
        taken = payments_of(book, order_uuid=second.order.uuid)
        assert sum(payment.amount_cents for payment in taken) == second.order.total_cents


def test_the_same_key_pays_once_also_after_the_order_is_finished(shop):
    shop.ring("espresso")
    first = shop.pay_cash(240, key="pressed-twice")
    again = shop.pay_cash(240, key="pressed-twice")
    assert again.payment.uuid == first.payment.uuid and again.is_finished
    with shop.book.read() as book:
        assert book.query(Payment).count() == 1


def test_two_presses_at_the_same_moment_pay_once(shop):
    shop.ring("espresso")
    by, results = shop.person(), []
    both = threading.Barrier(2)

    def press():
        both.wait()
        with shop.book.write() as book, shop.replica.read() as replica:
            paid = take_cash(
                book,
                replica,
                terminal_id=REGISTER,
                tendered_cents=240,
                key="same-moment",
                by=by,
                now=shop.now,
            )
            book.commit()
            results.append((paid.payment.uuid, paid.order.number))

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2 and len(set(results)) == 1


@pytest.mark.parametrize("amount", [0, -1, 241])
def test_a_card_pays_neither_nothing_nor_more_than_is_due(shop, amount):
    shop.ring("espresso")
    with pytest.raises(PaymentRefused):
        pay_card(shop, amount)


def test_no_cash_at_all_is_refused_unless_nothing_is_due(shop):
    shop.ring("espresso")
    with pytest.raises(PaymentRefused):
        shop.pay_cash(0)
    with pytest.raises(PaymentRefused):
        shop.pay_cash(-5)


def test_a_free_order_is_finished_with_no_cash(shop):
    shop.publish(item("Sample", 0))
    shop.ring("sample")
    assert shop.pay_cash(0).is_finished


def test_cash_rounding_touches_only_the_cash_part(shop):
    shop.publish(record(STORE, StoreSettings(cash_rounding_cents=5)), item("Odd", 1572))
    shop.ring("odd")
    pay_card(shop, 68)
    paid = shop.pay_cash(1505)
    assert (paid.is_finished, paid.payment.amount_cents, paid.payment.rounding_cents) == (True, 1504, 1)
    assert paid.order.total_cents == 1572


def test_a_part_is_taken_back_before_the_end_and_the_order_can_change_again(shop):
    shop.ring("espresso")
    part = shop.pay_cash(100).payment
    shop.do(remove_payment, terminal_id=REGISTER, payment_uuid=part.uuid, by=shop.person(), now=shop.now)
    assert shop.ring("espresso").order.total_cents == 480


def test_nothing_is_paid_without_an_order_or_a_proper_key(shop):
    with pytest.raises(OrderNotOpen):
        shop.pay_cash(240)
    shop.ring("espresso")
    with pytest.raises(PaymentRefused):
        shop.pay_cash(240, key="short")
    with shop.book.read() as book:
        assert book.query(Order).one().state == "open"
