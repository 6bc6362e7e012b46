"""Ringing an item: a new line, or one more on the line that is the same.

Invariants: the line is saved when it is rung; a tap rings once, however often its request is
repeated; a line copies name, price and taxes from the version that is applied now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete
from sqlalchemy.orm import Session

from pos_web.catalog import published
from pos_web.orders import totals
from pos_web.orders.begin import begin, lock_terminal, open_order, refuse_if_partly_paid
from pos_web.orders.lines import LARGEST_QUANTITY, TooMany
from pos_web.orders.offer import Offer, make_offer
from pos_web.orders.order import Order, OrderLine, Tap
from pos_web.orders.tax import kept_taxes
from pos_web.owned.sold_out import refuse_sold_out
from pos_web.staff.person import Person
from shared_web.language import _

# A browser gives up on a request within seconds; nobody repeats a tap of the day before.
TAPS_KEPT = timedelta(days=1)


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """`price_moved`: the screen showed another price than the line got. `line` is None for a repeated tap."""

    order: Order | None
    line: OrderLine | None
    price_moved: bool = False
    was_repeated: bool = False


def ring(
    book: Session,
    replica: Session,
    *,
    terminal_id: str,
    item: str,
    variant: str = "",
    modifiers: Sequence[str] = (),
    tap: str,
    shown_version: int | None = None,
    shown_price_cents: int | None = None,
    by: Person,
    now: datetime,
) -> Rung:
    """Ring one `item` on the terminal's open order; begins one when there is none.

    `tap` is a unique id made by the screen; `shown_version` and `shown_price_cents` what it showed.
    Raises NotForSale, ItemSoldOut, ModifierRequired, PartlyPaid, TooMany.
    """
    terminal = lock_terminal(book, terminal_id)
    done = book.get(Tap, (terminal.store_id, tap))
    if done is not None:
        return Rung(order=book.get(Order, done.order_uuid), line=None, was_repeated=True)
    offer = make_offer(replica, store_id=terminal.store_id, item=item, variant=variant, modifiers=modifiers)
    refuse_sold_out(
        book,
        store_id=terminal.store_id,
        item=offer.item,
        variant=offer.variant,
        name=offer.name,
        modifiers={each.modifier: each.name for each in offer.modifiers},
        now=now,
    )
    order = open_order(book, terminal_id=terminal_id)
    if order is None:
        order = begin(book, replica, terminal_id=terminal_id, by=by, now=now)
        book.flush()
    else:
        refuse_if_partly_paid(book, order)
    version = published.applied_version(replica, store_id=terminal.store_id)
    line = _put(order, offer, version=version, now=now)
    totals.refresh(order)
    book.add(Tap(store_id=terminal.store_id, tap=tap, order_uuid=order.uuid, at=now))
    return Rung(order=order, line=line, price_moved=_moved(offer, shown_version, shown_price_cents))


def forget_old_taps(book: Session, *, store_id: str, now: datetime) -> None:
    """Delete the taps that nobody can repeat any more; called when an order is finished."""
    book.execute(delete(Tap).where(Tap.store_id == store_id, Tap.at < now - TAPS_KEPT))


def _put(order: Order, offer: Offer, *, version: int, now: datetime) -> OrderLine:
    for line in order.lines:
        if _is_same(line, offer):
            if line.quantity >= LARGEST_QUANTITY:
                raise TooMany(_("A line holds at most %(count)s.", count=LARGEST_QUANTITY))
            line.quantity += 1
            return line
    line = OrderLine(
        store_id=order.store_id,
        position=max((line.position for line in order.lines), default=0) + 1,
        item=offer.item,
        variant=offer.variant,
        name=offer.name,
        variant_name=offer.variant_name,
        category=offer.category,
        quantity=1,
        unit_price_cents=offer.unit_price_cents,
        modifiers=[msgspec.structs.asdict(modifier) for modifier in offer.modifiers],
        taxes=kept_taxes(offer.taxes),
        version=version,
        rung_at=now,
    )
    order.lines.append(line)
    return line


def _is_same(line: OrderLine, offer: Offer) -> bool:
    """Would the guest see one line? The version it was rung on does not matter, the price and taxes do."""
    return (
        line.listed_price_cents is None
        and (line.item, line.variant, line.unit_price_cents)
        == (offer.item, offer.variant, offer.unit_price_cents)
        and [each["modifier"] for each in line.modifiers] == [each.modifier for each in offer.modifiers]
        and line.taxes == kept_taxes(offer.taxes)
        and (line.name, line.variant_name) == (offer.name, offer.variant_name)
    )


def _moved(offer: Offer, shown_version: int | None, shown_price_cents: int | None) -> bool:
    if shown_price_cents is not None:
        return shown_price_cents != offer.unit_price_cents
    # Without the price that was shown: the item was published again since, so better say it once too often.
    return shown_version is not None and offer.published_in > shown_version
