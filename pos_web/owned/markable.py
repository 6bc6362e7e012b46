"""What can stand on the 86 list: items, their forms and modifiers, as they are published now."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Session

from pos_web.catalog import published
from pos_web.catalog.tiles import search
from pos_web.orders.offer import NotForSale
from shared_web.language import _
from sync_contract.owned import modifier_of_key, sold_out_key, sold_out_modifier_key

MOST_FOUND = 20


class Markable(msgspec.Struct, frozen=True, kw_only=True):
    """`key` as on the 86 list."""

    key: str
    name: str
    is_modifier: bool = False


def find_markable(replica: Session, *, store_id: str, text: str) -> list[Markable]:
    """What the search finds: items, each with its forms, then modifiers whose name holds every word."""
    found = []
    for tile in search(replica, store_id=store_id, text=text).tiles[:MOST_FOUND]:
        found.append(Markable(key=tile.item, name=tile.name))
        published_item = published.find_item(replica, store_id=store_id, key=tile.item)
        if tile.is_from and published_item is not None:
            found += [
                Markable(key=sold_out_key(tile.item, each.key), name=f"{tile.name} · {each.name}")
                for each in published_item.item.variants
            ]
    return found + _find_modifiers(replica, store_id, text)


def markable_name(replica: Session, *, store_id: str, key: str) -> str:
    """The name of what shall be marked. Raises NotForSale."""
    modifier = modifier_of_key(key)
    if modifier:
        names = _modifier_names(replica, store_id)
        if modifier not in names:
            raise NotForSale(_("This modifier is no longer sold here."))
        return names[modifier]
    item, _slash, variant = key.partition("/")
    found = published.find_item(replica, store_id=store_id, key=item)
    if found is None:
        raise NotForSale(_("This item is no longer sold here."))
    if not variant:
        return found.item.name
    forms = [each.name for each in found.item.variants if each.key == variant]
    if not forms:
        raise NotForSale(_("This form of %(item)s is no longer sold here.", item=found.item.name))
    return f"{found.item.name} · {forms[0]}"


def _find_modifiers(replica: Session, store_id: str, text: str) -> list[Markable]:
    words = text.casefold().split()
    if not words:
        return []
    found = [
        Markable(key=sold_out_modifier_key(key), name=name, is_modifier=True)
        for key, name in _modifier_names(replica, store_id).items()
        if all(word in name.casefold() for word in words)
    ]
    return found[:MOST_FOUND]


def _modifier_names(replica: Session, store_id: str) -> dict[str, str]:
    """Key → "Group · Modifier"."""
    return {
        modifier.key: f"{group.name} · {modifier.name}"
        for group in published.every_modifier_group(replica, store_id=store_id)
        for modifier in group.modifiers
    }
