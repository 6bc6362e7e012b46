"""Saves a modifier group with its modifiers; those that stay keep their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web.catalog.draft import ModifierDraft, ModifierGroupDraft, draft_of_modifier_group
from backoffice_web.catalog.item import Item, ItemModifierGroup
from backoffice_web.catalog.modifier_group import Modifier, ModifierGroup, ModifierPrice
from backoffice_web.catalog.names import Names, yes_or_no
from backoffice_web.database import new_key
from backoffice_web.editing import Complaints, action_between, count_save, name_is_taken, open_for_edit
from backoffice_web.publishing.saved_change import changed_fields, note_change
from shared_web.errors import RuleError
from shared_web.language import _, ngettext


def save_modifier_group(
    session: Session,
    draft: ModifierGroupDraft,
    *,
    group_id: str | None = None,
    revision: int | None = None,
    by: str,
    now: datetime,
) -> ModifierGroup:
    """Create a group or change one. Raises RuleError with fields, StaleEdit, NoSuchRecord."""
    row = open_for_edit(session, ModifierGroup, group_id, revision=revision) if group_id else None
    before = draft_of_modifier_group(row) if row is not None else None
    if row is not None and before == draft:
        return row
    _check(session, draft, group_id)
    names = Names(session)
    was = modifier_group_words(before, names) if before else {}
    if row is None:
        row = ModifierGroup(id=new_key(), name=draft.name)
        session.add(row)
    with session.no_autoflush:
        _apply(row, draft)
    count_save(row)
    session.flush()
    note_change(
        session,
        kind="modifier_group",
        key=row.id,
        label=row.name,
        action=action_between(before, draft),
        fields=changed_fields(was, modifier_group_words(draft, names)),
        stores=None,
        by=by,
        now=now,
    )
    return row


def modifier_group_words(draft: ModifierGroupDraft, names: Names) -> dict[str, str]:
    words = {
        _("Name"): draft.name,
        _("At least"): str(draft.minimum),
        _("At most"): str(draft.maximum) if draft.maximum else _("no limit"),
        _("Modifiers"): ", ".join(modifier.name for modifier in draft.modifiers),
        _("Chosen beforehand"): ", ".join(row.name for row in draft.modifiers if row.is_default),
        _("Archived"): yes_or_no(True) if draft.is_archived else "",
    }
    for modifier in draft.modifiers:
        for price_list, cents in modifier.prices.items():
            label = _("%(name)s: Price (%(list)s)", name=modifier.name, list=names.price_list(price_list))
            words[label] = names.listed_price(price_list, cents)
    return {label: value for label, value in words.items() if value}


def _apply(row: ModifierGroup, draft: ModifierGroupDraft) -> None:
    row.name = draft.name.strip()
    row.minimum, row.maximum, row.is_archived = draft.minimum, draft.maximum, draft.is_archived
    known = {modifier.id: modifier for modifier in row.modifiers}
    modifiers = []
    for position, wanted in enumerate(draft.modifiers):
        modifier = known.get(wanted.id or "") or Modifier(id=new_key())
        modifier.name, modifier.position, modifier.is_default = (
            wanted.name.strip(),
            position,
            wanted.is_default,
        )
        _apply_prices(modifier, wanted.prices)
        modifiers.append(modifier)
    row.modifiers = modifiers


def _apply_prices(modifier: Modifier, prices: Mapping[str, int]) -> None:
    known = {price.price_list_id: price for price in modifier.prices}
    for price_list, cents in prices.items():
        if price_list in known:
            known[price_list].price_cents = cents
        else:
            modifier.prices.append(ModifierPrice(price_list_id=price_list, price_cents=cents))
    for price_list in known.keys() - prices.keys():
        modifier.prices.remove(known[price_list])


def _check(session: Session, draft: ModifierGroupDraft, group_id: str | None) -> None:
    complaints = Complaints()
    complaints.check_name(draft.name, longest=80)
    if name_is_taken(session, ModifierGroup, draft.name, group_id):
        complaints.add("name", _("Another modifier group has this name."))
    _check_modifiers(draft.modifiers, complaints)
    _check_limits(draft, complaints)
    complaints.raise_if_any()
    if draft.is_archived and group_id:
        _check_unused(session, group_id)


def _check_modifiers(modifiers: Sequence[ModifierDraft], complaints: Complaints) -> None:
    if not modifiers:
        complaints.add("modifiers", _("A modifier group needs at least one modifier."))
    seen: set[str] = set()
    for index, modifier in enumerate(modifiers):
        field = f"modifiers-{index}-name"
        complaints.check_name(modifier.name, longest=80, field=field)
        name = modifier.name.strip().casefold()
        if name in seen:
            complaints.add(field, _("Another modifier of this group has this name."))
        seen.add(name)


def _check_limits(draft: ModifierGroupDraft, complaints: Complaints) -> None:
    if draft.minimum < 0:
        complaints.add("minimum", _("Enter 0 or more."))
    elif draft.minimum > len(draft.modifiers):
        complaints.add("minimum", _("There are not that many modifiers to choose from."))
    if draft.maximum < 0:
        complaints.add("maximum", _("Enter 0 or more."))
    elif 0 < draft.maximum < draft.minimum:
        complaints.add("maximum", _("This must not be less than the minimum."))
    chosen = sum(modifier.is_default for modifier in draft.modifiers)
    if draft.maximum and chosen > draft.maximum:
        complaints.add("maximum", _("More modifiers are chosen beforehand than this allows."))


def _check_unused(session: Session, group_id: str) -> None:
    query = (
        select(func.count())
        .select_from(ItemModifierGroup)
        .join(Item, Item.id == ItemModifierGroup.item_id)
        .where(ItemModifierGroup.group_id == group_id, ~Item.is_archived)
    )
    count = session.scalar(query) or 0
    if count:
        raise RuleError(
            ngettext(
                "%(count)s item asks for this group. Take it off that item first.",
                "%(count)s items ask for this group. Take it off those items first.",
                count,
            )
        )
