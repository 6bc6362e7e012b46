"""What the order panel shows: the open order with its totals, newer prices, and what is paid of it."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Session

from pos_web.catalog import published
from pos_web.orders.begin import open_order
from pos_web.orders.hold import count_held
from pos_web.orders.newer_prices import NewerPrice, newer_prices
from pos_web.orders.order import Order, OrderLine
from pos_web.orders.totals import Totals, totals_of
from pos_web.payments.payment import Payment
from pos_web.payments.take import payments_of
from pos_web.staff.person import Person


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """`order` is None before the first line. `version` is the one that the screen shows.

    `held` orders the person may take up; `held_by_others` only with a manager's approval.
    """

    order: Order | None
    lines: list[OrderLine]
    totals: Totals
    newer: list[NewerPrice]
    payments: list[Payment]
    held: int
    held_by_others: int
    currency: str
    version: int

    @property
    def paid_cents(self) -> int:
        return sum(payment.amount_cents for payment in self.payments)

    @property
    def due_cents(self) -> int:
        return self.totals.total_cents - self.paid_cents

    @property
    def quantity(self) -> int:
        """How many pieces are on the order."""
        return sum(line.quantity for line in self.lines)

    @property
    def newer_by_line(self) -> dict[str, NewerPrice]:
        return {newer.line.uuid: newer for newer in self.newer}


def panel(book: Session, replica: Session, *, store_id: str, terminal_id: str, by: Person) -> Panel:
    """The panel of a terminal's open order, for a person. Raises NothingPublished."""
    order = open_order(book, terminal_id=terminal_id)
    lines = list(order.lines) if order is not None else []
    held, of_others = count_held(book, store_id=store_id, by=by)
    return Panel(
        order=order,
        lines=lines,
        totals=totals_of(lines),
        newer=newer_prices(replica, order=order) if order is not None else [],
        payments=payments_of(book, order_uuid=order.uuid) if order is not None else [],
        held=held,
        held_by_others=of_others,
        currency=published.profile(replica, store_id=store_id).currency,
        version=published.applied_version(replica, store_id=store_id),
    )
