"""The lists of categories, modifier groups, taxes and tax classes, each with how much depends on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.item import Item, ItemModifierGroup
from backoffice_web.catalog.modifier_group import ModifierGroup
from backoffice_web.catalog.tax import Tax, TaxClass
from backoffice_web.database import Edited
from backoffice_web.listing import Page, Wish, contains, fetch_page
from backoffice_web.reports import record_status
from backoffice_web.stores.store import Store

Row = TypeVar("Row", bound=Edited)
FILTERS = ("status",)

CATEGORY_SORTS: Mapping[str, Sequence[Any]] = {
    "position": (Category.position, Category.name, Category.id),
    "name": (Category.name, Category.id),
}
GROUP_SORTS: Mapping[str, Sequence[Any]] = {"name": (ModifierGroup.name, ModifierGroup.id)}
TAX_SORTS: Mapping[str, Sequence[Any]] = {
    "store": (Store.name, Tax.position, Tax.name, Tax.id),
    "name": (Tax.name, Tax.id),
    "rate": (Tax.rate_millionths, Tax.id),
}
TAX_CLASS_SORTS: Mapping[str, Sequence[Any]] = {"name": (TaxClass.name, TaxClass.id)}


@dataclass(frozen=True)
class ListRow(Generic[Row]):
    """`items` is how many items use the record; `status` is of `record_status`."""

    row: Row
    items: int
    status: str


def list_categories(session: Session, wish: Wish, *, stores: Sequence[Store]) -> Page[ListRow[Category]]:
    count = select(Item.category_id, func.count()).where(~Item.is_archived).group_by(Item.category_id)
    page = fetch_page(session, _narrowed(select(Category), Category, wish), wish, sorts=CATEGORY_SORTS)
    return _with_status(session, page, "category", stores, count.where(Item.category_id.in_(_ids(page))))


def list_groups(session: Session, wish: Wish, *, stores: Sequence[Store]) -> Page[ListRow[ModifierGroup]]:
    statement = _narrowed(select(ModifierGroup), ModifierGroup, wish)
    statement = statement.options(selectinload(ModifierGroup.modifiers))
    page = fetch_page(session, statement, wish, sorts=GROUP_SORTS)
    count = (
        select(ItemModifierGroup.group_id, func.count())
        .join(Item, Item.id == ItemModifierGroup.item_id)
        .where(~Item.is_archived, ItemModifierGroup.group_id.in_(_ids(page)))
        .group_by(ItemModifierGroup.group_id)
    )
    return _with_status(session, page, "modifier_group", stores, count)


def list_taxes(session: Session, wish: Wish, *, stores: Sequence[Store]) -> Page[ListRow[Tax]]:
    statement = _narrowed(select(Tax).join(Store, Store.id == Tax.store_id), Tax, wish)
    statement = statement.where(Tax.store_id.in_([store.id for store in stores]))
    page = fetch_page(session, statement.options(selectinload(Tax.classes)), wish, sorts=TAX_SORTS)
    return _with_status(session, page, "tax", stores, None)


def list_tax_classes(session: Session, wish: Wish) -> Page[ListRow[TaxClass]]:
    statement = select(TaxClass)
    if wish.text:
        statement = statement.where(contains(TaxClass.name, wish.text))
    page = fetch_page(session, statement, wish, sorts=TAX_CLASS_SORTS)
    count = select(Item.tax_class_id, func.count()).where(~Item.is_archived).group_by(Item.tax_class_id)
    return _with_status(session, page, "", (), count.where(Item.tax_class_id.in_(_ids(page))))


def _narrowed(statement: Select[Any], model: Any, wish: Wish) -> Select[Any]:
    wants_archived = wish.filter("status") == record_status.ARCHIVED
    statement = statement.where(model.is_archived if wants_archived else ~model.is_archived)
    return statement.where(contains(model.name, wish.text)) if wish.text else statement


def _with_status(
    session: Session, page: Page[Row], kind: str, stores: Sequence[Store], count: Any
) -> Page[ListRow[Row]]:
    statuses = record_status.statuses(session, kind, _ids(page), stores) if kind else {}
    counts: dict[str, int] = dict(session.execute(count).all()) if count is not None else {}
    rows = [
        ListRow(row, counts.get(row.id, 0), _shown(row, statuses.get(row.id, record_status.NOWHERE)))
        for row in page.rows
    ]
    return Page(wish=page.wish, rows=rows, total=page.total)


def _shown(row: Edited, status: str) -> str:
    is_gone = getattr(row, "is_archived", False) and status == record_status.NOWHERE
    return record_status.ARCHIVED if is_gone else status


def _ids(page: Page[Row]) -> list[str]:
    return [row.id for row in page.rows]
