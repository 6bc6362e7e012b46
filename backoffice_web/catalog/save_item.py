"""Saves an item as a draft describes it: at no till before it is published.

Invariants: journal entries and marks are written in the same transaction; variants that stay keep
their keys; a draft equal to what is saved changes nothing and counts no revision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.catalog.draft import BarcodeDraft, ItemDraft, VariantDraft, draft_of_item
from backoffice_web.catalog.item import (
    Barcode,
    Item,
    ItemModifierGroup,
    StoreItem,
    StorePrice,
    Variant,
    VariantPrice,
)
from backoffice_web.catalog.item_rules import check_item
from backoffice_web.catalog.item_words import item_words
from backoffice_web.catalog.names import Names
from backoffice_web.database import new_key
from backoffice_web.editing import action_between, open_for_edit
from backoffice_web.publishing.saved_change import SavedChange, changed_fields, note_changes


def save_item(
    session: Session,
    draft: ItemDraft,
    *,
    item_id: str | None = None,
    revision: int | None = None,
    by: str,
    now: datetime,
) -> Item:
    """Create the item, or change `item_id` as it was in `revision` (None: whatever it is now).

    Raises RuleError with fields, StaleEdit, NoSuchRecord.
    """
    item, change = write_item(session, draft, item_id=item_id, revision=revision, now=now)
    if change is not None:
        note_changes(session, [change], stores=None, by=by, now=now)
    session.flush()
    return item


def save_items(
    session: Session, drafts: Sequence[tuple[str | None, ItemDraft]], *, by: str, now: datetime
) -> list[SavedChange]:
    """`save_item` for many (item id or None, draft) pairs; returns what really changed."""
    names = Names(session)
    written = [write_item(session, draft, item_id=key, now=now, names=names) for key, draft in drafts]
    changes = [change for _item, change in written if change is not None]
    note_changes(session, changes, stores=None, by=by, now=now)
    session.flush()
    return changes


def write_item(
    session: Session,
    draft: ItemDraft,
    *,
    item_id: str | None = None,
    item: Item | None = None,
    revision: int | None = None,
    now: datetime,
    names: Names | None = None,
) -> tuple[Item, SavedChange | None]:
    """`save_item` without note and flush: the caller hands the changes of many items to `note_changes`.

    An item that is loaded already is given as `item`, with the lock that it was loaded under.
    """
    names = names or Names(session)
    if item_id and item is None:
        item = open_for_edit(session, Item, item_id, revision=revision)
    before = draft_of_item(item) if item is not None else None
    if item is not None and before == draft:
        return item, None
    check_item(session, draft, before=before, item_id=item.id if item is not None else None)
    if item is None:
        item = Item(id=new_key(), created_at=now)
        session.add(item)
    with session.no_autoflush:
        _apply(session, item, draft)
    item.changed_at = now
    return item, _change(item, before, draft, names)


def _change(item: Item, before: ItemDraft | None, after: ItemDraft, names: Names) -> SavedChange:
    was = item_words(before, names) if before is not None else {}
    action = action_between(before, after)
    fields = changed_fields(was, item_words(after, names))
    return SavedChange(kind="item", key=item.id, label=item.name, action=action, fields=fields)


def _apply(session: Session, item: Item, draft: ItemDraft) -> None:
    item.name = draft.name.strip()
    item.category_id = draft.category_id
    item.tax_class_id = draft.tax_class_id
    item.tone = draft.tone
    item.position = draft.position
    item.is_favourite = draft.is_favourite
    item.is_archived = draft.is_archived
    item.is_sold_everywhere = draft.is_sold_everywhere
    item.source, item.source_key = draft.source, draft.source_key
    _apply_stores(item, draft.sold_in)
    _apply_groups(item, draft.modifier_groups)
    _apply_variants(session, item, draft.variants)


def _apply_stores(item: Item, sold_in: Mapping[str, bool]) -> None:
    known = {row.store_id: row for row in item.store_items}
    for store_id, is_sold in sold_in.items():
        if store_id in known:
            known[store_id].is_sold = is_sold
        else:
            item.store_items.append(StoreItem(store_id=store_id, is_sold=is_sold))
    for store_id in known.keys() - sold_in.keys():
        item.store_items.remove(known[store_id])


def _apply_groups(item: Item, groups: Sequence[str]) -> None:
    known = {link.group_id: link for link in item.group_links}
    links = []
    for position, group_id in enumerate(dict.fromkeys(groups)):
        link = known.get(group_id) or ItemModifierGroup(group_id=group_id)
        link.position = position
        links.append(link)
    item.group_links = links


def _apply_variants(session: Session, item: Item, drafts: Sequence[VariantDraft]) -> None:
    known = {variant.id: variant for variant in item.variants}
    barcodes = {row.gtin: row for variant in item.variants for row in variant.barcodes}
    kept = {draft.id for draft in drafts if draft.id in known}
    _release_skus(session, [known[key] for key in known], drafts)
    variants = []
    for position, draft in enumerate(drafts):
        variant = known[draft.id] if draft.id in kept and draft.id else Variant(id=new_key())
        _apply_variant(variant, draft, position)
        variants.append(variant)
    item.variants = variants
    for variant, draft in zip(variants, drafts, strict=True):
        _apply_barcodes(variant, draft.barcodes, barcodes)


def _release_skus(session: Session, variants: Sequence[Variant], drafts: Sequence[VariantDraft]) -> None:
    # Two variants that swap their SKUs would meet the unique index halfway.
    wanted = {draft.id: draft.sku for draft in drafts if draft.id}
    moved = [variant for variant in variants if variant.sku and wanted.get(variant.id) != variant.sku]
    if not any(draft.sku in {variant.sku for variant in moved} for draft in drafts if draft.sku):
        return
    for variant in moved:
        variant.sku = None
    session.flush()


def _apply_variant(variant: Variant, draft: VariantDraft, position: int) -> None:
    variant.name = draft.name.strip()
    variant.sku = draft.sku.strip() or None
    variant.position = position
    variant.source_key = draft.source_key
    listed = {row.price_list_id: row for row in variant.prices}
    for price_list, cents in draft.prices.items():
        if price_list in listed:
            listed[price_list].price_cents = cents
        else:
            variant.prices.append(VariantPrice(price_list_id=price_list, price_cents=cents))
    for price_list in listed.keys() - draft.prices.keys():
        variant.prices.remove(listed[price_list])
    own = {row.store_id: row for row in variant.store_prices}
    for store_id, cents in draft.store_prices.items():
        if store_id in own:
            own[store_id].price_cents = cents
        else:
            variant.store_prices.append(StorePrice(store_id=store_id, price_cents=cents))
    for store_id in own.keys() - draft.store_prices.keys():
        variant.store_prices.remove(own[store_id])


def _apply_barcodes(variant: Variant, drafts: Sequence[BarcodeDraft], known: dict[str, Barcode]) -> None:
    # A barcode that moves to another variant keeps its row: the code is its primary key.
    rows = []
    for position, draft in enumerate(drafts):
        row = known.get(draft.gtin) or Barcode(gtin=draft.gtin)
        row.code, row.position = draft.code, position
        rows.append(row)
    variant.barcodes = rows


def item_of_barcode(session: Session, gtin: str) -> str | None:
    """The id of the item that has this barcode (as `BarcodeDraft.gtin`)."""
    return session.scalar(
        select(Variant.item_id).join(Barcode, Barcode.variant_id == Variant.id).where(Barcode.gtin == gtin)
    )
