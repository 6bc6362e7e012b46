"""Voiding the open order before it is paid: it stays in the book as void, with who did it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from pos_web.orders.begin import changeable_order
from pos_web.orders.order import Order
from pos_web.staff.person import Person
from pos_web.staff.record import note


def void_order(book: Session, *, terminal_id: str, reason: str = "", by: Person, now: datetime) -> Order:
    """Void the terminal's open order. Raises OrderNotOpen, PartlyPaid."""
    order = changeable_order(book, terminal_id=terminal_id)
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
