"""Which saved item a product of the file is, and which of its variants each row is.

The same product: the source's id or handle, else a barcode. A SKU alone counts in plain lists only: those
are the shop's own lists under its own numbers, while two systems may both have a "1001". Within the item,
a variant is known by the source's id or its options, else by barcode, SKU or name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backoffice_web.catalog.draft import ItemDraft, VariantDraft
from backoffice_web.imports.cell_text import shortened
from backoffice_web.imports.formats import plain
from backoffice_web.imports.product import ImportedProduct, ImportedVariant
from backoffice_web.imports.saved_catalog import SavedCatalog, keys_of
from shared_web.errors import RuleError
from shared_web.language import _


class Contradiction(RuleError):
    """The product cannot be told from another one; `row` and `value` say where."""

    def __init__(self, sentence: str, *, row: int, value: str = "") -> None:
        super().__init__(sentence)
        self.row = row
        self.value = value


def item_of(product: ImportedProduct, saved: SavedCatalog) -> str | None:
    """The id of the saved item that `product` is; None for a new one.

    Raises Contradiction where its codes belong to another item, or to several.
    """
    by_key = (saved.by_key.get((product.source, key)) for key in keys_of(product))
    item_id = next((found for found in by_key if found), None)
    if item_id is None:
        item_id = _only_owner(product, [saved.by_gtin.get(code) for code in _gtins(product)], saved)
    if item_id is None and product.source == plain.SOURCE:
        item_id = _only_owner(
            product, [saved.by_sku.get(variant.sku or "") for variant in product.variants], saved
        )
    _refuse_foreign_codes(product, item_id, saved)
    return item_id


def pair_variants(
    product: ImportedProduct, saved: ItemDraft, *, is_same_source: bool
) -> list[tuple[ImportedVariant, VariantDraft | None]]:
    """Each row with the saved variant that it is, or None; a saved variant is taken once at most.

    Raises Contradiction for a row without options that is none of several saved variants.
    """
    pairs: dict[int, VariantDraft] = {}
    taken: set[str | None] = set()
    for names_of_row, names_of_saved in WAYS if is_same_source else WAYS[1:]:
        free = [one for one in saved.variants if one.id not in taken]
        known = {name: one for one in reversed(free) for name in names_of_saved(one)}
        for index, row in enumerate(product.variants):
            names = () if index in pairs else names_of_row(row)
            found = next((known[name] for name in names if name in known), None)
            if found is not None and found.id not in taken:
                pairs[index] = found
                taken.add(found.id)
    if not pairs and len(saved.variants) == 1 and _could_be_the_only_one(product, saved.variants[0]):
        pairs[0] = saved.variants[0]
    for index, row in enumerate(product.variants):
        if index not in pairs and not row.options and saved.variants:
            names = _quoted([one.name for one in saved.variants[:5]])
            sentence = _("The file says nothing of variants, but here it has %(names)s.", names=names)
            raise Contradiction(sentence, row=row.row, value=product.name)
    return [(row, pairs.get(index)) for index, row in enumerate(product.variants)]


def variant_name(variant: ImportedVariant) -> str:
    return shortened(" / ".join(value for _option, value in variant.options))


# What names a row and a saved variant alike, the surest first. The first way needs a common source.
WAYS: Sequence[tuple[Callable[[ImportedVariant], Sequence[str]], Callable[[VariantDraft], Sequence[str]]]] = (
    (
        lambda row: (row.source_key,),
        lambda saved: () if saved.source_key is None else (saved.source_key,),
    ),
    (
        lambda row: [code.key for code in row.barcodes],
        lambda saved: [code.gtin for code in saved.barcodes],
    ),
    (
        lambda row: (row.sku,) if row.sku else (),
        lambda saved: (saved.sku,) if saved.sku else (),
    ),
    (
        lambda row: (variant_name(row).casefold(),) if row.options else (),
        lambda saved: (saved.name.casefold(),) if saved.name else (),
    ),
)


def _could_be_the_only_one(product: ImportedProduct, saved: VariantDraft) -> bool:
    """One of the two had nothing to choose: an article that got variants later, or lost them."""
    return not saved.name or (len(product.variants) == 1 and not product.variants[0].options)


def _gtins(product: ImportedProduct) -> list[str]:
    return [barcode.key for variant in product.variants for barcode in variant.barcodes]


def _only_owner(product: ImportedProduct, owners: Sequence[str | None], saved: SavedCatalog) -> str | None:
    found = list(dict.fromkeys(owner for owner in owners if owner))
    if len(found) > 1:
        names = [saved.drafts[owner].name for owner in found[:3]]
        raise Contradiction(
            _("Its codes belong to several items: %(names)s.", names=_quoted(names)), row=product.row
        )
    return found[0] if found else None


def _refuse_foreign_codes(product: ImportedProduct, item_id: str | None, saved: SavedCatalog) -> None:
    for variant in product.variants:
        owner = saved.by_sku.get(variant.sku) if variant.sku else None
        if owner and owner != item_id:
            raise Contradiction(
                _("The SKU belongs to another item, %(name)s.", name=_quoted([saved.drafts[owner].name])),
                row=variant.row,
                value=variant.sku or "",
            )
        for barcode in variant.barcodes:
            owner = saved.by_gtin.get(barcode.key)
            if owner and owner != item_id:
                raise Contradiction(
                    _(
                        "The barcode belongs to another item, %(name)s.",
                        name=_quoted([saved.drafts[owner].name]),
                    ),
                    row=variant.row,
                    value=barcode.printed,
                )


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
