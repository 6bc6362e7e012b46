"""The Orders list of a store: finished sales and refunds, newest first, found by number, name or amount."""

from __future__ import annotations

import contextlib
from datetime import date

import msgspec
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from pos_web.orders.order import Order, OrderLine
from shared_web.errors import RuleError
from shared_web.formats import parse_money

PAGE = 50


class OrderPage(msgspec.Struct, frozen=True):
    """Up to PAGE orders; `next_offset` is None on the last page."""

    orders: list[Order]
    next_offset: int | None


def finished_orders(
    book: Session,
    *,
    store_id: str,
    on: date | None = None,
    text: str = "",
    currency: str = "",
    employee: str | None = None,
    offset: int = 0,
) -> OrderPage:
    """Finished orders of the business date `on` (None = every day) that match `text`.

    With `employee` only that person's.
    `text` is part of a receipt number, a person's or item's name, or an amount as people type it.
    """
    query = select(Order).where(Order.store_id == store_id, Order.state == "finished")
    if on is not None:
        query = query.where(Order.business_date == on)
    if employee is not None:
        query = query.where(Order.employee_id == employee)
    if text.strip():
        query = query.where(_matches(text.strip(), currency))
    query = query.order_by(Order.finished_at.desc(), Order.counter.desc()).offset(offset).limit(PAGE + 1)
    found = list(book.scalars(query))
    return OrderPage(found[:PAGE], offset + PAGE if len(found) > PAGE else None)


def find_order(book: Session, *, store_id: str, uuid: str) -> Order | None:
    """A finished order of this store."""
    order = book.get(Order, uuid)
    return order if order is not None and order.store_id == store_id and order.state == "finished" else None


def _matches(text: str, currency: str) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = [
        Order.number.icontains(text, autoescape=True),
        Order.employee_name.icontains(text, autoescape=True),
        Order.lines.any(OrderLine.name.icontains(text, autoescape=True)),
    ]
    with contextlib.suppress(RuleError):
        ways.append(Order.total_cents == parse_money(text, currency))
    return or_(*ways)
