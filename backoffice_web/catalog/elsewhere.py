"""What an edit of an item leaves alone: how it is sold in stores where the editor does not work."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from backoffice_web.catalog.draft import ItemDraft, VariantDraft


def kept_elsewhere(draft: ItemDraft, before: ItemDraft | None, *, elsewhere: Collection[str]) -> ItemDraft:
    """`draft` with what `before` says about the stores `elsewhere`; a new item says nothing about them."""
    if not elsewhere:
        return draft
    return replace(
        draft,
        sold_in=_sold_in(draft, before, elsewhere),
        variants=tuple(_variant(each, before, elsewhere) for each in draft.variants),
    )


def _sold_in(draft: ItemDraft, before: ItemDraft | None, elsewhere: Collection[str]) -> dict[str, bool]:
    sold_in = {store: is_sold for store, is_sold in draft.sold_in.items() if store not in elsewhere}
    for store in elsewhere if before is not None else ():
        was = before.sold_in.get(store, before.is_sold_everywhere) if before is not None else True
        if was != draft.is_sold_everywhere:
            sold_in[store] = was
    return sold_in


def _variant(variant: VariantDraft, before: ItemDraft | None, elsewhere: Collection[str]) -> VariantDraft:
    known = {each.id: each for each in before.variants} if before is not None else {}
    former = known.get(variant.id) if variant.id else None
    prices = {store: cents for store, cents in variant.store_prices.items() if store not in elsewhere}
    if former is not None:
        prices |= {store: cents for store, cents in former.store_prices.items() if store in elsewhere}
    return replace(variant, store_prices=prices)
