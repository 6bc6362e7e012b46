"""Finding sales: the list with its search, and one sale with lines and payments."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union
from sqlalchemy.orm import Session, selectinload

from backoffice_web.ledger.sale import Sale, SaleLine

LONGEST_SEARCH = 100
KINDS = ("all", "sales", "refunds", "flagged")
ORDERS: dict[str, Any] = {
    "time": Sale.finished_at,
    "number": Sale.number,
    "total": Sale.total_cents,
    "person": Sale.employee_name,
}


@dataclass(frozen=True, kw_only=True)
class SalesWish:
    """Which sales to list. `stores` None: of all; dates are business dates, both included.

    `text` looks in receipt numbers, names of people and names of what was sold.
    """

    stores: Collection[str] | None = None
    text: str = ""
    terminal: str = ""
    first_on: date | None = None
    last_on: date | None = None
    kind: str = "all"
    order: str = "time"
    is_descending: bool = True


def list_sales(session: Session, wish: SalesWish, *, limit: int = 25, offset: int = 0) -> list[Sale]:
    """One page of the sales that are wished for. An unknown order or kind means the usual one."""
    return list(session.scalars(_ordered(wish).limit(limit).offset(offset)))


def all_sales(session: Session, wish: SalesWish) -> Iterator[Sale]:
    """All the sales that are wished for, a few hundred in memory at a time."""
    yield from session.scalars(_ordered(wish).execution_options(yield_per=500))


def count_sales(session: Session, wish: SalesWish) -> int:
    return session.scalar(select(func.count()).select_from(Sale).where(*_conditions(wish))) or 0


def find_sale(session: Session, uuid: str) -> Sale | None:
    """One sale, its lines and payments loaded; None for an unknown UUID."""
    return session.get(Sale, uuid, options=[selectinload(Sale.lines), selectinload(Sale.payments)])


def refunds_of(session: Session, sale: Sale) -> list[Sale]:
    """The refunds that were made of a sale, in the order in which they were made."""
    return list(session.scalars(select(Sale).where(Sale.refund_of == sale.uuid).order_by(Sale.finished_at)))


def _ordered(wish: SalesWish) -> Select[Sale]:
    column = ORDERS.get(wish.order, Sale.finished_at)
    ordered = column.desc() if wish.is_descending else column.asc()
    return select(Sale).where(*_conditions(wish)).order_by(ordered, Sale.uuid)


def _conditions(wish: SalesWish) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wish.stores is not None:
        found.append(Sale.store_id.in_(wish.stores))
    if wish.terminal:
        found.append(Sale.terminal_id == wish.terminal)
    if wish.first_on is not None:
        found.append(Sale.business_date >= wish.first_on)
    if wish.last_on is not None:
        found.append(Sale.business_date <= wish.last_on)
    if wish.kind in ("sales", "refunds"):
        found.append(Sale.is_refund == (wish.kind == "refunds"))
    if wish.kind == "flagged":
        found.append(Sale.flag != "")
    if text := wish.text.replace("\x00", "").strip()[:LONGEST_SEARCH]:
        found.append(_matches(text))
    return found


def _matches(text: str) -> ColumnElement[bool]:
    # A union of three short scans: an OR with EXISTS would look up the lines of every sale there is.
    parts = (
        select(Sale.uuid).where(Sale.number.icontains(text, autoescape=True)),
        select(Sale.uuid).where(Sale.employee_name.icontains(text, autoescape=True)),
        select(SaleLine.sale_uuid).where(SaleLine.name.icontains(text, autoescape=True)),
    )
    return Sale.uuid.in_(union(*parts))
