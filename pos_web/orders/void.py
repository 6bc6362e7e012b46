"""Voiding the open order before it is paid: it stays in the book as void, with who did it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from pos_web.orders.begin import changeable_order, lock_terminal
from pos_web.orders.order import Order
from pos_web.staff.person import Person
from pos_web.staff.record import note


def voided_order(book: Session, *, terminal_id: str, order_uuid: str) -> Order | None:
    """The order that was voided at this terminal already, as when the answer to the first press was lost."""
    lock_terminal(book, terminal_id)
    order = book.get(Order, order_uuid)
    return order if order is not None and (order.terminal_id, order.state) == (terminal_id, "void") else None


def void_order(
    book: Session,
    *,
    terminal_id: str,
    order_uuid: str | None = None,
    reason: str = "",
    by: Person,
    now: datetime,
) -> Order:
    """Void the terminal's open order, which is the one that the person saw; again changes nothing.

    Raises OrderNotOpen, OtherOrder, PartlyPaid.
    """
    if order_uuid and (done := voided_order(book, terminal_id=terminal_id, order_uuid=order_uuid)):
        return done
    order = changeable_order(book, terminal_id=terminal_id, order_uuid=order_uuid)
    order.state = "void"
    order.reason = reason.strip()[:200]
    order.finished_at = now
    details = {
        "order": order.uuid,
        "ticket": str(order.ticket),
        "lines": str(len(order.lines)),
        "total_cents": str(order.total_cents),
        "reason": order.reason,
    }
    note(
        book,
        store_id=order.store_id,
        terminal_id=terminal_id,
        by=by,
        action="order.void",
        details=details,
        now=now,
    )
    return order
