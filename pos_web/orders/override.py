"""Selling a line at another price than it was rung at, for a reason; what it was rung at is kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from pos_web.orders import totals
from pos_web.orders.begin import changeable_order
from pos_web.orders.lines import line_of
from pos_web.orders.order import Order
from pos_web.staff.person import Person
from pos_web.staff.record import note
from shared_web.errors import NotAllowed, RuleError
from shared_web.formats import LARGEST_AMOUNT_CENTS
from shared_web.language import _


class NotAPrice(RuleError):
    """A line is not sold below nothing, nor again at the price it has."""


def override_price(
    book: Session,
    *,
    terminal_id: str,
    line_uuid: str,
    price_cents: int,
    reason: str,
    by: Person,
    now: datetime,
) -> Order:
    """Sell each piece of the line at `price_cents` (modifiers included); noted in the journal.

    The price it was rung at again ends the override. Raises NotAllowed without `line.override_price`,
    OrderNotOpen, PartlyPaid, LineGone, NotAPrice, and RuleError without a reason.
    """
    if not by.may("line.override_price"):
        raise NotAllowed(_("Only a manager may change a price."))
    order = changeable_order(book, terminal_id=terminal_id)
    line = line_of(order, line_uuid)
    reason = check_override(price_cents, line.unit_price_cents, reason)
    before, listed = line.unit_price_cents, line.listed_price_cents
    if listed is None:
        listed = before
    is_back = price_cents == listed
    line.unit_price_cents = price_cents
    line.listed_price_cents = None if is_back else listed
    line.override_reason = "" if is_back else reason
    totals.refresh(order)
    details = {
        "order": order.uuid,
        "item": line.item,
        "name": line.name,
        "before_cents": str(before),
        "after_cents": str(price_cents),
        "listed_cents": str(listed),
        "reason": reason,
    }
    note(
        book,
        store_id=order.store_id,
        terminal_id=terminal_id,
        by=by,
        action="line.override_price",
        details=details,
        now=now,
    )
    return order


def check_override(price_cents: int, present_cents: int, reason: str) -> str:
    """The reason as it is kept. Raises NotAPrice, and RuleError without a reason."""
    if not 0 <= price_cents <= LARGEST_AMOUNT_CENTS:
        problem = _("Enter a price of 0 or more.")
        raise NotAPrice(problem, fields={"price": problem})
    if price_cents == present_cents:
        problem = _("This is its price already.")
        raise NotAPrice(problem, fields={"price": problem})
    if not reason.strip():
        problem = _("Choose or type a reason.")
        raise RuleError(problem, fields={"reason": problem})
    return reason.strip()[:200]
