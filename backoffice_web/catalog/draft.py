"""The catalog as somebody wants it: plain structs that editors, imports and the demo hand to the savers.

Money is in minor units of the price list's (or the store's) currency. A draft says everything about
its record: to change one thing, take `draft_of(...)` and `dataclasses.replace` that one thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.item import Item, Variant
from backoffice_web.catalog.modifier_group import Modifier, ModifierGroup
from backoffice_web.catalog.tax import Tax, TaxClass


@dataclass(frozen=True, kw_only=True)
class BarcodeDraft:
    """`code` as printed; `gtin` is what its zero-paddings share (14 digits), or the code itself."""

    code: str
    gtin: str


@dataclass(frozen=True, kw_only=True)
class VariantDraft:
    """`id` None makes a new variant. `prices` by price list id, `store_prices` by store id."""

    id: str | None = None
    name: str = ""
    sku: str = ""
    barcodes: tuple[BarcodeDraft, ...] = ()
    prices: Mapping[str, int] = field(default_factory=dict)
    store_prices: Mapping[str, int] = field(default_factory=dict)
    source_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class ItemDraft:
    """`sold_in` holds the stores that differ from `is_sold_everywhere`: store id → sold there."""

    name: str
    variants: tuple[VariantDraft, ...]
    category_id: str | None = None
    tax_class_id: str | None = None
    tone: str = ""
    position: int = 0
    is_favourite: bool = False
    is_archived: bool = False
    is_sold_everywhere: bool = True
    sold_in: Mapping[str, bool] = field(default_factory=dict)
    modifier_groups: tuple[str, ...] = ()
    source: str | None = None
    source_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class CategoryDraft:
    name: str
    tone: str = "other"
    position: int = 0
    is_archived: bool = False


@dataclass(frozen=True, kw_only=True)
class ModifierDraft:
    """`prices` by price list id: what it adds to the line's unit price."""

    id: str | None = None
    name: str
    is_default: bool = False
    prices: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ModifierGroupDraft:
    """`maximum` 0 is no limit."""

    name: str
    minimum: int = 0
    maximum: int = 1
    modifiers: tuple[ModifierDraft, ...] = ()
    is_archived: bool = False


@dataclass(frozen=True, kw_only=True)
class TaxDraft:
    """`rate_millionths` 88,750 is 8.875 %."""

    store_id: str
    name: str
    rate_millionths: int
    is_inclusive: bool = False
    position: int = 0
    tax_classes: tuple[str, ...] = ()
    is_archived: bool = False


@dataclass(frozen=True, kw_only=True)
class TaxClassDraft:
    name: str
    is_default: bool = False


def draft_of_item(item: Item) -> ItemDraft:
    return ItemDraft(
        name=item.name,
        variants=tuple(_draft_of_variant(variant) for variant in item.variants),
        category_id=item.category_id,
        tax_class_id=item.tax_class_id,
        tone=item.tone,
        position=item.position,
        is_favourite=item.is_favourite,
        is_archived=item.is_archived,
        is_sold_everywhere=item.is_sold_everywhere,
        sold_in={row.store_id: row.is_sold for row in item.store_items},
        modifier_groups=tuple(link.group_id for link in item.group_links),
        source=item.source,
        source_key=item.source_key,
    )


def draft_of_category(category: Category) -> CategoryDraft:
    return CategoryDraft(
        name=category.name,
        tone=category.tone,
        position=category.position,
        is_archived=category.is_archived,
    )


def draft_of_modifier_group(group: ModifierGroup) -> ModifierGroupDraft:
    return ModifierGroupDraft(
        name=group.name,
        minimum=group.minimum,
        maximum=group.maximum,
        modifiers=tuple(_draft_of_modifier(modifier) for modifier in group.modifiers),
        is_archived=group.is_archived,
    )


def draft_of_tax(tax: Tax) -> TaxDraft:
    return TaxDraft(
        store_id=tax.store_id,
        name=tax.name,
        rate_millionths=tax.rate_millionths,
        is_inclusive=tax.is_inclusive,
        position=tax.position,
        tax_classes=tuple(sorted(row.id for row in tax.classes)),
        is_archived=tax.is_archived,
    )


def draft_of_tax_class(tax_class: TaxClass) -> TaxClassDraft:
    return TaxClassDraft(name=tax_class.name, is_default=tax_class.is_default)


def _draft_of_variant(variant: Variant) -> VariantDraft:
    return VariantDraft(
        id=variant.id,
        name=variant.name,
        sku=variant.sku or "",
        barcodes=tuple(BarcodeDraft(code=row.code, gtin=row.gtin) for row in variant.barcodes),
        prices={row.price_list_id: row.price_cents for row in variant.prices},
        store_prices={row.store_id: row.price_cents for row in variant.store_prices},
        source_key=variant.source_key,
    )


def _draft_of_modifier(modifier: Modifier) -> ModifierDraft:
    return ModifierDraft(
        id=modifier.id,
        name=modifier.name,
        is_default=modifier.is_default,
        prices={row.price_list_id: row.price_cents for row in modifier.prices},
    )
