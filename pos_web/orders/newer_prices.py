"""Lines of the open order whose item has another price or tax by now: keep them, or update them.

A line keeps its price for ever; this is the one place that may change it, and only when asked to.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from pos_web.catalog import published
from pos_web.orders import totals
from pos_web.orders.begin import changeable_order
from pos_web.orders.offer import Offer, make_offer
from pos_web.orders.order import Order, OrderLine
from pos_web.orders.tax import kept_taxes
from pos_web.staff.person import Person
from pos_web.staff.record import note
from shared_web.errors import RuleError


class NewerPrice(msgspec.Struct, frozen=True):
    """A line, and what its choice costs now (minor units, modifiers included)."""

    line: OrderLine
    offer: Offer


def newer_prices(replica: Session, *, order: Order) -> list[NewerPrice]:
    """The lines with a newer price or tax, unless the person chose Keep since."""
    version = published.applied_version(replica, store_id=order.store_id)
    if order.kept_version >= version:
        return []
    # What somebody has priced by hand is theirs.
    older = [line for line in order.lines if line.version < version and line.listed_price_cents is None]
    found = [(line, _current(replica, line)) for line in older]
    return [NewerPrice(line, offer) for line, offer in found if offer is not None and _differs(line, offer)]


def keep_prices(book: Session, replica: Session, *, terminal_id: str, order_uuid: str | None = None) -> Order:
    """The lines stay as they are; asked again only after a still newer version.

    `order_uuid` is the order that the person saw. Raises OrderNotOpen, OtherOrder, PartlyPaid.
    """
    order = changeable_order(book, terminal_id=terminal_id, order_uuid=order_uuid)
    order.kept_version = published.applied_version(replica, store_id=order.store_id)
    return order


def update_prices(
    book: Session,
    replica: Session,
    *,
    terminal_id: str,
    order_uuid: str | None = None,
    by: Person,
    now: datetime,
) -> Order:
    """Give the lines with newer prices the current price and taxes; noted in the journal.

    `order_uuid` is the order that the person saw. Raises OrderNotOpen, OtherOrder, PartlyPaid.
    """
    order = changeable_order(book, terminal_id=terminal_id, order_uuid=order_uuid)
    version = published.applied_version(replica, store_id=order.store_id)
    before = order.total_cents
    for newer in newer_prices(replica, order=order):
        newer.line.unit_price_cents = newer.offer.unit_price_cents
        newer.line.modifiers = [msgspec.structs.asdict(modifier) for modifier in newer.offer.modifiers]
        newer.line.taxes = kept_taxes(newer.offer.taxes)
        newer.line.version = version
    totals.refresh(order)
    details = {"order": order.uuid, "before_cents": str(before), "after_cents": str(order.total_cents)}
    note(
        book,
        store_id=order.store_id,
        terminal_id=terminal_id,
        by=by,
        action="prices.update",
        details=details,
        now=now,
    )
    return order


def _current(replica: Session, line: OrderLine) -> Offer | None:
    """The same choice now; None when it is no longer sold or its modifiers no longer fit: then it stays."""
    try:
        return make_offer(
            replica,
            store_id=line.store_id,
            item=line.item,
            variant=line.variant,
            modifiers=[each["modifier"] for each in line.modifiers],
        )
    except RuleError:
        return None


def _differs(line: OrderLine, offer: Offer) -> bool:
    return line.unit_price_cents != offer.unit_price_cents or line.taxes != kept_taxes(offer.taxes)
