"""The rows that are derived from published bytes, so that tiles, search and scanner find items fast.

Invariant: a pure function of one record, so that applying a change and building everything anew give
the same rows. Values stand in the order of the tables' columns.
"""

from __future__ import annotations

from pos_web.catalog.barcode import normal_code
from pos_web.syncing.bulk import Row
from sync_contract.records import Item


def item_row(store_id: str, key: str, item: Item) -> Row:
    """The item's row of `item_index`."""
    words = item.name
    for variant in item.variants:
        if variant.sku:
            words += f" {variant.sku}"
    return (
        store_id,
        key,
        _storable(item.name)[:200],
        _storable(words).casefold()[:1000],
        item.category,
        item.position,
        item.is_favourite,
    )


def barcode_rows(store_id: str, key: str, item: Item) -> list[Row]:
    """The item's rows of `barcode_index`: one per code and variant, however often it is written."""
    found = []
    for variant in item.variants:
        for printed in variant.barcodes:
            if code := normal_code(_storable(printed)):
                found.append((store_id, code[:80], key, variant.key))
    return sorted(set(found)) if len(found) > 1 else found


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL in a text. No form takes one, and no catalog may stop a store's syncs."""
    return text.replace("\0", "")


def is_found_alike(old: Item, new: Item) -> bool:
    """Are all rows of both equal? So it is when another price comes, which is most of what comes."""
    if (old.name, old.category, old.position, old.is_favourite) != (
        new.name,
        new.category,
        new.position,
        new.is_favourite,
    ):
        return False
    return _codes(old) == _codes(new)


def _codes(item: Item) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(variant.key, variant.sku, variant.barcodes) for variant in item.variants]
