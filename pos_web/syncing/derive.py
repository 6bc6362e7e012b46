"""The rows that are derived from published bytes, so that tiles, search and scanner find items fast.

Invariant: a pure function of one record, so that applying a change and building everything anew give
the same rows. Values stand in the order of the tables' columns.
"""

from __future__ import annotations

from pos_web.catalog.barcode import normal_code
from pos_web.syncing.bulk import Row
from sync_contract.records import Item


def item_row(store_id: str, key: str, item: Item) -> Row:
    """The item's row of `item_index`. Prices in minor units."""
    variants = item.variants
    words = [item.name, *[variant.sku for variant in variants if variant.sku]]
    return (
        store_id,
        key,
        item.name[:200],
        " ".join(words).casefold()[:1000],
        item.category,
        item.tone,
        item.position,
        item.is_favourite,
        min([variant.price_cents for variant in variants], default=0),
        len(variants),
        bool(item.modifier_groups),
    )


def codes_of(item: Item) -> list[tuple[str, tuple[str, ...]]]:
    """All that `barcode_rows` reads of an item beside its key: equal here, equal there."""
    return [(variant.key, variant.barcodes) for variant in item.variants]


def barcode_rows(store_id: str, key: str, item: Item) -> list[Row]:
    """The item's rows of `barcode_index`: one per code and variant, however often it is written."""
    found = [
        (store_id, normal_code(code)[:80], key, variant.key)
        for variant in item.variants
        for code in variant.barcodes
        if code.strip()
    ]
    return sorted(set(found)) if len(found) > 1 else found
