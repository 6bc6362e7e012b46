"""Finishing an order: its receipt number without gaps, its business date, its document for the office.

Invariants: all three happen in the transaction that takes the last payment, or none does; a document
holds what was rung, computed by the same rules as the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from pos_web.catalog import published
from pos_web.orders import totals
from pos_web.orders.begin import lock_terminal
from pos_web.orders.order import Order, OrderLine
from pos_web.orders.ring import forget_old_taps
from pos_web.payments.payment import Payment
from pos_web.staff.person import Person
from pos_web.syncing.outbox import enqueue
from shared_web.formats import business_date
from sync_contract import uploads


def finish(
    book: Session,
    replica: Session,
    *,
    order: Order,
    payments: Sequence[Payment],
    terminal_id: str,
    by: Person,
    now: datetime,
) -> Order:
    """Close a paid `order`: number, dates, and its document in the outbox."""
    terminal = lock_terminal(book, terminal_id)
    store = published.profile(replica, store_id=order.store_id)
    sums = totals.refresh(order)
    terminal.last_counter += 1
    order.state = "finished"
    order.employee_id, order.employee_name = by.employee, by.name
    order.series = f"{terminal.code}-{terminal.series}"
    order.counter = terminal.last_counter
    order.number = receipt_number(order.series, order.counter)
    order.finished_at = now
    order.business_date = business_date(now, store.time_zone, store.day_cutoff_minutes)
    order.version = published.applied_version(replica, store_id=order.store_id)
    enqueue(book, store_id=order.store_id, document=_document(order, sums, payments), now=now)
    forget_old_taps(book, store_id=order.store_id, now=now)
    return order


def receipt_number(series: str, counter: int) -> str:
    """Terminal code, series and counter: `R1-1-0042`."""
    return f"{series}-{counter:04d}"


def _document(order: Order, sums: totals.Totals, payments: Sequence[Payment]) -> uploads.Order:
    assert order.finished_at is not None
    assert order.business_date is not None
    return uploads.Order(
        uuid=order.uuid,
        store=order.store_id,
        terminal=order.terminal_id,
        number=order.number or "",
        series=order.series,
        counter=order.counter,
        is_refund=order.is_refund,
        refund_of=order.refund_of or "",
        reason=order.reason,
        employee=order.employee_id,
        employee_name=order.employee_name,
        opened_at=order.opened_at,
        finished_at=order.finished_at,
        business_date=order.business_date,
        currency=order.currency,
        subtotal_cents=order.subtotal_cents,
        tax_cents=order.tax_cents,
        total_cents=order.total_cents,
        lines=tuple(_line(line) for line in order.lines),
        taxes=sums.taxes,
        payments=tuple(_payment(payment) for payment in payments),
        version=order.version,
    )


def _line(line: OrderLine) -> uploads.OrderLine:
    return uploads.OrderLine(
        uuid=line.uuid,
        item=line.item,
        variant=line.variant,
        name=line.name,
        variant_name=line.variant_name,
        category=line.category,
        quantity=line.quantity,
        unit_price_cents=line.unit_price_cents,
        listed_price_cents=line.listed_price_cents,
        override_reason=line.override_reason,
        total_cents=totals.line_amount(line),
        modifiers=tuple(uploads.LineModifier(**each) for each in line.modifiers),
        taxes=totals.taxed_line(line).taxes,
        version=line.version,
    )


def _payment(payment: Payment) -> uploads.Payment:
    return uploads.Payment(
        uuid=payment.uuid,
        tender_type=payment.tender_type,
        name=payment.name,
        method=payment.method,
        amount_cents=payment.amount_cents,
        tendered_cents=payment.tendered_cents,
        change_cents=payment.change_cents,
        rounding_cents=payment.rounding_cents,
    )
