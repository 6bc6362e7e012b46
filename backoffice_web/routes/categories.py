"""Categories: the list and the editor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from backoffice_web import current
from backoffice_web.catalog.category import Category
from backoffice_web.catalog.draft import CategoryDraft, draft_of_category
from backoffice_web.catalog.list_small import CATEGORY_SORTS, FILTERS, list_categories
from backoffice_web.catalog.names import tone_choices, tone_word
from backoffice_web.catalog.save_category import category_words, save_category
from backoffice_web.forms.category_form import (
    CategoryTexts,
    posted_category,
    read_category,
    texts_of_category,
)
from backoffice_web.listing import read_wish
from backoffice_web.routes.editing import Editor, save_record, show_new, show_record
from backoffice_web.routes.scope import shown_stores
from shared_web.access import needs

blueprint = Blueprint("categories", __name__)


class CategoryEditor(Editor[Category, CategoryDraft, CategoryTexts]):
    endpoint = "categories"
    template = "backoffice/categories/show.html"
    model = Category

    def blank(self) -> CategoryTexts:
        return CategoryTexts()

    def draft_of(self, row: Category) -> CategoryDraft:
        return draft_of_category(row)

    def texts_of(self, draft: CategoryDraft) -> CategoryTexts:
        return texts_of_category(draft)

    def posted(self, form: MultiDict[str, str]) -> CategoryTexts:
        return posted_category(form)

    def read(self, texts: CategoryTexts, before: CategoryDraft | None) -> CategoryDraft:
        return read_category(texts)

    def save(
        self, draft: CategoryDraft, *, key: str | None, revision: int | None, by: str, now: datetime
    ) -> Category:
        return save_category(self.session, draft, category_id=key, revision=revision, by=by, now=now)

    def words(self, draft: CategoryDraft) -> Mapping[str, str]:
        return category_words(draft)

    def records(self, key: str) -> list[tuple[str, str]]:
        return [("category", key)]

    def context(self) -> dict[str, Any]:
        return {"tones": tone_choices()}


@blueprint.get("/categories")
@needs("catalog.edit")
def index() -> ResponseReturnValue:
    wish = read_wish(request.args, sorts=tuple(CATEGORY_SORTS), default_sort="position", filters=FILTERS)
    with current.read() as session:
        page = list_categories(session, wish, stores=shown_stores(session))
        return render_template("backoffice/categories/index.html", page=page, tone_word=tone_word)


@blueprint.get("/categories/new")
@needs("catalog.edit")
def new() -> ResponseReturnValue:
    return show_new(CategoryEditor)


@blueprint.post("/categories")
@needs("catalog.edit")
def create() -> ResponseReturnValue:
    return save_record(CategoryEditor)


@blueprint.get("/categories/<key>")
@needs("catalog.edit")
def show(key: str) -> ResponseReturnValue:
    return show_record(CategoryEditor, key)


@blueprint.post("/categories/<key>")
@needs("catalog.edit")
def update(key: str) -> ResponseReturnValue:
    return save_record(CategoryEditor, key)
