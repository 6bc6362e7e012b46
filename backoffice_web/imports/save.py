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
from backoffice_web.imports.plan import CHANGED, NEW, UNCHANGED, ImportPlan, PlannedItem, plan
from backoffice_web.imports.readings import note_plan, reading_of
from backoffice_web.imports.references import NOT_TAXED, not_taxed_name
from backoffice_web.imports.report import packed, report_of, unpacked
from backoffice_web.imports.repriced_items import is_repriced, reprice_items
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


@dataclass(frozen=True)
class _Work:
    """A planned item, the key that it has or gets, and its draft without placeholders."""

    item: PlannedItem
    item_id: str
    draft: ItemDraft


@dataclass(frozen=True, kw_only=True)
class SavedPlan:
    """The ids of the plan's items, in their order, and the other (kind, key) records that were changed."""

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
    _lock_items(session, [row.item_id for row in unpacked(run.report).rows if row.item_id])
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
    work = [_Work(item, item.item_id or new_key(), _with_keys(item.draft, keys)) for item in plan.items]
    names = Names(session)
    _add_new(session, [one for one in work if one.item.state == NEW], now=now)
    _change_saved(session, [one for one in work if one.item.state == CHANGED], names, now=now)
    changes = [_change(one, names) for one in work if one.item.state != UNCHANGED]
    note_changes(session, changes, stores=None, by=by, now=now)
    _remember_keys(session, plan.store_id, work)
    return SavedPlan(item_ids=tuple(one.item_id for one in work), records=tuple(records))


def _save_references(
    session: Session, plan: ImportPlan, *, by: str, now: datetime
) -> tuple[dict[str, str], list[RecordKey]]:
    """Save categories, modifier groups and the tax class first: placeholder → key, and the records that
    were changed. What is new goes to the tills along with the items that need it, not without them.
    """
    keys: dict[str, str] = {}
    records: list[RecordKey] = []
    for placeholder, (key, category) in plan.categories.items():
        keys[placeholder] = save_category(session, category, category_id=key, by=by, now=now).id
    for placeholder, (key, group) in plan.groups.items():
        keys[placeholder] = save_modifier_group(session, group, group_id=key, by=by, now=now).id
        if key is not None:
            records.append(("modifier_group", key))
    if plan.is_tax_class_missing:
        draft = TaxClassDraft(name=not_taxed_name())
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


def _change(work: _Work, names: Names) -> SavedChange:
    is_new = work.item.before is None
    return SavedChange(
        kind="item",
        key=work.item_id,
        label=work.draft.name,
        action="created" if is_new else "changed",
        fields=changed_fields({}, item_words(work.draft, names)) if is_new else work.item.fields,
    )


def _add_new(session: Session, work: Sequence[_Work], *, now: datetime) -> None:
    insert_items(session, [(one.item_id, one.draft) for one in work], now=now)


def _change_saved(session: Session, work: Sequence[_Work], names: Names, *, now: datetime) -> None:
    simple = [one for one in work if one.item.before and is_repriced(one.item.before, one.draft)]
    reprice_items(session, [(one.item_id, one.draft) for one in simple], now=now)
    done = {one.item_id for one in simple}
    rest = {one.item_id: one.draft for one in work if one.item_id not in done}
    for chunk in chunks(list(rest)):
        for row in session.scalars(_whole_items(chunk)):
            with session.no_autoflush:
                write_item(session, rest[row.id], item=row, now=now, names=names)


def _whole_items(keys: Sequence[str]) -> Select[Item]:
    variants = selectinload(Item.variants)
    return (
        select(Item)
        .where(Item.id.in_(keys))
        .execution_options(populate_existing=True)
        .options(
            variants.selectinload(Variant.barcodes),
            variants.selectinload(Variant.prices),
            variants.selectinload(Variant.store_prices),
            selectinload(Item.store_items),
            selectinload(Item.group_links),
        )
    )


def _remember_keys(session: Session, store_id: str, work: Sequence[_Work]) -> None:
    rows = [
        {"source": one.item.product.source, "key": key, "store_id": store_id, "item_id": one.item_id}
        for one in work
        for key in one.item.unknown_keys
    ]
    upsert(session, KnownKey, rows, replace=("item_id",))


def _lock_items(session: Session, item_ids: Sequence[str]) -> None:
    """So that nobody edits between planning and writing. SQLite's one write lock does that by itself."""
    for chunk in chunks(sorted(item_ids)):
        session.execute(select(Item.id).where(Item.id.in_(chunk)).order_by(Item.id).with_for_update()).all()
