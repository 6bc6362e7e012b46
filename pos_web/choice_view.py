"""What the choice dialog shows of an item: its variants and modifier groups as published now."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from pos_web import current
from pos_web.catalog import published
from pos_web.orders.offer import NotForSale
from pos_web.owned.sold_out import refuse_sold_out, sold_out_keys
from shared_web.formats import fraction_digits
from shared_web.language import _
from sync_contract.owned import modifier_of_key


def choice_context(replica: Session, *, item: str, variant: str = "") -> dict[str, Any]:
    """The dialog's context; `variant` is chosen already. Raises NotForSale, ItemSoldOut."""
    store_id = current.store_id()
    found = published.find_item(replica, store_id=store_id, key=item)
    if found is None:
        raise NotForSale(_("This item is no longer sold here."))
    with current.book_read() as book:
        now = current.now()
        refuse_sold_out(book, store_id=store_id, item=item, variant=variant, name=found.item.name, now=now)
        sold_out = sold_out_keys(book, store_id=store_id, now=now)
    currency = published.profile(replica, store_id=store_id).currency
    return {
        "found": found,
        "groups": published.modifier_groups(replica, store_id=store_id, keys=found.item.modifier_groups),
        "version": published.applied_version(replica, store_id=store_id),
        "currency": currency,
        "fraction_digits": fraction_digits(currency),
        "variant": variant,
        "sold_out": sold_out,
        "sold_out_modifiers": {modifier_of_key(key) for key in sold_out} - {""},
    }


def must_choose(context: dict[str, Any]) -> bool:
    """Does a group demand a modifier?"""
    return any(group.minimum > 0 for _key, group in context["groups"])
