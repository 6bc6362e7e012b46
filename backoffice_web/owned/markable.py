"""What can be marked on a store's 86 list: items, their forms and modifiers, by search and by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import Session, selectinload

from backoffice_web.catalog.item import Item
from backoffice_web.catalog.modifier_group import Modifier, ModifierGroup
from backoffice_web.listing import contains, equals, starts
from sync_contract.owned import modifier_of_key, sold_out_key, sold_out_modifier_key

MOST_FOUND = 20


@dataclass(frozen=True)
class Markable:
    """`key` as on the 86 list."""

    key: str
    name: str
    is_modifier: bool = False


def find_markable(session: Session, text: str) -> list[Markable]:
    """What the search finds: items by name, each with its forms, then modifiers.

    Of each first what is called so, then what begins so, then what has it somewhere.
    """
    return _items(session, text) + _modifiers(session, text) if text else []


def markable_name(session: Session, key: str) -> str | None:
    """The name of what shall be marked; None for what does not exist."""
    modifier = modifier_of_key(key)
    if modifier:
        row = session.get(Modifier, modifier)
        return _modifier_name(row) if row is not None and not row.group.is_archived else None
    item_id, _slash, variant = key.partition("/")
    item = session.get(Item, item_id)
    if item is None or item.is_archived:
        return None
    if not variant:
        return item.name
    return next((f"{item.name} · {one.name}" for one in item.variants if one.id == variant), None)


def _items(session: Session, text: str) -> list[Markable]:
    items = session.scalars(
        select(Item)
        .where(contains(Item.name, text), ~Item.is_archived)
        .options(selectinload(Item.variants))
        .order_by(*_best_first(Item.name, text), Item.id)
        .limit(MOST_FOUND)
    )
    found = []
    for item in items:
        found.append(Markable(item.id, item.name))
        if len(item.variants) > 1:
            found += [
                Markable(sold_out_key(item.id, one.id), f"{item.name} · {one.name}") for one in item.variants
            ]
    return found


def _modifiers(session: Session, text: str) -> list[Markable]:
    modifiers = session.scalars(
        select(Modifier)
        .join(Modifier.group)
        .where(contains(Modifier.name, text) | contains(ModifierGroup.name, text), ~ModifierGroup.is_archived)
        .options(selectinload(Modifier.group))
        .order_by(*_best_first(Modifier.name, text), ModifierGroup.name, Modifier.position, Modifier.id)
        .limit(MOST_FOUND)
    )
    return [
        Markable(sold_out_modifier_key(one.id), _modifier_name(one), is_modifier=True) for one in modifiers
    ]


def _modifier_name(modifier: Modifier) -> str:
    return f"{modifier.group.name} · {modifier.name}"


def _best_first(name: Any, text: str) -> Sequence[Any]:
    return case((equals(name, text), 0), (starts(name, text), 1), else_=2), name
