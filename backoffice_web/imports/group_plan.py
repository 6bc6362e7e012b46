"""Modifier groups of a file against the saved ones: by name, since people share groups between items.

A group that is missing is made. In one that exists, prices in this store's price list and modifiers that
are missing come from the file; its limits, its other prices and what else is in it stay as people set them.
Two groups of one name in the file are two groups: the second is called "Milk (2)".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from backoffice_web.catalog.draft import ModifierDraft, ModifierGroupDraft, draft_of_modifier_group
from backoffice_web.catalog.modifier_group import Modifier, ModifierGroup
from backoffice_web.imports.cell_text import SHORT_NAME_LENGTH, shortened
from backoffice_web.imports.pricing import PriceTarget
from backoffice_web.imports.product import ImportedModifierGroup, ImportedProduct
from backoffice_web.imports.references import PLACEHOLDER

Planned = tuple[str | None, ModifierGroupDraft]
"""The key of a saved group or None, and what it becomes."""


class ModifierGroups:
    def __init__(self, session: Session, products: Iterable[ImportedProduct], target: PriceTarget) -> None:
        groups = [group for product in products for group in product.modifier_groups]
        self._keys: dict[str, str] = {}
        self._planned: dict[str, Planned] = {}
        self.names: dict[str, str] = {}
        """Placeholder → the name that it stands for."""
        if not groups:
            return
        loaded = select(ModifierGroup).options(
            selectinload(ModifierGroup.modifiers).selectinload(Modifier.prices)
        )
        self._saved = {row.name.casefold(): row for row in session.scalars(loaded)}
        used: set[str] = set()
        for group in groups:
            if _identity(group) not in self._keys:
                self._plan(group, _free_name(group.name, used), target)

    def key_of(self, group: ImportedModifierGroup) -> str | None:
        """The key or placeholder; None for a group without choices that does not exist here."""
        return self._keys.get(_identity(group)) or None

    def wanted(self, keys: Iterable[str]) -> dict[str, Planned]:
        """Those of `keys` that have to be saved: the new ones and the changed ones."""
        return {key: self._planned[key] for key in dict.fromkeys(keys) if key in self._planned}

    def _plan(self, group: ImportedModifierGroup, name: str, target: PriceTarget) -> None:
        saved = self._saved.get(name.casefold())
        if saved is not None:
            key, before = saved.id, draft_of_modifier_group(saved)
            after = _merged(before, group, target)
            if after != before:
                self._planned[key] = key, after
        elif group.modifiers:
            key = f"{PLACEHOLDER}group {name.casefold()}"
            self._planned[key] = None, _new(group, name, target)
            self.names[key] = name
        else:
            key = ""
        self._keys[_identity(group)] = key


def _identity(group: ImportedModifierGroup) -> str:
    """One list with other limits on another item is another group here: limits belong to the group."""
    return f"{group.source_key} {group.minimum} {group.maximum}"


def _free_name(name: str, used: set[str]) -> str:
    candidate, count = name, 1
    while candidate.casefold() in used:
        count += 1
        candidate = f"{shortened(name, SHORT_NAME_LENGTH - 6)} ({count})"
    used.add(candidate.casefold())
    return candidate


def _new(group: ImportedModifierGroup, name: str, target: PriceTarget) -> ModifierGroupDraft:
    modifiers = _with_modifiers((), group, target)
    minimum = min(group.minimum, len(modifiers))
    maximum = max(group.maximum, minimum) if group.maximum is not None else 0
    return ModifierGroupDraft(name=name, minimum=minimum, maximum=maximum, modifiers=modifiers)


def _merged(
    before: ModifierGroupDraft, group: ImportedModifierGroup, target: PriceTarget
) -> ModifierGroupDraft:
    return replace(before, is_archived=False, modifiers=_with_modifiers(before.modifiers, group, target))


def _with_modifiers(
    before: tuple[ModifierDraft, ...], group: ImportedModifierGroup, target: PriceTarget
) -> tuple[ModifierDraft, ...]:
    result = {modifier.name.casefold(): modifier for modifier in before}
    for imported in group.modifiers:
        if not imported.name:
            continue
        cents = target.cents(imported.price)
        modifier = result.get(imported.name.casefold()) or ModifierDraft(name=imported.name)
        # A modifier without a price adds nothing: that is what a price of 0 says, too.
        if modifier.id is None or modifier.prices.get(target.price_list_id, 0) != cents:
            modifier = replace(modifier, prices={**modifier.prices, target.price_list_id: cents})
        result[imported.name.casefold()] = modifier
    return tuple(result.values())
