"""Adds many new items at once: one statement per table instead of one object per row.

Invariant: an item added here equals the same draft saved by `save_item`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from backoffice_web.catalog.draft import ItemDraft, VariantDraft
from backoffice_web.catalog.item import (
    Barcode,
    Item,
    ItemModifierGroup,
    StoreItem,
    StorePrice,
    Variant,
    VariantPrice,
)
from backoffice_web.database import Base, new_key
from backoffice_web.publishing.upsert import table_of

Rows = Iterator[tuple[type[Base], dict[str, Any]]]

# Owners before what belongs to them.
ORDER = (Item, Variant, Barcode, VariantPrice, StorePrice, StoreItem, ItemModifierGroup)


def insert_items(session: Session, drafts: Sequence[tuple[str, ItemDraft]], *, now: datetime) -> None:
    """Add (new key, checked draft) pairs. What has to be unique must have been looked up before."""
    rows: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
    for item_id, draft in drafts:
        for model, row in _rows(item_id, draft, now):
            rows[model].append(row)
    session.flush()
    for model in ORDER:
        if rows[model]:
            session.execute(insert(table_of(model)), rows[model])


def _rows(item_id: str, draft: ItemDraft, now: datetime) -> Rows:
    yield (
        Item,
        {
            "id": item_id,
            "revision": 1,
            "name": draft.name.strip(),
            "category_id": draft.category_id,
            "tax_class_id": draft.tax_class_id,
            "tone": draft.tone,
            "position": draft.position,
            "is_favourite": draft.is_favourite,
            "is_archived": draft.is_archived,
            "is_sold_everywhere": draft.is_sold_everywhere,
            "source": draft.source,
            "source_key": draft.source_key,
            "created_at": now,
            "changed_at": now,
        },
    )
    for store_id, is_sold in draft.sold_in.items():
        yield StoreItem, {"item_id": item_id, "store_id": store_id, "is_sold": is_sold}
    for position, group_id in enumerate(dict.fromkeys(draft.modifier_groups)):
        yield ItemModifierGroup, {"item_id": item_id, "group_id": group_id, "position": position}
    for position, variant in enumerate(draft.variants):
        yield from _variant_rows(item_id, variant, position)


def _variant_rows(item_id: str, variant: VariantDraft, position: int) -> Rows:
    key = new_key()
    yield (
        Variant,
        {
            "id": key,
            "item_id": item_id,
            "name": variant.name.strip(),
            "sku": variant.sku.strip() or None,
            "position": position,
            "source_key": variant.source_key,
        },
    )
    for place, code in enumerate(variant.barcodes):
        yield Barcode, {"gtin": code.gtin, "code": code.code, "variant_id": key, "position": place}
    for price_list, cents in variant.prices.items():
        yield VariantPrice, {"variant_id": key, "price_list_id": price_list, "price_cents": cents}
    for store, cents in variant.store_prices.items():
        yield StorePrice, {"variant_id": key, "store_id": store, "price_cents": cents}
