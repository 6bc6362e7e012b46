"""One act on many ticked categories or modifier groups: archive, restore, publish."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.catalog.category import Category
from backoffice_web.catalog.draft import draft_of_category, draft_of_modifier_group
from backoffice_web.catalog.modifier_group import ModifierGroup
from backoffice_web.catalog.save_category import save_category
from backoffice_web.catalog.save_modifier_group import save_modifier_group
from backoffice_web.routes.ticked_rows import archive_or_publish
from shared_web.access import needs

blueprint = Blueprint("catalog_batches", __name__)


@blueprint.post("/category-batches")
@needs("catalog.edit")
def categories() -> ResponseReturnValue:
    return archive_or_publish("category", "categories.index", Category, _archive_category)


@blueprint.post("/modifier-group-batches")
@needs("catalog.edit")
def modifier_groups() -> ResponseReturnValue:
    return archive_or_publish("modifier_group", "modifier_groups.index", ModifierGroup, _archive_group)


def _archive_category(session: Session, row: Category, is_archived: bool) -> bool:
    if row.is_archived == is_archived:
        return False
    draft = replace(draft_of_category(row), is_archived=is_archived)
    save_category(session, draft, category_id=row.id, by=current.account().name, now=current.now())
    return True


def _archive_group(session: Session, row: ModifierGroup, is_archived: bool) -> bool:
    if row.is_archived == is_archived:
        return False
    draft = replace(draft_of_modifier_group(row), is_archived=is_archived)
    save_modifier_group(session, draft, group_id=row.id, by=current.account().name, now=current.now())
    return True
