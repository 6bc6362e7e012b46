"""What one item costs and which taxes it has now: the only place where a line's price comes from."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from pos_web.catalog import published
from pos_web.orders.modifiers import check_choice
from pos_web.orders.tax import RungTax
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.records import Item, Variant
from sync_contract.uploads import LineModifier


class NotForSale(RuleError):
    """The item, or this form of it, is not sold in this store (any more)."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An item as it is sold now: all that a line copies. `unit_price_cents` has the modifiers in it."""

    item: str
    variant: str
    name: str
    variant_name: str
    category: str
    unit_price_cents: int
    modifiers: tuple[LineModifier, ...]
    taxes: tuple[RungTax, ...]
    published_in: int


def make_offer(
    replica: Session, *, store_id: str, item: str, variant: str = "", modifiers: Sequence[str] = ()
) -> Offer:
    """The current offer for a choice. `variant` may stay empty when the item has only one.

    Raises NotForSale, or ModifierRequired when the choice breaks a group's minimum or maximum.
    """
    found = published.find_item(replica, store_id=store_id, key=item)
    if found is None:
        raise NotForSale(_("This item is no longer sold here."))
    chosen = _variant(found.item, variant)
    groups = published.modifier_groups(replica, store_id=store_id, keys=found.item.modifier_groups)
    picked = check_choice([group for _key, group in groups], modifiers)
    # Modifiers may take something off, but never make the house pay.
    price = max(chosen.price_cents + sum(each.price_cents for each in picked), 0)
    return Offer(
        item=item,
        variant=chosen.key,
        name=found.item.name,
        variant_name=chosen.name,
        category=published.category_name(replica, store_id=store_id, key=found.item.category),
        unit_price_cents=price,
        modifiers=picked,
        taxes=taxes_of(replica, store_id=store_id, tax_class=found.item.tax_class),
        published_in=found.version,
    )


def taxes_of(replica: Session, *, store_id: str, tax_class: str) -> tuple[RungTax, ...]:
    """The store's taxes that cover `tax_class`, in their order."""
    return tuple(
        RungTax(tax=key, name=tax.name, rate_millionths=tax.rate_millionths, is_inclusive=tax.is_inclusive)
        for key, tax in published.taxes(replica, store_id=store_id)
        if tax_class in tax.tax_classes
    )


def _variant(item: Item, key: str) -> Variant:
    if not key and len(item.variants) == 1:
        return item.variants[0]
    for variant in item.variants:
        if variant.key == key:
            return variant
    if not key:
        raise NotForSale(_("Choose which %(item)s.", item=item.name))
    raise NotForSale(_("This form of %(item)s is no longer sold here.", item=item.name))
