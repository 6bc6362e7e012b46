"""The category editor's fields as texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backoffice_web.catalog.draft import CategoryDraft
from backoffice_web.editing import Complaints
from backoffice_web.forms.typed import whole_number


@dataclass(frozen=True, kw_only=True)
class CategoryTexts:
    name: str = ""
    tone: str = "other"
    position: str = ""
    is_archived: bool = False


def texts_of_category(draft: CategoryDraft) -> CategoryTexts:
    return CategoryTexts(
        name=draft.name, tone=draft.tone, position=str(draft.position), is_archived=draft.is_archived
    )


def posted_category(form: Mapping[str, str]) -> CategoryTexts:
    return CategoryTexts(
        name=form.get("name", ""),
        tone=form.get("tone", "other"),
        position=form.get("position", ""),
        is_archived="is_archived" in form,
    )


def read_category(texts: CategoryTexts) -> CategoryDraft:
    """Raises RuleError with fields."""
    complaints = Complaints()
    draft = CategoryDraft(
        name=texts.name.strip(),
        tone=texts.tone,
        position=whole_number(texts.position, "position", complaints),
        is_archived=texts.is_archived,
    )
    complaints.raise_if_any()
    return draft
