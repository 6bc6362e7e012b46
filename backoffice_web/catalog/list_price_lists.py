"""The list of price lists, each with the stores that sell by it and how many prices it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web.catalog.item import VariantPrice
from backoffice_web.catalog.price_list import PriceList
from backoffice_web.listing import Page, Wish, contains, fetch_page
from backoffice_web.stores.store import Store

SORTS: Mapping[str, Sequence[Any]] = {
    "name": (PriceList.name, PriceList.id),
    "currency": (PriceList.currency, PriceList.name, PriceList.id),
}


@dataclass(frozen=True)
class PriceListRow:
    row: PriceList
    stores: Sequence[str]
    prices: int


def list_price_lists(session: Session, wish: Wish) -> Page[PriceListRow]:
    statement = select(PriceList)
    if wish.text:
        statement = statement.where(contains(PriceList.name, wish.text))
    page = fetch_page(session, statement, wish, sorts=SORTS)
    ids = [row.id for row in page.rows]
    counts: dict[str, int] = dict(
        session.execute(
            select(VariantPrice.price_list_id, func.count())
            .where(VariantPrice.price_list_id.in_(ids))
            .group_by(VariantPrice.price_list_id)
        ).all()
    )
    stores: dict[str, list[str]] = defaultdict(list)
    for store in stores_of(session, ids):
        stores[store.price_list_id].append(store.name)
    rows = [PriceListRow(row, stores[row.id], counts.get(row.id, 0)) for row in page.rows]
    return Page(wish=page.wish, rows=rows, total=page.total)


def stores_of(session: Session, price_lists: Sequence[str]) -> Sequence[Store]:
    """The stores that sell by one of these lists, in the order of their names."""
    found = select(Store).where(Store.price_list_id.in_(price_lists)).order_by(Store.name)
    return session.scalars(found).all()
