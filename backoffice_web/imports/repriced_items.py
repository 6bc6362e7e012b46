"""Changes many saved items at once where only prices, names, references or the assortment change.

That is what new price lists do to thousands of items; everything else goes through `write_item`.
Invariant: an item changed here equals the same draft saved by `save_item`, and its revision counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from backoffice_web.catalog.draft import ItemDraft
from backoffice_web.catalog.item import Item, StoreItem, VariantPrice
from backoffice_web.publishing.upsert import table_of, upsert


def is_repriced(before: ItemDraft, after: ItemDraft) -> bool:
    """Do the two differ only in what `reprice_items` writes?"""
    prices = {variant.id: variant.prices for variant in before.variants}
    variants = tuple(replace(one, prices=prices.get(one.id, {})) for one in after.variants)
    same = replace(
        after,
        name=before.name,
        category_id=before.category_id,
        tax_class_id=before.tax_class_id,
        sold_in=before.sold_in,
        variants=variants,
    )
    return same == before


def reprice_items(session: Session, drafts: Sequence[tuple[str, ItemDraft]], *, now: datetime) -> None:
    """Write (item id, checked draft) pairs of locked items; prices and stores are added or replaced."""
    if not drafts:
        return
    session.flush()
    items = table_of(Item)
    statement = (
        update(items)
        .where(items.c.id == bindparam("item"))
        .values(
            revision=items.c.revision + 1,
            changed_at=now,
            name=bindparam("its_name"),
            category_id=bindparam("category"),
            tax_class_id=bindparam("tax_class"),
        )
    )
    rows = [
        {"item": key, "its_name": draft.name, "category": draft.category_id, "tax_class": draft.tax_class_id}
        for key, draft in drafts
    ]
    session.connection().execute(statement, rows)
    prices = [
        {"variant_id": variant.id, "price_list_id": price_list, "price_cents": cents}
        for _key, draft in drafts
        for variant in draft.variants
        for price_list, cents in variant.prices.items()
    ]
    upsert(session, VariantPrice, prices, replace=("price_cents",))
    sold = [
        {"item_id": key, "store_id": store_id, "is_sold": is_sold}
        for key, draft in drafts
        for store_id, is_sold in draft.sold_in.items()
    ]
    upsert(session, StoreItem, sold, replace=("is_sold",))
