"""Items: the list and the editor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice_web import current
from backoffice_web.catalog.category import Category
from backoffice_web.catalog.draft import ItemDraft, draft_of_item
from backoffice_web.catalog.elsewhere import kept_elsewhere
from backoffice_web.catalog.item import Item
from backoffice_web.catalog.item_words import item_words
from backoffice_web.catalog.list_items import DEFAULT_SORT, FILTERS, SORTS, list_items
from backoffice_web.catalog.modifier_group import ModifierGroup
from backoffice_web.catalog.names import Names, tone_choices
from backoffice_web.catalog.save_item import save_item
from backoffice_web.catalog.tax import TaxClass
from backoffice_web.forms.item_form import ItemTexts, new_item_texts, posted_item, read_item, texts_of_item
from backoffice_web.listing import read_wish
from backoffice_web.routes.editing import Editor, save_record, show_new, show_record
from backoffice_web.routes.scope import my_stores, shown_stores
from shared_web.access import needs

blueprint = Blueprint("items", __name__)


class ItemEditor(Editor[Item, ItemDraft, ItemTexts]):
    endpoint = "items"
    template = "backoffice/items/show.html"
    model = Item

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.names = Names(session)
        # What the form shows and takes: other stores' prices stay as they are.
        self.shown = Names(session)
        self.shown.stores = {store.id: store for store in my_stores(session)}
        self.category_id: str | None = None

    def blank(self) -> ItemTexts:
        return new_item_texts(self.shown)

    def draft_of(self, row: Item) -> ItemDraft:
        self.category_id = row.category_id
        return draft_of_item(row)

    def texts_of(self, draft: ItemDraft) -> ItemTexts:
        return texts_of_item(draft, self.shown)

    def posted(self, form: MultiDict[str, str]) -> ItemTexts:
        return posted_item(form, self.shown)

    def read(self, texts: ItemTexts, before: ItemDraft | None) -> ItemDraft:
        draft = read_item(texts, self.shown, before=before)
        elsewhere = self.names.stores.keys() - self.shown.stores.keys()
        return kept_elsewhere(draft, before, elsewhere=elsewhere)

    def save(
        self, draft: ItemDraft, *, key: str | None, revision: int | None, by: str, now: datetime
    ) -> Item:
        return save_item(self.session, draft, item_id=key, revision=revision, by=by, now=now)

    def words(self, draft: ItemDraft) -> Mapping[str, str]:
        return item_words(draft, self.names)

    def records(self, key: str) -> list[tuple[str, str]]:
        return [("item", key)]

    def add_row(self, texts: ItemTexts) -> ItemTexts:
        return texts.with_row_added()

    def remove_row(self, texts: ItemTexts, index: int) -> ItemTexts:
        return texts.without_row(index)

    def context(self) -> dict[str, Any]:
        read = self.session.execute
        categories = select(Category.id, Category.name).where(
            ~Category.is_archived | (Category.id == self.category_id)
        )
        groups = select(ModifierGroup.id, ModifierGroup.name).where(~ModifierGroup.is_archived)
        return {
            "names": self.shown,
            "categories": read(categories.order_by(Category.position, Category.name)).all(),
            "tax_classes": read(select(TaxClass.id, TaxClass.name).order_by(TaxClass.name)).all(),
            "groups": read(groups.order_by(ModifierGroup.name)).all(),
            "tones": tone_choices(with_inherited=True),
            "tile_list": self._tile_list(),
        }

    def _tile_list(self) -> str:
        """The price list whose price the tile in the editor shows: of the store that is looked at."""
        shown = shown_stores(self.session)
        return shown[0].price_list_id if shown else ""


@blueprint.get("/items")
@needs("catalog.edit")
def index() -> ResponseReturnValue:
    wish = read_wish(request.args, sorts=tuple(SORTS), default_sort=DEFAULT_SORT, filters=FILTERS)
    with current.read() as session:
        stores = shown_stores(session)
        categories = session.execute(
            select(Category.id, Category.name).where(~Category.is_archived).order_by(Category.name)
        ).all()
        return render_template(
            "backoffice/items/index.html",
            page=list_items(session, wish, stores=stores),
            categories=categories,
            stores=stores,
        )


@blueprint.get("/items/new")
@needs("catalog.edit")
def new() -> ResponseReturnValue:
    return show_new(ItemEditor)


@blueprint.post("/items")
@needs("catalog.edit")
def create() -> ResponseReturnValue:
    return save_record(ItemEditor)


@blueprint.get("/items/<key>")
@needs("catalog.edit")
def show(key: str) -> ResponseReturnValue:
    return show_record(ItemEditor, key)


@blueprint.post("/items/<key>")
@needs("catalog.edit")
def update(key: str) -> ResponseReturnValue:
    return save_record(ItemEditor, key)
