"""An item in words, field by field: what the journal, the conflict page and the diffs compare."""

from __future__ import annotations

from backoffice_web.catalog.draft import ItemDraft, VariantDraft
from backoffice_web.catalog.names import Names, tone_word, yes_or_no
from shared_web.language import _


def item_words(draft: ItemDraft, names: Names) -> dict[str, str]:
    """Label → value, in the order of the editor. Empty values are left out."""
    words = {
        _("Name"): draft.name,
        _("Category"): names.category(draft.category_id),
        _("Tax class"): names.tax_class(draft.tax_class_id),
        _("Tile colour"): tone_word(draft.tone),
        _("Position"): str(draft.position),
        _("Favourite"): yes_or_no(draft.is_favourite),
        _("Sold in"): _sold_in(draft, names),
        _("Modifier groups"): ", ".join(names.group(key) for key in draft.modifier_groups),
        _("Variants"): ", ".join(variant.name for variant in draft.variants if variant.name),
    }
    for variant in draft.variants:
        words |= _variant_words(variant, names)
    if draft.is_archived:
        words[_("Archived")] = yes_or_no(True)
    return {label: value for label, value in words.items() if value}


def _variant_words(variant: VariantDraft, names: Names) -> dict[str, str]:
    words: dict[str, str] = {}
    for price_list, cents in variant.prices.items():
        words[_price_label(variant, price_list, names)] = names.listed_price(price_list, cents)
    for store, cents in variant.store_prices.items():
        label = _("Price in %(store)s", store=names.store(store))
        words[_labelled(variant, label)] = names.store_price(store, cents)
    words[_labelled(variant, _("SKU"))] = variant.sku
    words[_labelled(variant, _("Barcodes"))] = ", ".join(barcode.code for barcode in variant.barcodes)
    return words


def _price_label(variant: VariantDraft, price_list: str, names: Names) -> str:
    if len(names.price_lists) == 1:
        return _labelled(variant, _("Price"))
    return _labelled(variant, _("Price (%(list)s)", list=names.price_list(price_list)))


def _labelled(variant: VariantDraft, label: str) -> str:
    return f"{variant.name}: {label}" if variant.name else label


def _sold_in(draft: ItemDraft, names: Names) -> str:
    sold = [key for key in names.stores if draft.sold_in.get(key, draft.is_sold_everywhere)]
    if len(sold) == len(names.stores):
        return _("All stores") if draft.is_sold_everywhere else ", ".join(map(names.store, sold))
    return ", ".join(map(names.store, sold)) or _("No store")
