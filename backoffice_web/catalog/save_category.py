"""Saves a category."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web.catalog.category import TONES, Category
from backoffice_web.catalog.draft import CategoryDraft, draft_of_category
from backoffice_web.catalog.item import Item
from backoffice_web.catalog.names import tone_word, yes_or_no
from backoffice_web.database import new_key
from backoffice_web.editing import Complaints, action_between, name_is_taken, open_for_edit
from backoffice_web.publishing.saved_change import changed_fields, note_change
from shared_web.errors import RuleError
from shared_web.language import _, ngettext


def save_category(
    session: Session,
    draft: CategoryDraft,
    *,
    category_id: str | None = None,
    revision: int | None = None,
    by: str,
    now: datetime,
) -> Category:
    """Create a category or change one. Raises RuleError with fields, StaleEdit, NoSuchRecord."""
    row = open_for_edit(session, Category, category_id, revision=revision) if category_id else None
    before = draft_of_category(row) if row is not None else None
    _check(session, draft, category_id)
    if row is None:
        row = Category(id=new_key())
        session.add(row)
    row.name = draft.name.strip()
    row.tone, row.position, row.is_archived = draft.tone, draft.position, draft.is_archived
    session.flush()
    fields = changed_fields(category_words(before) if before else {}, category_words(draft))
    note_change(
        session,
        kind="category",
        key=row.id,
        label=row.name,
        action=action_between(before, draft),
        fields=fields,
        stores=None,
        by=by,
        now=now,
    )
    return row


def category_words(draft: CategoryDraft) -> dict[str, str]:
    words = {
        _("Name"): draft.name,
        _("Tile colour"): tone_word(draft.tone),
        _("Position"): str(draft.position),
        _("Archived"): yes_or_no(True) if draft.is_archived else "",
    }
    return {label: value for label, value in words.items() if value}


def _check(session: Session, draft: CategoryDraft, category_id: str | None) -> None:
    complaints = Complaints()
    complaints.check_name(draft.name, longest=80)
    if draft.tone not in TONES:
        complaints.add("tone", _("Choose one of the colours."))
    if name_is_taken(session, Category, draft.name, category_id):
        complaints.add("name", _("Another category has this name."))
    complaints.raise_if_any()
    if draft.is_archived and category_id:
        _check_unused(session, category_id)


def _check_unused(session: Session, category_id: str) -> None:
    query = select(func.count()).where(Item.category_id == category_id, ~Item.is_archived)
    count = session.scalar(query) or 0
    if count:
        raise RuleError(
            ngettext(
                "%(count)s item is in this category. Move it to another one first.",
                "%(count)s items are in this category. Move them to another one first.",
                count,
            )
        )
