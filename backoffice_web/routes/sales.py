"""What the stores have sold: the list, one sale, and the list as a file."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, abort, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.ledger.sales import SalesWish, all_sales
from backoffice_web.listing import Wish, read_wish
from backoffice_web.reports.sales_csv import sales_csv
from backoffice_web.reports.sales_page import (
    DEFAULT_SORT,
    FILTERS,
    SORTS,
    sale_detail,
    sales_page,
    sales_wish,
    terminals_of,
    zone_mark,
)
from backoffice_web.routes.scope import check_reach, shown_stores
from backoffice_web.stores.store import Store
from backoffice_web.terminals.terminal import Terminal
from shared_web.access import needs

blueprint = Blueprint("sales", __name__)


@blueprint.get("/sales")
@needs("sales.view")
def index() -> ResponseReturnValue:
    wish = _wish()
    with current.read() as session:
        stores = shown_stores(session)
        terminals = terminals_of(session, stores)
        return render_template(
            "backoffice/sales/index.html",
            page=sales_page(session, wish, _asked(session, wish, stores)),
            stores={store.id: store for store in stores},
            terminals={terminal.id: terminal.name for terminal in terminals},
            terminal_choices=[(terminal.id, _place(terminal, stores)) for terminal in terminals],
            has_several_zones=len({store.time_zone for store in stores}) > 1,
            zone_mark=zone_mark,
        )


@blueprint.get("/sales/<key>")
@needs("sales.view")
def show(key: str) -> ResponseReturnValue:
    with current.read() as session:
        detail = sale_detail(session, key) or abort(404)
        check_reach(detail.sale.store_id)
        return render_template("backoffice/sales/show.html", detail=detail)


@blueprint.get("/sales.csv")
@needs("sales.view")
def export() -> ResponseReturnValue:
    """The whole list that the same URL shows page by page, as it is read."""
    wish = _wish()
    response = Response(stream_with_context(_csv(wish)), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="sales.csv"'
    return response


def _csv(wish: Wish) -> Iterator[str]:
    with current.read() as session:
        stores = shown_stores(session)
        yield from sales_csv(
            all_sales(session, _asked(session, wish, stores)),
            stores={store.id: store for store in stores},
            terminals={terminal.id: terminal.name for terminal in terminals_of(session, stores)},
        )


def _place(terminal: Terminal, stores: list[Store]) -> str:
    """Several stores may each have a Register 1."""
    names = {store.id: store.name for store in stores}
    return f"{names[terminal.store_id]} · {terminal.name}" if len(stores) > 1 else terminal.name


def _wish() -> Wish:
    return read_wish(request.args, sorts=SORTS, default_sort=DEFAULT_SORT, filters=FILTERS)


def _asked(session: Session, wish: Wish, stores: list[Store]) -> SalesWish:
    count = session.scalar(select(func.count()).select_from(Store))
    return sales_wish(wish, stores, is_everywhere=len(stores) == count)
