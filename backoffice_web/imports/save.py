"""Saves a dry run: all of it in the caller's transaction, or nothing.

Invariants: it plans again, since the catalog may have moved on, and saves only what a person has seen;
an import that was saved already is left alone, so that a second press does nothing; a file that changes
nothing writes neither journal nor marks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.exc import StaleDataError

from backoffice_web.catalog.draft import ItemDraft, TaxClassDraft
from backoffice_web.catalog.item import Item, Variant
from backoffice_web.catalog.item_words import item_words
from backoffice_web.catalog.names import Names
from backoffice_web.catalog.save_category import save_category
from backoffice_web.catalog.save_item import write_item
from backoffice_web.catalog.save_modifier_group import save_modifier_group
from backoffice_web.catalog.save_tax import save_tax_class
from backoffice_web.database import new_key
from backoffice_web.imports.import_run import PLANNED, SAVED, ImportRun
from backoffice_web.imports.known_key import KnownKey
from backoffice_web.imports.new_items import insert_items
from backoffice_web.imports.plan import CHANGED, NEW, ImportPlan, PlannedItem, plan
from backoffice_web.imports.readings import note_plan, reading_of
from backoffice_web.imports.references import NOT_TAXED, NOT_TAXED_NAME
from backoffice_web.imports.report import packed, report_of
from backoffice_web.publishing.published import RecordKey
from backoffice_web.publishing.saved_change import SavedChange, changed_fields, note_changes
from backoffice_web.publishing.upsert import chunks, upsert
from backoffice_web.stores.store import Store
from shared_web.errors import RuleError, StaleEdit
from shared_web.language import _


class PlanMovedOn(StaleEdit):
    """The catalog changed since the dry run was shown; `plan` says what would happen now."""

    def __init__(self, plan: ImportPlan) -> None:
        super().__init__(_("The catalog was changed meanwhile. This is what the import would do now."))
        self.plan = plan


@dataclass(frozen=True, kw_only=True)
class SavedPlan:
    """The ids of the plan's items, in their order, and the other (kind, key) records that were saved."""

    item_ids: tuple[str, ...]
    records: tuple[RecordKey, ...]


def save_import(session: Session, *, run: ImportRun, by: str, now: datetime) -> bool:
    """Save what the run's dry run showed. False when it was saved before, by whomever.

    Raises PlanMovedOn where the dry run is out of date, RuleError where there is nothing to save yet.
    """
    session.refresh(run, with_for_update=True)
    if run.state == SAVED:
        return False
    if run.state != PLANNED or run.reading is None:
        raise RuleError(_("There is no dry run to save. Upload the file again."))
    fresh = plan(session, reading_of(run), store=session.get_one(Store, run.store_id))
    if fresh.fingerprint != run.fingerprint:
        raise PlanMovedOn(fresh)
    saved = save_plan(session, fresh, by=by, now=now)
    note_plan(run, fresh)
    run.report = packed(report_of(fresh, item_ids=saved.item_ids, records=saved.records))
    run.state, run.saved_at, run.saved_by = SAVED, now, by[:80]
    # What was read can be read again from the file; what was done is in the report.
    run.reading = None
    session.flush()
    return True


def save_plan(session: Session, plan: ImportPlan, *, by: str, now: datetime) -> SavedPlan:
    """Write a plan that was made in this transaction. RuleError where somebody saved the same codes."""
    try:
        saved = _save(session, plan, by=by, now=now)
        session.flush()
    except (IntegrityError, StaleDataError) as error:
        raise RuleError(
            _("Somebody changed the catalog at this very moment. Nothing was imported; try again.")
        ) from error
    return saved


def _save(session: Session, plan: ImportPlan, *, by: str, now: datetime) -> SavedPlan:
    keys, records = _save_references(session, plan, by=by, now=now)
    drafts = [_with_keys(item.draft, keys) for item in plan.items]
    item_ids = [item.item_id or new_key() for item in plan.items]
    names = Names(session)
    changes = [
        *_add_new(session, plan.items, item_ids, drafts, names, now),
        *_change_saved(session, plan.items, drafts, names, now),
    ]
    note_changes(session, changes, stores=None, by=by, now=now)
    _remember_keys(session, plan, item_ids)
    return SavedPlan(item_ids=tuple(item_ids), records=tuple(records))


def _save_references(
    session: Session, plan: ImportPlan, *, by: str, now: datetime
) -> tuple[dict[str, str], list[RecordKey]]:
    """Save categories, modifier groups and the tax class first: placeholder → key, and what was saved."""
    keys: dict[str, str] = {}
    records: list[RecordKey] = []
    for placeholder, (key, category) in plan.categories.items():
        keys[placeholder] = save_category(session, category, category_id=key, by=by, now=now).id
        records.append(("category", keys[placeholder]))
    for placeholder, (key, group) in plan.groups.items():
        keys[placeholder] = save_modifier_group(session, group, group_id=key, by=by, now=now).id
        records.append(("modifier_group", keys[placeholder]))
    if plan.is_tax_class_missing:
        draft = TaxClassDraft(name=_(NOT_TAXED_NAME))
        keys[NOT_TAXED] = save_tax_class(session, draft, by=by, now=now).id
    return keys, records


def _with_keys(draft: ItemDraft, keys: Mapping[str, str]) -> ItemDraft:
    if not keys:
        return draft
    return replace(
        draft,
        category_id=keys.get(draft.category_id or "", draft.category_id),
        tax_class_id=keys.get(draft.tax_class_id or "", draft.tax_class_id),
        modifier_groups=tuple(keys.get(group, group) for group in draft.modifier_groups),
    )


def _add_new(
    session: Session,
    items: Sequence[PlannedItem],
    item_ids: Sequence[str],
    drafts: Sequence[ItemDraft],
    names: Names,
    now: datetime,
) -> list[SavedChange]:
    new = [
        (item_id, draft)
        for item, item_id, draft in zip(items, item_ids, drafts, strict=True)
        if item.state == NEW
    ]
    insert_items(session, new, now=now)
    return [
        SavedChange(
            kind="item",
            key=item_id,
            label=draft.name,
            action="created",
            fields=changed_fields({}, item_words(draft, names)),
        )
        for item_id, draft in new
    ]


def _change_saved(
    session: Session, items: Sequence[PlannedItem], drafts: Sequence[ItemDraft], names: Names, now: datetime
) -> list[SavedChange]:
    wanted = {
        item.item_id: draft
        for item, draft in zip(items, drafts, strict=True)
        if item.state == CHANGED and item.item_id
    }
    changes: list[SavedChange] = []
    for chunk in chunks(list(wanted)):
        loaded = {row.id: row for row in session.scalars(_whole_items(chunk))}
        for key in chunk:
            with session.no_autoflush:
                _item, change = write_item(session, wanted[key], item=loaded[key], now=now, names=names)
            if change is not None:
                changes.append(change)
    return changes


def _whole_items(keys: Sequence[str]) -> Select[Item]:
    variants = selectinload(Item.variants)
    return (
        select(Item)
        .where(Item.id.in_(keys))
        .order_by(Item.id)
        .with_for_update()
        .execution_options(populate_existing=True)
        .options(
            variants.selectinload(Variant.barcodes),
            variants.selectinload(Variant.prices),
            variants.selectinload(Variant.store_prices),
            selectinload(Item.store_items),
            selectinload(Item.group_links),
        )
    )


def _remember_keys(session: Session, plan: ImportPlan, item_ids: Sequence[str]) -> None:
    rows = [
        {"source": item.product.source, "key": key, "store_id": plan.store_id, "item_id": item_id}
        for item, item_id in zip(plan.items, item_ids, strict=True)
        for key in item.unknown_keys
    ]
    for chunk in chunks(rows):
        upsert(session, KnownKey, chunk, replace=("item_id",))
