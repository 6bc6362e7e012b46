"""The list of items: searched by name, SKU and barcode, filtered, sorted, with prices and status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select, union
from sqlalchemy.orm import Session, joinedload, selectinload

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.item import Barcode, Item, StoreItem, StorePrice, Variant, VariantPrice
from backoffice_web.listing import Page, Wish, contains, fetch_page, starts
from backoffice_web.reports import record_status
from backoffice_web.stores.store import Store
from shared_web.formats import money
from shared_web.language import _

FILTERS = ("category", "status", "sold")
DEFAULT_SORT = "name"
SORTS: Mapping[str, Sequence[Any]] = {
    "name": (Item.name, Item.id),
    "category": (Category.name, Item.name, Item.id),
    "changed": (Item.changed_at, Item.id),
}


@dataclass(frozen=True)
class ItemRow:
    """One line of the list; `prices` has one text per currency, `status` is of `record_status`."""

    item: Item
    prices: tuple[str, ...]
    status: str

    @property
    def skus(self) -> list[str]:
        return [variant.sku for variant in self.item.variants if variant.sku]


def list_items(session: Session, wish: Wish, *, stores: Sequence[Store]) -> Page[ItemRow]:
    """One page of the items as the given stores sell them."""
    statement = found_items(wish, stores=stores).options(
        joinedload(Item.category),
        selectinload(Item.variants).options(
            selectinload(Variant.prices), selectinload(Variant.store_prices), selectinload(Variant.barcodes)
        ),
    )
    page = fetch_page(session, statement, wish, sorts=SORTS)
    status = record_status.statuses(session, "item", [item.id for item in page.rows], stores)
    rows = [
        ItemRow(item=item, prices=shown_prices(item, stores), status=_shown_status(item, status[item.id]))
        for item in page.rows
    ]
    return Page(wish=page.wish, rows=rows, total=page.total)


def _shown_status(item: Item, status: str) -> str:
    is_gone = item.is_archived and status == record_status.NOWHERE
    return record_status.ARCHIVED if is_gone else status


def found_items(wish: Wish, *, stores: Sequence[Store]) -> Select[Item]:
    """All the items that a list's URL asks for, in no order."""
    statement = select(Item)
    if wish.sort.removeprefix("-") == "category":
        statement = statement.outerjoin(Category, Category.id == Item.category_id)
    statement = statement.where(_has_status(wish.filter("status"), stores))
    if wish.filter("category"):
        statement = statement.where(Item.category_id == wish.filter("category"))
    if wish.filter("sold") and stores:
        statement = statement.where(_is_sold(stores[0], wish.filter("sold") == "yes"))
    if wish.text:
        statement = statement.where(Item.id.in_(_matching(wish.text)))
    return statement


def shown_prices(item: Item, stores: Sequence[Store]) -> tuple[str, ...]:
    """The item's price in the stores, one text per currency; a range where its variants differ."""
    amounts: dict[str, list[int]] = {}
    for store in stores:
        for variant in item.variants:
            cents = price_in(variant, store)
            if cents is not None:
                amounts.setdefault(store.currency, []).append(cents)
    return tuple(_range(min(cents), max(cents), currency) for currency, cents in amounts.items())


def price_in(variant: Variant, store: Store) -> int | None:
    """The variant's price in one store: its own, else its price list's."""
    own = {row.store_id: row.price_cents for row in variant.store_prices}
    listed = {row.price_list_id: row.price_cents for row in variant.prices}
    return own.get(store.id, listed.get(store.price_list_id))


def _range(least: int, most: int, currency: str) -> str:
    if least == most:
        return money(least, currency)
    return _("%(least)s – %(most)s", least=money(least, currency), most=money(most, currency))


def _matching(text: str) -> Any:
    # A union of look-ups: one OR over three tables would read all of them for every item.
    parts = [
        select(Item.id).where(contains(Item.name, text)),
        select(Variant.item_id).where(starts(Variant.sku, text)),
    ]
    if text.isascii() and text.isdigit():
        parts.append(select(Variant.item_id).join(Barcode).where(starts(Barcode.code, text)))
        parts.append(select(Variant.item_id).join(Barcode).where(Barcode.gtin == text.zfill(14)))
    return union(*parts)


def _has_status(status: str, stores: Sequence[Store]) -> ColumnElement[bool]:
    if status == record_status.ARCHIVED:
        return Item.is_archived.is_(True)
    if status == record_status.NEEDS_PRICE:
        return ~Item.is_archived & or_(*(_needs_price(store) for store in stores))
    conditions = {
        record_status.NEW: record_status.is_new,
        record_status.CHANGED: record_status.is_changed,
        record_status.PUBLISHED: record_status.is_published,
    }
    if status in conditions:
        return conditions[status]("item", Item.id, stores)  # type: ignore[arg-type]
    return ~Item.is_archived


def _needs_price(store: Store) -> ColumnElement[bool]:
    listed = exists().where(
        VariantPrice.variant_id == Variant.id, VariantPrice.price_list_id == store.price_list_id
    )
    own = exists().where(StorePrice.variant_id == Variant.id, StorePrice.store_id == store.id)
    return exists().where(Variant.item_id == Item.id, ~listed, ~own) & _is_sold(store, True)


def _is_sold(store: Store, wanted: bool) -> ColumnElement[bool]:
    differs = exists().where(
        StoreItem.item_id == Item.id,
        StoreItem.store_id == store.id,
        StoreItem.is_sold != Item.is_sold_everywhere,
    )
    sold = (Item.is_sold_everywhere & ~differs) | (~Item.is_sold_everywhere & differs)
    return sold if wanted else ~sold
