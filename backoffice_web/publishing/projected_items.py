"""Items and modifier groups as one store sells them: its prices, its assortment, its tax classes.

Invariants: a store's own price wins over its price list; an item of which a variant has no price in
the store cannot be published there; tuples come in a fixed order, so that same data gives same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from backoffice_web.catalog.item import (
    Barcode,
    Item,
    ItemModifierGroup,
    StoreItem,
    StorePrice,
    Variant,
    VariantPrice,
)
from backoffice_web.catalog.modifier_group import Modifier, ModifierGroup, ModifierPrice
from backoffice_web.catalog.tax import TaxClass
from backoffice_web.publishing.upsert import table_of
from backoffice_web.stores.store import Store
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract import records


class NotPublishable(RuleError):
    """The record stays as it is published until somebody completes it."""


class NeedsPrice(NotPublishable):
    """A variant of the item has no price in the store's price list and none of the store's own."""


Projected = records.Record | NotPublishable | None
T = TypeVar("T")

_items, _variants, _barcodes = table_of(Item), table_of(Variant), table_of(Barcode)
_links, _assortment = table_of(ItemModifierGroup), table_of(StoreItem)
_list_prices, _store_prices = table_of(VariantPrice), table_of(StorePrice)
_groups, _modifiers, _modifier_prices = table_of(ModifierGroup), table_of(Modifier), table_of(ModifierPrice)


def project_items(session: Session, store: Store, keys: Sequence[str]) -> dict[str, Projected]:
    """The items among `keys`, read in six statements however many they are."""
    rows = session.execute(
        select(_items, _assortment.c.is_sold)
        .outerjoin(_assortment, (_assortment.c.item_id == _items.c.id) & (_assortment.c.store_id == store.id))
        .where(_items.c.id.in_(keys))
    ).all()
    sold = [row for row in rows if not row.is_archived and _is_sold(row)]
    item_ids = [row.id for row in sold]
    parts = _Parts(session, store, item_ids)
    return {row.id: _item(row, parts, store) for row in sold}


def project_modifier_groups(session: Session, store: Store, keys: Sequence[str]) -> dict[str, Projected]:
    """The groups among `keys`; a modifier without a price in the store's list adds nothing."""
    rows = session.execute(select(_groups).where(_groups.c.id.in_(keys), ~_groups.c.is_archived)).all()
    choices = session.execute(
        select(_modifiers, _modifier_prices.c.price_cents)
        .outerjoin(
            _modifier_prices,
            (_modifier_prices.c.modifier_id == _modifiers.c.id)
            & (_modifier_prices.c.price_list_id == store.price_list_id),
        )
        .where(_modifiers.c.group_id.in_([row.id for row in rows]))
        .order_by(_modifiers.c.position, _modifiers.c.id)
    )
    by_group = _gathered((row.group_id, _modifier(row)) for row in choices)
    return {
        row.id: records.ModifierGroup(
            name=row.name, minimum=row.minimum, maximum=row.maximum, modifiers=by_group.get(row.id, ())
        )
        for row in rows
    }


class _Parts:
    """What belongs to a chunk of items, gathered by the key of its owner."""

    def __init__(self, session: Session, store: Store, item_ids: Sequence[str]) -> None:
        self.default_class = default_tax_class(session)
        self.variants = _variants_of(session, store, item_ids)
        self.barcodes = _gathered(
            session.execute(
                select(_barcodes.c.variant_id, _barcodes.c.code)
                .join(_variants, _variants.c.id == _barcodes.c.variant_id)
                .where(_variants.c.item_id.in_(item_ids))
                .order_by(_barcodes.c.position, _barcodes.c.code)
            )
        )
        self.groups = _gathered(
            session.execute(
                select(_links.c.item_id, _links.c.group_id)
                .where(_links.c.item_id.in_(item_ids))
                .order_by(_links.c.position, _links.c.group_id)
            )
        )


def default_tax_class(session: Session) -> str:
    """The class of items that name none, or nothing."""
    return session.scalar(select(TaxClass.id).where(TaxClass.is_default).order_by(TaxClass.id)) or ""


def _is_sold(row: Row[Any]) -> bool:
    return bool(row.is_sold_everywhere if row.is_sold is None else row.is_sold)


def _item(row: Row[Any], parts: _Parts, store: Store) -> Projected:
    variants = parts.variants.get(row.id, ())
    if not variants:
        return NotPublishable(_("%(name)s needs a variant before it can be published.", name=row.name))
    if any(_price(variant) is None for variant in variants):
        return NeedsPrice(
            _(
                "%(name)s needs a price in %(store)s before it can be published.",
                name=row.name,
                store=store.name,
            )
        )
    return records.Item(
        name=row.name,
        category=row.category_id or "",
        tax_class=row.tax_class_id or parts.default_class,
        tone=row.tone,
        position=row.position,
        is_favourite=row.is_favourite,
        variants=tuple(_variant(variant, parts.barcodes.get(variant.id, ())) for variant in variants),
        modifier_groups=parts.groups.get(row.id, ()),
    )


def _variant(row: Row[Any], barcodes: tuple[str, ...]) -> records.Variant:
    price = _price(row)
    assert price is not None
    return records.Variant(key=row.id, name=row.name, price_cents=price, sku=row.sku or "", barcodes=barcodes)


def _price(row: Row[Any]) -> int | None:
    return row.list_price if row.store_price is None else row.store_price  # type: ignore[no-any-return]


def _variants_of(
    session: Session, store: Store, item_ids: Sequence[str]
) -> Mapping[str, tuple[Row[Any], ...]]:
    in_list = (_list_prices.c.variant_id == _variants.c.id) & (
        _list_prices.c.price_list_id == store.price_list_id
    )
    in_store = (_store_prices.c.variant_id == _variants.c.id) & (_store_prices.c.store_id == store.id)
    rows = session.execute(
        select(
            _variants,
            _list_prices.c.price_cents.label("list_price"),
            _store_prices.c.price_cents.label("store_price"),
        )
        .outerjoin(_list_prices, in_list)
        .outerjoin(_store_prices, in_store)
        .where(_variants.c.item_id.in_(item_ids))
        .order_by(_variants.c.position, _variants.c.id)
    )
    return _gathered((row.item_id, row) for row in rows)


def _modifier(row: Row[Any]) -> records.Modifier:
    return records.Modifier(
        key=row.id, name=row.name, price_cents=row.price_cents or 0, is_default=row.is_default
    )


def _gathered(pairs: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    lists: dict[str, list[T]] = defaultdict(list)
    for owner, thing in pairs:
        lists[owner].append(thing)
    return {owner: tuple(things) for owner, things in lists.items()}
