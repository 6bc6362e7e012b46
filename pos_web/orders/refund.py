"""Refunding a whole sale in cash: an order of its own that mirrors it. Rules: docs/pricing.md, section 6."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.catalog import published
from pos_web.database import new_uuid
from pos_web.orders import totals
from pos_web.orders.begin import lock_terminal
from pos_web.orders.finish import finish
from pos_web.orders.order import Order, OrderLine
from pos_web.payments.cash import cash_due
from pos_web.payments.payment import REFUND_KEY, Payment
from pos_web.payments.tender import cash_tender
from pos_web.staff.person import Person
from pos_web.staff.record import note
from shared_web.errors import NotAllowed, RuleError
from shared_web.language import _


class NotRefundable(RuleError):
    """Only a finished sale that was not refunded yet is refunded."""


def refund(
    book: Session,
    replica: Session,
    *,
    terminal_id: str,
    order_uuid: str,
    reason: str,
    by: Person,
    now: datetime,
) -> Order:
    """Give the whole sale back in cash. Returns the refund.

    Raises NotAllowed without `order.refund`, NotRefundable, and RuleError without a reason.
    """
    if not by.may("order.refund"):
        raise NotAllowed(_("Only a manager may refund. Ask one to sign in."))
    reason = with_reason(reason)
    terminal = lock_terminal(book, terminal_id)
    sale = refundable(book, store_id=terminal.store_id, order_uuid=order_uuid)
    mirrored = _mirror(sale, terminal_id=terminal_id, reason=reason, by=by, now=now)
    book.add(mirrored)
    totals.refresh(mirrored)
    payment = _give_back(replica, mirrored, now=now)
    book.add(payment)
    finish(book, replica, order=mirrored, payments=[payment], terminal_id=terminal_id, by=by, now=now)
    details = {
        "order": mirrored.uuid,
        "sale": sale.uuid,
        "number": mirrored.number or "",
        "reason": mirrored.reason,
    }
    note(
        book,
        store_id=sale.store_id,
        terminal_id=terminal_id,
        by=by,
        action="order.refund",
        details=details,
        now=now,
    )
    return mirrored


def refund_of(book: Session, *, order_uuid: str) -> Order | None:
    """The refund of this sale, if there is one."""
    return book.scalars(select(Order).where(Order.refund_of == order_uuid)).first()


def with_reason(reason: str) -> str:
    """The reason as it is kept. Raises RuleError when there is none."""
    if not reason.strip():
        raise RuleError(_("Choose or type a reason."), fields={"reason": _("Choose or type a reason.")})
    return reason.strip()[:200]


def refundable(book: Session, *, store_id: str, order_uuid: str) -> Order:
    """The finished sale of this store that can be given back. Raises NotRefundable."""
    sale = book.get(Order, order_uuid, with_for_update=True)
    if sale is None or sale.store_id != store_id or sale.state != "finished":
        raise NotRefundable(_("Only a finished sale of this store can be refunded."))
    if sale.is_refund:
        raise NotRefundable(_("This is a refund itself."))
    done = refund_of(book, order_uuid=sale.uuid)
    if done is not None:
        raise NotRefundable(_("This sale was refunded already, with receipt %(number)s.", number=done.number))
    return sale


def _mirror(sale: Order, *, terminal_id: str, reason: str, by: Person, now: datetime) -> Order:
    return Order(
        uuid=new_uuid(),
        store_id=sale.store_id,
        terminal_id=terminal_id,
        employee_id=by.employee,
        employee_name=by.name,
        state="open",
        currency=sale.currency,
        ticket=sale.ticket,
        is_refund=True,
        refund_of=sale.uuid,
        reason=reason,
        opened_at=now,
        lines=[_mirrored(line, now) for line in sale.lines],
    )


def _mirrored(line: OrderLine, now: datetime) -> OrderLine:
    # Quantities change sign, prices do not: rounding half-up is symmetrical, so each tax is the sale's.
    return OrderLine(
        store_id=line.store_id,
        position=line.position,
        item=line.item,
        variant=line.variant,
        name=line.name,
        variant_name=line.variant_name,
        category=line.category,
        quantity=-line.quantity,
        unit_price_cents=line.unit_price_cents,
        listed_price_cents=line.listed_price_cents,
        override_reason=line.override_reason,
        modifiers=list(line.modifiers),
        taxes=list(line.taxes),
        version=line.version,
        rung_at=now,
    )


def _give_back(replica: Session, mirrored: Order, *, now: datetime) -> Payment:
    step = published.settings(replica, store_id=mirrored.store_id).cash_rounding_cents
    payable = cash_due(mirrored.total_cents, step)
    tender, name = cash_tender(replica, store_id=mirrored.store_id)
    return Payment(
        uuid=new_uuid(),
        store_id=mirrored.store_id,
        order_uuid=mirrored.uuid,
        idempotency_key=f"{REFUND_KEY}{mirrored.refund_of}",
        tender_type=tender,
        name=name,
        method="cash",
        amount_cents=mirrored.total_cents,
        tendered_cents=payable,
        change_cents=0,
        rounding_cents=payable - mirrored.total_cents,
        taken_at=now,
    )
