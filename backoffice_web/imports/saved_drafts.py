"""Drafts of many saved items, read in seven statements per 500 items instead of object by object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from backoffice_web.catalog.draft import BarcodeDraft, ItemDraft, VariantDraft
from backoffice_web.catalog.item import (
    Barcode,
    Item,
    ItemModifierGroup,
    StoreItem,
    StorePrice,
    Variant,
    VariantPrice,
)
from backoffice_web.publishing.upsert import chunks, table_of

_items, _variants, _barcodes = table_of(Item), table_of(Variant), table_of(Barcode)
_links, _assortment = table_of(ItemModifierGroup), table_of(StoreItem)
_prices, _store_prices = table_of(VariantPrice), table_of(StorePrice)
_of_items = _variants.c.item_id

T = TypeVar("T")


def drafts_of(session: Session, item_ids: Iterable[str]) -> dict[str, ItemDraft]:
    """Item id → what `draft_of_item` gives for it, for those that exist."""
    found: dict[str, ItemDraft] = {}
    for chunk in chunks(sorted(set(item_ids))):
        found |= _drafts(session, chunk)
    return found


def _drafts(session: Session, ids: Sequence[str]) -> dict[str, ItemDraft]:
    variants = _variants_of(session, ids)
    groups = _gathered(
        (row.item_id, row.group_id)
        for row in session.execute(
            select(_links).where(_links.c.item_id.in_(ids)).order_by(_links.c.position)
        )
    )
    sold_in = _gathered(
        (row.item_id, (row.store_id, row.is_sold))
        for row in session.execute(select(_assortment).where(_assortment.c.item_id.in_(ids)))
    )
    return {
        row.id: _draft(row, variants.get(row.id, []), groups.get(row.id, []), sold_in.get(row.id, []))
        for row in session.execute(select(_items).where(_items.c.id.in_(ids)))
    }


def _draft(
    row: Row[Any], variants: list[VariantDraft], groups: list[str], sold_in: list[tuple[str, bool]]
) -> ItemDraft:
    return ItemDraft(
        name=row.name,
        variants=tuple(variants),
        category_id=row.category_id,
        tax_class_id=row.tax_class_id,
        tone=row.tone,
        position=row.position,
        is_favourite=row.is_favourite,
        is_archived=row.is_archived,
        is_sold_everywhere=row.is_sold_everywhere,
        sold_in=dict(sold_in),
        modifier_groups=tuple(groups),
        source=row.source,
        source_key=row.source_key,
    )


def _variants_of(session: Session, ids: Sequence[str]) -> dict[str, list[VariantDraft]]:
    def parts(table: Any, *columns: Any) -> dict[str, list[Any]]:
        query = select(table.c.variant_id, *columns).join(_variants, _variants.c.id == table.c.variant_id)
        if "position" in table.c:
            query = query.order_by(table.c.position)
        rows = session.execute(query.where(_of_items.in_(ids)))
        return _gathered((row[0], tuple(row[1:])) for row in rows)

    barcodes = parts(_barcodes, _barcodes.c.code, _barcodes.c.gtin)
    prices = parts(_prices, _prices.c.price_list_id, _prices.c.price_cents)
    store_prices = parts(_store_prices, _store_prices.c.store_id, _store_prices.c.price_cents)
    rows = session.execute(select(_variants).where(_of_items.in_(ids)).order_by(_variants.c.position))
    return _gathered(
        (
            row.item_id,
            VariantDraft(
                id=row.id,
                name=row.name,
                sku=row.sku or "",
                barcodes=tuple(BarcodeDraft(code=code, gtin=gtin) for code, gtin in barcodes.get(row.id, [])),
                prices=dict(prices.get(row.id, [])),
                store_prices=dict(store_prices.get(row.id, [])),
                source_key=row.source_key,
            ),
        )
        for row in rows
    )


def _gathered(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    lists: dict[str, list[T]] = defaultdict(list)
    for owner, thing in pairs:
        lists[owner].append(thing)
    return dict(lists)
