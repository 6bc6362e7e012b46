"""Saves a store's tax, and the tax classes that items belong to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web.catalog.draft import TaxClassDraft, TaxDraft, draft_of_tax, draft_of_tax_class
from backoffice_web.catalog.item import Item
from backoffice_web.catalog.names import Names, yes_or_no
from backoffice_web.catalog.tax import Tax, TaxClass
from backoffice_web.database import new_key
from backoffice_web.editing import Complaints, action_between, count_save, name_is_taken, open_for_edit
from backoffice_web.publishing.saved_change import changed_fields, mark, note_change
from shared_web.errors import RuleError
from shared_web.formats import percent
from shared_web.language import _, ngettext

WHOLE = 1_000_000


def save_tax(
    session: Session,
    draft: TaxDraft,
    *,
    tax_id: str | None = None,
    revision: int | None = None,
    by: str,
    now: datetime,
) -> Tax:
    """Create a store's tax or change one; it stays with its store.

    Raises RuleError with fields, StaleEdit, NoSuchRecord.
    """
    row = open_for_edit(session, Tax, tax_id, revision=revision) if tax_id else None
    before = draft_of_tax(row) if row is not None else None
    if row is not None and before == draft:
        return row
    names = Names(session)
    _check_tax(session, draft, tax_id, names)
    if row is None:
        row = Tax(id=new_key(), store_id=draft.store_id)
        session.add(row)
    row.name, row.rate_millionths, row.is_inclusive = (
        draft.name.strip(),
        draft.rate_millionths,
        draft.is_inclusive,
    )
    row.position, row.is_archived = draft.position, draft.is_archived
    row.classes = list(session.scalars(select(TaxClass).where(TaxClass.id.in_(draft.tax_classes))))
    count_save(row)
    session.flush()
    note_change(
        session,
        kind="tax",
        key=row.id,
        label=row.name,
        action=action_between(before, draft),
        fields=changed_fields(tax_words(before, names) if before else {}, tax_words(draft, names)),
        stores=[row.store_id],
        by=by,
        now=now,
    )
    return row


def save_tax_class(
    session: Session,
    draft: TaxClassDraft,
    *,
    tax_class_id: str | None = None,
    revision: int | None = None,
    by: str,
    now: datetime,
) -> TaxClass:
    """Create a tax class or change one; a new default takes over from the old one, for new items too.

    Raises RuleError with fields, StaleEdit, NoSuchRecord.
    """
    row = open_for_edit(session, TaxClass, tax_class_id, revision=revision) if tax_class_id else None
    before = draft_of_tax_class(row) if row is not None else None
    _check_tax_class(session, draft, tax_class_id, before)
    if draft.is_default and (before is None or not before.is_default):
        _take_over(session, by=by, now=now)
    if row is None:
        row = TaxClass(id=new_key())
        session.add(row)
    row.name, row.is_default = draft.name.strip(), draft.is_default
    session.flush()
    note_change(
        session,
        kind="tax_class",
        key=row.id,
        label=row.name,
        action="created" if before is None else "changed",
        fields=changed_fields(tax_class_words(before) if before else {}, tax_class_words(draft)),
        stores=[],
        by=by,
        now=now,
    )
    return row


def remove_tax_class(session: Session, row: TaxClass, *, by: str, now: datetime) -> None:
    """Remove a tax class for good. Raises RuleError when it is the default or anything still uses it."""
    items = session.scalar(select(func.count()).where(Item.tax_class_id == row.id)) or 0
    taxes = session.scalars(select(Tax.name).join(Tax.classes).where(TaxClass.id == row.id)).all()
    if row.is_default:
        raise RuleError(_("It is the default. Make another tax class the default first."))
    if items:
        raise RuleError(
            ngettext(
                "%(count)s item has this tax class, also if archived. Give it another one first.",
                "%(count)s items have this tax class, with archived ones. Give them another one first.",
                items,
            )
        )
    if taxes:
        names = ", ".join(sorted(set(taxes)))
        raise RuleError(_("It is covered by %(taxes)s. Take it out there first.", taxes=names))
    fields = changed_fields(tax_class_words(draft_of_tax_class(row)), {})
    note_change(
        session, kind="tax_class", key=row.id, label=row.name, action="removed", fields=fields, stores=[],
        by=by, now=now,
    )  # fmt: skip
    session.delete(row)
    session.flush()


def tax_words(draft: TaxDraft, names: Names) -> dict[str, str]:
    words = {
        _("Store"): names.store(draft.store_id),
        _("Name"): draft.name,
        _("Rate"): percent(draft.rate_millionths),
        _("Kind"): inclusive_word(draft.is_inclusive),
        _("Tax classes"): ", ".join(sorted(names.tax_class(key) for key in draft.tax_classes)),
        _("Position"): str(draft.position),
        _("Archived"): yes_or_no(True) if draft.is_archived else "",
    }
    return {label: value for label, value in words.items() if value}


def tax_class_words(draft: TaxClassDraft) -> dict[str, str]:
    return {_("Name"): draft.name, _("For items without a tax class"): yes_or_no(draft.is_default)}


def inclusive_word(is_inclusive: bool) -> str:
    return _("Included in the price") if is_inclusive else _("Added to the price")


def _check_tax(session: Session, draft: TaxDraft, tax_id: str | None, names: Names) -> None:
    complaints = Complaints()
    complaints.check_name(draft.name, longest=80)
    if draft.store_id not in names.stores:
        complaints.add("store_id", _("Choose the store."))
    if name_is_taken(session, Tax, draft.name, tax_id, Tax.store_id == draft.store_id):
        complaints.add("name", _("Another tax of this store has this name."))
    if not 0 <= draft.rate_millionths <= WHOLE:
        complaints.add("rate", _("Enter a rate from 0 to 100 percent."))
    if not draft.tax_classes and not draft.is_archived:
        complaints.add("tax_classes", _("Choose what this tax applies to."))
    complaints.raise_if_any()


def _check_tax_class(
    session: Session, draft: TaxClassDraft, tax_class_id: str | None, before: TaxClassDraft | None
) -> None:
    complaints = Complaints()
    complaints.check_name(draft.name, longest=80)
    if name_is_taken(session, TaxClass, draft.name, tax_class_id):
        complaints.add("name", _("Another tax class has this name."))
    if before is not None and before.is_default and not draft.is_default:
        complaints.add("is_default", _("Make another tax class the default instead."))
    complaints.raise_if_any()


def _take_over(session: Session, *, by: str, now: datetime) -> None:
    for row in session.scalars(select(TaxClass).where(TaxClass.is_default)):
        row.is_default = False
    # Items without a class of their own are sold under another one from now on.
    keys = session.scalars(select(Item.id).where(Item.tax_class_id.is_(None), ~Item.is_archived)).all()
    stores = list(Names(session).stores)
    mark(session, [("item", key) for key in keys], stores=stores, by=by, now=now)


def count_items_of(session: Session, tax_class_id: str) -> int:
    """How many items a change to this class concerns."""
    query = select(func.count()).where(Item.tax_class_id == tax_class_id, ~Item.is_archived)
    return session.scalar(query) or 0
