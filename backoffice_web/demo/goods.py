"""Saves what the demo sells: modifier groups, categories, and items in their sizes and prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from backoffice_web.catalog.draft import (
    BarcodeDraft,
    CategoryDraft,
    ItemDraft,
    ModifierDraft,
    ModifierGroupDraft,
    VariantDraft,
)
from backoffice_web.catalog.save_category import save_category
from backoffice_web.catalog.save_item import save_items
from backoffice_web.catalog.save_modifier_group import save_modifier_group
from backoffice_web.demo.barcodes import barcode_of
from backoffice_web.demo.written import (
    WrittenCategory,
    WrittenGroup,
    WrittenItem,
    read_catalog,
    read_choices,
)


@dataclass(frozen=True)
class Ids:
    """The ids behind the words of the files: stores, tax classes, and price lists by their currency."""

    stores: Mapping[str, str]
    tax_classes: Mapping[str, str]
    price_lists: Mapping[str, str]


def save_goods(session: Session, ids: Ids, *, by: str, now: datetime) -> None:
    """Save the whole catalog; prices go to the price lists `usd` and `eur`."""
    groups = {
        word: save_modifier_group(session, _group(group, ids), by=by, now=now).id
        for word, group in read_choices().group.items()
    }
    catalog = read_catalog()
    drafts: list[tuple[str | None, ItemDraft]] = []
    for position, category in enumerate(catalog.category):
        draft = CategoryDraft(name=category.name, tone=category.tone, position=position)
        category_id = save_category(session, draft, by=by, now=now).id
        for place, item in enumerate(category.items):
            sizes = catalog.sizes[item.sizes] if item.sizes else [("", "")]
            drafts.append((None, _item(item, category, category_id, place, sizes, groups, ids)))
    save_items(session, drafts, by=by, now=now)


def _group(group: WrittenGroup, ids: Ids) -> ModifierGroupDraft:
    minimum, maximum = group.choose
    modifiers = tuple(
        ModifierDraft(
            name=choice.name,
            is_default=choice.is_default,
            prices={ids.price_lists["usd"]: choice.usd, ids.price_lists["eur"]: choice.eur},
        )
        for choice in group.choices
    )
    return ModifierGroupDraft(name=group.name, minimum=minimum, maximum=maximum, modifiers=modifiers)


def _item(
    item: WrittenItem,
    category: WrittenCategory,
    category_id: str,
    position: int,
    sizes: list[tuple[str, str]],
    groups: Mapping[str, str],
    ids: Ids,
) -> ItemDraft:
    return ItemDraft(
        name=item.name,
        variants=tuple(_variant(item, place, size, ids) for place, size in enumerate(sizes)),
        category_id=category_id,
        tax_class_id=ids.tax_classes[item.tax_class or category.tax_class],
        tone=item.tone,
        position=position,
        is_favourite=item.favourite,
        is_sold_everywhere=item.only is None,
        sold_in={ids.stores[item.only]: True} if item.only else {},
        modifier_groups=tuple(groups[word] for word in item.asks),
    )


def _variant(item: WrittenItem, place: int, size: tuple[str, str], ids: Ids) -> VariantDraft:
    name, sku_end = size
    listed = {
        ids.price_lists[word]: _at(cents, place)
        for word, cents in (("usd", item.usd), ("eur", item.eur))
        if cents is not None
    }
    return VariantDraft(
        name=name,
        sku=f"{item.sku}-{sku_end}" if sku_end else item.sku,
        barcodes=_barcodes(item.article, place),
        prices=listed,
        store_prices={ids.stores[word]: _at(cents, place) for word, cents in item.own.items()},
    )


def _barcodes(article: int | None, place: int) -> tuple[BarcodeDraft, ...]:
    return (barcode_of(article + place),) if article is not None else ()


def _at(cents: int | list[int], place: int) -> int:
    return cents if isinstance(cents, int) else cents[place]
