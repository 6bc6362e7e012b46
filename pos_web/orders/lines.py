"""Changing a rung line: its quantity, or taking it off. The price is never looked up again here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from pos_web.orders import totals
from pos_web.orders.begin import changeable_order
from pos_web.orders.order import Order, OrderLine
from pos_web.owned.sold_out import refuse_sold_out
from pos_web.staff.person import Person
from pos_web.staff.record import note
from shared_web.errors import NotAllowed, RuleError
from shared_web.language import _

LARGEST_QUANTITY = 999


class LineGone(RuleError):
    """The line is not on the open order (any more)."""


class TooMany(RuleError):
    """The quantity is outside what a line holds."""


def change_quantity(
    book: Session, *, terminal_id: str, line_uuid: str, quantity: int, by: Person, now: datetime
) -> Order:
    """Set the quantity of a line of the open order; its unit price and taxes stay.

    Raises OrderNotOpen, PartlyPaid, LineGone, TooMany (outside 1 … 999); when it becomes less NotAllowed
    like `remove_line`; when it becomes more ItemSoldOut, and NotAllowed for a line whose price somebody
    changed without `line.override_price`.
    """
    order = changeable_order(book, terminal_id=terminal_id)
    line = line_of(order, line_uuid)
    if not 1 <= quantity <= LARGEST_QUANTITY:
        raise TooMany(_("Enter a quantity from 1 to %(largest)s.", largest=LARGEST_QUANTITY))
    if quantity < line.quantity:
        _refuse_if_held_before(order, by)
    if quantity > line.quantity:
        _refuse_more_at_that_price(line, by)
        refuse_sold_out(
            book,
            store_id=order.store_id,
            item=line.item,
            variant=line.variant,
            name=line.name,
            modifiers={each["modifier"]: each["name"] for each in line.modifiers},
            now=now,
        )
    line.quantity = quantity
    totals.refresh(order)
    return order


def remove_line(book: Session, *, terminal_id: str, line_uuid: str, by: Person, now: datetime) -> Order:
    """Take a line off the open order; noted in the journal.

    Raises OrderNotOpen, PartlyPaid, LineGone, and NotAllowed for an order that was on hold without
    `line.remove_held`.
    """
    order = changeable_order(book, terminal_id=terminal_id)
    line = line_of(order, line_uuid)
    _refuse_if_held_before(order, by)
    order.lines.remove(line)
    totals.refresh(order)
    details = {
        "order": order.uuid,
        "item": line.item,
        "name": line.name,
        "quantity": str(line.quantity),
        "amount_cents": str(totals.line_amount(line)),
    }
    note(
        book,
        store_id=order.store_id,
        terminal_id=terminal_id,
        by=by,
        action="line.remove",
        details=details,
        now=now,
    )
    return order


def line_of(order: Order, line_uuid: str) -> OrderLine:
    """Raises LineGone."""
    for line in order.lines:
        if line.uuid == line_uuid:
            return line
    raise LineGone(_("This line is no longer on the order."))


def _refuse_more_at_that_price(line: OrderLine, by: Person) -> None:
    # Whoever let one go cheaper did not mean ten.
    if line.listed_price_cents is not None and not by.may("line.override_price"):
        raise NotAllowed(_("The price of this line was changed. Only a manager may sell more at that price."))


def _refuse_if_held_before(order: Order, by: Person) -> None:
    # What was put aside may be on its way already, and its guest gone for a moment.
    if order.held_at is not None and not by.may("line.remove_held"):
        raise NotAllowed(_("This order was on hold. Only a manager may take something off it."))
