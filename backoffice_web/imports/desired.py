"""What an item becomes by the file: what the file says replaces what is saved, all else stays.

A file never takes anything away: variants, barcodes and prices that it does not name are kept, and so are
the tile's colour and place, store prices and the archive. New items are sold in the store that the file is
imported for (everywhere, where it is the only store); an item that is new to the store is added there
once – whether it is still sold later is for people to decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from backoffice_web.catalog.draft import BarcodeDraft, ItemDraft, VariantDraft
from backoffice_web.imports.group_plan import ModifierGroups
from backoffice_web.imports.match import pair_variants, variant_name
from backoffice_web.imports.pricing import PriceTarget
from backoffice_web.imports.product import ImportedProduct, ImportedVariant
from backoffice_web.imports.references import Categories, TaxClasses


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What drafts are made with."""

    target: PriceTarget
    categories: Categories
    tax_classes: TaxClasses
    groups: ModifierGroups


def new_item(product: ImportedProduct, wanted: Wanted) -> ItemDraft:
    target = wanted.target
    return ItemDraft(
        name=product.name,
        variants=tuple(_variant(row, None, target) for row in product.variants),
        category_id=wanted.categories.key_of(product.category),
        tax_class_id=wanted.tax_classes.class_of(product, current=None, is_new=True),
        is_sold_everywhere=target.is_only_store,
        sold_in={} if target.is_only_store else {target.store_id: True},
        modifier_groups=tuple(_groups(product, wanted)),
        source=product.source,
        source_key=product.source_key,
    )


def changed_item(
    product: ImportedProduct, saved: ItemDraft, wanted: Wanted, *, is_same_source: bool, is_offered: bool
) -> ItemDraft:
    """`is_offered`: this product has been imported for this store before."""
    return replace(
        saved,
        name=product.name,
        variants=_variants(product, saved, wanted.target, is_same_source=is_same_source),
        category_id=wanted.categories.key_of(product.category) or saved.category_id,
        tax_class_id=wanted.tax_classes.class_of(product, current=saved.tax_class_id, is_new=False),
        sold_in=saved.sold_in if is_offered else _also_sold_in(saved, wanted.target.store_id),
        modifier_groups=tuple(dict.fromkeys([*saved.modifier_groups, *_groups(product, wanted)])),
    )


def _groups(product: ImportedProduct, wanted: Wanted) -> Sequence[str]:
    keys = (wanted.groups.key_of(group) for group in product.modifier_groups)
    return list(dict.fromkeys(key for key in keys if key))


def _also_sold_in(saved: ItemDraft, store_id: str) -> Mapping[str, bool]:
    # An explicit "not here" was somebody's decision.
    is_settled = saved.is_sold_everywhere or store_id in saved.sold_in
    return saved.sold_in if is_settled else {**saved.sold_in, store_id: True}


def _variants(
    product: ImportedProduct, saved: ItemDraft, target: PriceTarget, *, is_same_source: bool
) -> tuple[VariantDraft, ...]:
    """The saved variants in their order, as the file has them, then the file's new ones."""
    pairs = pair_variants(product, saved, is_same_source=is_same_source)
    by_id = {before.id: _variant(row, before, target) for row, before in pairs if before is not None}
    new = [_variant(row, None, target) for row, before in pairs if before is None]
    skus = {row.sku for row in product.variants if row.sku}
    codes = {barcode.key for row in product.variants for barcode in row.barcodes}
    own = {before.id: row for row, before in pairs if before is not None}
    kept = [
        _without_codes_of_others(by_id.get(one.id, one), own.get(one.id), skus, codes)
        for one in saved.variants
    ]
    return (*kept, *new)


def _without_codes_of_others(
    draft: VariantDraft, row: ImportedVariant | None, skus: set[str], codes: set[str]
) -> VariantDraft:
    """A SKU or barcode that the file gives to another variant of this item moves there."""
    moved_codes = codes - {barcode.key for barcode in row.barcodes} if row else codes
    has_own_sku = row is not None and row.sku == draft.sku
    return replace(
        draft,
        sku="" if draft.sku in skus and not has_own_sku else draft.sku,
        barcodes=tuple(code for code in draft.barcodes if code.gtin not in moved_codes),
    )


def _variant(row: ImportedVariant, before: VariantDraft | None, target: PriceTarget) -> VariantDraft:
    draft = before or VariantDraft(source_key=row.source_key)
    known = {code.gtin for code in draft.barcodes}
    added = [BarcodeDraft(code=code.printed, gtin=code.key) for code in row.barcodes if code.key not in known]
    price = {} if row.price is None else {target.price_list_id: target.cents(row.price)}
    return replace(
        draft,
        name=variant_name(row) or draft.name,
        sku=row.sku or draft.sku,
        barcodes=(*draft.barcodes, *added),
        prices={**draft.prices, **price},
    )
