"""The list of sales as its URL asks for it, and one sale with all that is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.ledger.sale import Sale, UploadedDocument
from backoffice_web.ledger.sales import ORDERS, SalesWish, count_sales, find_sale, list_sales, refunds_of
from backoffice_web.listing import Page, Wish
from backoffice_web.stores.store import Store
from backoffice_web.terminals.terminal import Terminal
from shared_web.formats import which_hour
from sync_contract.uploads import LineTax, Order, UnreadableDocument, decode_document

FILTERS = ("from", "to", "kind", "terminal")
SORTS = tuple(ORDERS)
DEFAULT_SORT = "-time"


@dataclass(frozen=True, kw_only=True)
class SoldLine:
    """`choices` are the names of the line's variant and modifiers. Amounts in minor units."""

    name: str
    choices: tuple[str, ...]
    quantity: int
    unit_price_cents: int
    total_cents: int
    # What it was rung at, where the till sold it at another price, and why.
    listed_price_cents: int | None = None
    override_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SaleDetail:
    """`taxes` is empty when the document cannot be read any more; `sale.tax_cents` still stands."""

    sale: Sale
    store: Store
    terminal_name: str
    lines: tuple[SoldLine, ...]
    taxes: tuple[LineTax, ...]
    rounding_cents: int
    original: Sale | None
    refunds: tuple[Sale, ...]


def sales_wish(wish: Wish, stores: Sequence[Store], *, is_everywhere: bool) -> SalesWish:
    """What the ledger is asked for. `is_everywhere`: the stores are all there are."""
    return SalesWish(
        stores=None if is_everywhere else [store.id for store in stores],
        text=wish.text,
        terminal=wish.filter("terminal"),
        first_on=_day(wish.filter("from")),
        last_on=_day(wish.filter("to")),
        kind=wish.filter("kind") or "all",
        order=wish.sort.removeprefix("-"),
        is_descending=wish.sort.startswith("-"),
    )


def sales_page(session: Session, wish: Wish, asked: SalesWish) -> Page[Sale]:
    total = count_sales(session, asked)
    wish = replace(wish, page=min(wish.page, max(1, -(-total // wish.size))))
    rows = list_sales(session, asked, limit=wish.size, offset=(wish.page - 1) * wish.size)
    return Page(wish=wish, rows=rows, total=total)


def terminals_of(session: Session, stores: Sequence[Store]) -> list[Terminal]:
    """The stores' terminals by name, archived ones too: they have sold."""
    here = Terminal.store_id.in_([store.id for store in stores])
    return list(session.scalars(select(Terminal).where(here).order_by(Terminal.name, Terminal.store_id)))


def zone_mark(at: datetime, time_zone: str) -> str:
    """`EST`, `CET`: for lists in which times of several zones stand side by side.

    Empty for a time that comes twice that night: `local_datetime` says of it which one it is.
    """
    return "" if which_hour(at, time_zone) else at.astimezone(ZoneInfo(time_zone)).strftime("%Z")


def sale_detail(session: Session, uuid: str) -> SaleDetail | None:
    sale = find_sale(session, uuid)
    if sale is None:
        return None
    store = session.get_one(Store, sale.store_id)
    terminal = session.get(Terminal, sale.terminal_id)
    order = _document(session, uuid)
    return SaleDetail(
        sale=sale,
        store=store,
        terminal_name=terminal.name if terminal is not None else sale.terminal_id,
        lines=_lines_of(order) if order is not None else _lines_in(sale),
        taxes=order.taxes if order is not None else (),
        rounding_cents=sum(payment.rounding_cents for payment in order.payments) if order is not None else 0,
        original=session.get(Sale, sale.refund_of) if sale.refund_of else None,
        refunds=tuple(refunds_of(session, sale)),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _document(session: Session, uuid: str) -> Order | None:
    kept = session.get(UploadedDocument, uuid)
    try:
        document = decode_document(kept.content) if kept is not None else None
    except UnreadableDocument:
        return None
    return document if isinstance(document, Order) else None


def _lines_of(order: Order) -> tuple[SoldLine, ...]:
    return tuple(
        SoldLine(
            name=line.name,
            choices=tuple(filter(None, (line.variant_name, *(each.name for each in line.modifiers)))),
            quantity=line.quantity,
            unit_price_cents=line.unit_price_cents,
            total_cents=line.total_cents,
            listed_price_cents=line.listed_price_cents,
            override_reason=line.override_reason[:200],
        )
        for line in order.lines
    )


def _lines_in(sale: Sale) -> tuple[SoldLine, ...]:
    return tuple(
        SoldLine(
            name=line.name,
            choices=(),
            quantity=line.quantity,
            unit_price_cents=line.unit_price_cents,
            total_cents=line.total_cents,
        )
        for line in sale.lines
    )
