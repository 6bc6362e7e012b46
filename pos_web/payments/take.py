"""Taking payments for the open order; the one that settles it finishes it.

Invariants: an idempotency key pays once, whatever is repeated; only cash may be more than is due;
the payments of a finished order add up to its total.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.catalog import published
from pos_web.orders.begin import lock_terminal, the_open_order
from pos_web.orders.finish import finish
from pos_web.orders.order import Order
from pos_web.payments.cash import CashPart, apply_cash
from pos_web.payments.payment import REFUND_KEY, Payment, RemovedPayment
from pos_web.payments.tender import CARD_MACHINE, CASH, card_tender, cash_tender
from pos_web.staff.person import Person
from pos_web.staff.record import note
from shared_web.errors import RuleError
from shared_web.formats import money
from shared_web.language import _


class PaymentRefused(RuleError):
    """The amount does not fit what is due."""


class TakenBack(PaymentRefused):
    """A repeated press for a payment that was removed meanwhile."""


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """`is_finished` when this payment settled the order."""

    order: Order
    payment: Payment
    is_finished: bool


def take_cash(
    book: Session,
    replica: Session,
    *,
    terminal_id: str,
    tendered_cents: int,
    order_uuid: str | None = None,
    key: str,
    by: Person,
    now: datetime,
) -> Paid:
    """Take `tendered_cents` in cash; less than is due is a part, more gives change.

    `order_uuid` is the order that the person saw. Raises OrderNotOpen, OtherOrder, PaymentRefused, TakenBack.
    """
    if done := _done(book, terminal_id, key):
        return done
    order = the_open_order(book, terminal_id=terminal_id, order_uuid=order_uuid)
    due = due_of(book, order)
    step = published.settings(replica, store_id=order.store_id).cash_rounding_cents
    part = apply_cash(tendered_cents, due_cents=due, step_cents=step)
    if tendered_cents < 0 or (tendered_cents == 0 and part.amount_cents < due):
        raise PaymentRefused(_("Enter how much cash was handed over."))
    tender = cash_tender(replica, store_id=order.store_id)
    payment = _add(book, order, part, tender=tender, method=CASH, key=key, now=now)
    return _settle(book, replica, order, payment, terminal_id=terminal_id, by=by, now=now)


def take_card(
    book: Session,
    replica: Session,
    *,
    terminal_id: str,
    amount_cents: int,
    order_uuid: str | None = None,
    key: str,
    by: Person,
    now: datetime,
) -> Paid:
    """Note `amount_cents` as taken on the standalone card machine: all that is due or a part of it.

    `order_uuid` is the order that the person saw. Raises OrderNotOpen, OtherOrder, PaymentRefused, TakenBack.
    """
    if done := _done(book, terminal_id, key):
        return done
    order = the_open_order(book, terminal_id=terminal_id, order_uuid=order_uuid)
    due = due_of(book, order)
    if not 0 < amount_cents <= due:
        raise PaymentRefused(_("A card pays at most %(due)s here.", due=money(due, order.currency)))
    part = CashPart(amount_cents=amount_cents, tendered_cents=amount_cents, change_cents=0, rounding_cents=0)
    tender = card_tender(replica, store_id=order.store_id)
    payment = _add(book, order, part, tender=tender, method=CARD_MACHINE, key=key, now=now)
    return _settle(book, replica, order, payment, terminal_id=terminal_id, by=by, now=now)


def remove_payment(
    book: Session,
    *,
    terminal_id: str,
    order_uuid: str | None = None,
    payment_uuid: str,
    by: Person,
    now: datetime,
) -> Order:
    """Take a part payment back before the order is finished; noted in the journal. Already gone is fine.

    Raises OrderNotOpen, OtherOrder.
    """
    order = the_open_order(book, terminal_id=terminal_id, order_uuid=order_uuid)
    payment = book.get(Payment, payment_uuid)
    if payment is None or payment.order_uuid != order.uuid:
        return order
    details = {"order": order.uuid, "method": payment.method, "amount_cents": str(payment.amount_cents)}
    book.add(
        RemovedPayment(
            store_id=order.store_id,
            idempotency_key=payment.idempotency_key,
            order_uuid=order.uuid,
            removed_at=now,
        )
    )
    book.delete(payment)
    note(
        book,
        store_id=order.store_id,
        terminal_id=terminal_id,
        by=by,
        action="payment.remove",
        details=details,
        now=now,
    )
    return order


def payments_of(book: Session, *, order_uuid: str) -> list[Payment]:
    """The order's payments as they were taken."""
    query = select(Payment).where(Payment.order_uuid == order_uuid).order_by(Payment.taken_at, Payment.uuid)
    return list(book.scalars(query))


def due_of(book: Session, order: Order) -> int:
    """What is left to pay, in minor units."""
    paid = sum(payment.amount_cents for payment in payments_of(book, order_uuid=order.uuid))
    return order.total_cents - paid


def _done(book: Session, terminal_id: str, key: str) -> Paid | None:
    """The first result of a repeated press. Raises TakenBack."""
    terminal = lock_terminal(book, terminal_id)
    if book.get(RemovedPayment, (terminal.store_id, key)) is not None:
        raise TakenBack(_("This payment was taken and then removed. Nothing was taken now."))
    payment = book.scalars(
        select(Payment).where(Payment.store_id == terminal.store_id, Payment.idempotency_key == key)
    ).first()
    if payment is None:
        return None
    order = book.get_one(Order, payment.order_uuid)
    return Paid(order=order, payment=payment, is_finished=order.state == "finished")


def _add(
    book: Session,
    order: Order,
    part: CashPart,
    *,
    tender: tuple[str, str],
    method: str,
    key: str,
    now: datetime,
) -> Payment:
    if not order.lines:
        raise PaymentRefused(_("There is nothing on this order yet."))
    if not 8 <= len(key) <= 64 or key.startswith(REFUND_KEY):
        raise PaymentRefused(_("This page is too old. Go back to the order and press Pay again."))
    payment = Payment(
        store_id=order.store_id,
        order_uuid=order.uuid,
        idempotency_key=key,
        tender_type=tender[0],
        name=tender[1],
        method=method,
        amount_cents=part.amount_cents,
        tendered_cents=part.tendered_cents,
        change_cents=part.change_cents,
        rounding_cents=part.rounding_cents,
        taken_at=now,
    )
    book.add(payment)
    book.flush()
    return payment


def _settle(
    book: Session,
    replica: Session,
    order: Order,
    payment: Payment,
    *,
    terminal_id: str,
    by: Person,
    now: datetime,
) -> Paid:
    is_settled = due_of(book, order) == 0
    if is_settled:
        payments = payments_of(book, order_uuid=order.uuid)
        finish(book, replica, order=order, payments=payments, terminal_id=terminal_id, by=by, now=now)
    return Paid(order=order, payment=payment, is_finished=is_settled)
