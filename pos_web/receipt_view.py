"""What the receipt and the order's detail page show: the order, its payments, its paper."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.catalog import published
from pos_web.orders.listing import find_order
from pos_web.orders.order import Order
from pos_web.orders.receipt import receipt_lines
from pos_web.orders.refund import refund_of
from pos_web.payments.payment import Payment
from pos_web.payments.take import payments_of
from pos_web.staff.till_session import locks_after_sale
from pos_web.terminals.terminal import Terminal


class ReceiptView(msgspec.Struct, frozen=True, kw_only=True):
    """`refund` is the refund of this sale, `sale` the sale of this refund, if there is one."""

    order: Order
    payments: list[Payment]
    lines: list[str]
    refund: Order | None
    sale: Order | None
    locks_next: bool

    @property
    def change_cents(self) -> int:
        return sum(payment.change_cents for payment in self.payments)

    @property
    def given_back_cents(self) -> int:
        """What the drawer gives back for a refund."""
        return -sum(payment.tendered_cents for payment in self.payments)


def receipt_view(
    book: Session, replica: Session, *, order_uuid: str, is_copy: bool = False
) -> ReceiptView | None:
    """None when this store has no such finished order, or the person may not see it."""
    store_id, person = current.store_id(), current.person()
    order = find_order(book, store_id=store_id, uuid=order_uuid)
    if order is None or (order.employee_id != person.employee and not person.may("order.view_others")):
        return None
    payments = payments_of(book, order_uuid=order.uuid)
    sale = book.get(Order, order.refund_of) if order.refund_of else None
    rung_at = book.get(Terminal, order.terminal_id)
    lines = receipt_lines(
        order,
        payments,
        profile=published.profile(replica, store_id=store_id),
        terminal_name=rung_at.name if rung_at is not None else "",
        sale_number=(sale.number or "") if sale is not None else "",
        is_copy=is_copy,
    )
    return ReceiptView(
        order=order,
        payments=payments,
        lines=lines,
        refund=refund_of(book, order_uuid=order.uuid),
        sale=sale,
        locks_next=locks_after_sale(person, published.settings(replica, store_id=store_id)),
    )
