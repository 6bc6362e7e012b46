"""What is saved already and could be the same as something in the file, looked up once for a whole file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backoffice_web.catalog.draft import ItemDraft
from backoffice_web.catalog.item import Barcode, Item, Variant
from backoffice_web.imports.known_key import KnownKey
from backoffice_web.imports.product import ImportedProduct, Reading
from backoffice_web.imports.saved_drafts import drafts_of
from backoffice_web.publishing.upsert import chunks


class SavedCatalog:
    """`by_key`, `by_gtin` and `by_sku` say which item has a source's key, a barcode, a SKU.

    `drafts` holds every item that one of them names; `offered` the (source, key) pairs that were
    imported for this store before; `names_taken` the names of items that could be meant.
    """

    def __init__(self, session: Session, reading: Reading, *, store_id: str) -> None:
        self.by_key: dict[tuple[str, str], str] = {}
        self.offered: set[tuple[str, str]] = set()
        self._read_keys(session, reading.products, store_id)
        gtins = {barcode.key for variant in reading.variants for barcode in variant.barcodes}
        skus = {variant.sku for variant in reading.variants if variant.sku}
        names = {product.name for product in reading.products}
        by_gtin = select(Barcode.gtin, Variant.item_id).join(Variant, Variant.id == Barcode.variant_id)
        self.by_gtin: Mapping[str, str] = dict(_rows(session, by_gtin, Barcode.gtin, gtins))
        self.by_sku: Mapping[str, str] = dict(
            _rows(session, select(Variant.sku, Variant.item_id), Variant.sku, skus)
        )
        by_name = select(Item.name, Item.id).where(~Item.is_archived)
        self.names_taken: Collection[str] = {row[0] for row in _rows(session, by_name, Item.name, names)}
        touched = {*self.by_key.values(), *self.by_gtin.values(), *self.by_sku.values()}
        self.drafts: Mapping[str, ItemDraft] = drafts_of(session, touched)

    def _read_keys(self, session: Session, products: Iterable[ImportedProduct], store_id: str) -> None:
        by_source: dict[str, set[str]] = {}
        for product in products:
            by_source.setdefault(product.source, set()).update(keys_of(product))
        for source, keys in by_source.items():
            known = select(KnownKey.key, KnownKey.item_id, KnownKey.store_id).where(KnownKey.source == source)
            for key, item_id, offered_in in _rows(session, known, KnownKey.key, keys):
                self.by_key[source, key] = item_id
                if offered_in == store_id:
                    self.offered.add((source, key))
            own = select(Item.source_key, Item.id).where(Item.source == source)
            for key, item_id in _rows(session, own, Item.source_key, keys):
                self.by_key[source, key] = item_id


def keys_of(product: ImportedProduct) -> tuple[str, ...]:
    """Everything that the product's source calls it, the chief name first."""
    return (product.source_key, *product.also_known_as)


def _rows(
    session: Session, query: Select[*tuple[Any, ...]], column: Any, values: Collection[str]
) -> Iterable[Any]:
    for chunk in chunks(sorted(values)):
        yield from session.execute(query.where(column.in_(chunk)))
