"""Taxes of the stores: the list and the editor."""

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
from backoffice_web.catalog.draft import TaxDraft, draft_of_tax
from backoffice_web.catalog.list_small import FILTERS, TAX_SORTS, list_taxes
from backoffice_web.catalog.names import Names
from backoffice_web.catalog.save_tax import inclusive_word, save_tax, tax_words
from backoffice_web.catalog.tax import Tax, TaxClass
from backoffice_web.forms.tax_form import TaxTexts, posted_tax, read_tax, texts_of_tax
from backoffice_web.listing import read_wish
from backoffice_web.routes.editing import Editor, save_record, show_new, show_record
from backoffice_web.routes.scope import my_stores, shown_stores
from backoffice_web.stores.store import Store
from shared_web.access import needs

blueprint = Blueprint("taxes", __name__)


class TaxEditor(Editor[Tax, TaxDraft, TaxTexts]):
    endpoint = "taxes"
    template = "backoffice/taxes/show.html"
    model = Tax

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.names = Names(session)

    def blank(self) -> TaxTexts:
        return TaxTexts(store_id=current.chosen_store() or "")

    def draft_of(self, row: Tax) -> TaxDraft:
        return draft_of_tax(row)

    def texts_of(self, draft: TaxDraft) -> TaxTexts:
        return texts_of_tax(draft)

    def posted(self, form: MultiDict[str, str]) -> TaxTexts:
        return posted_tax(form)

    def read(self, texts: TaxTexts, before: TaxDraft | None) -> TaxDraft:
        return read_tax(texts, before=before)

    def save(self, draft: TaxDraft, *, key: str | None, revision: int | None, by: str, now: datetime) -> Tax:
        return save_tax(self.session, draft, tax_id=key, revision=revision, by=by, now=now)

    def words(self, draft: TaxDraft) -> Mapping[str, str]:
        return tax_words(draft, self.names)

    def belongs_to(self, row: Tax) -> list[str]:
        return [row.store_id]

    def records(self, key: str) -> list[tuple[str, str]]:
        return [("tax", key)]

    def stores(self, row: Tax | None) -> list[Store]:
        """A tax is one store's; a new one's store is chosen in the form."""
        stores = super().stores(row)
        return [store for store in stores if row is None or store.id == row.store_id]

    def context(self) -> dict[str, Any]:
        classes = select(TaxClass.id, TaxClass.name).order_by(TaxClass.name)
        return {
            "store_options": [(store.id, store.name) for store in my_stores(self.session)],
            "tax_classes": self.session.execute(classes).all(),
        }


@blueprint.get("/taxes")
@needs("tax.edit")
def index() -> ResponseReturnValue:
    wish = read_wish(request.args, sorts=tuple(TAX_SORTS), default_sort="store", filters=FILTERS)
    with current.read() as session:
        return render_template(
            "backoffice/taxes/index.html",
            page=list_taxes(session, wish, stores=shown_stores(session)),
            names=Names(session),
            inclusive_word=inclusive_word,
        )


@blueprint.get("/taxes/new")
@needs("tax.edit")
def new() -> ResponseReturnValue:
    return show_new(TaxEditor)


@blueprint.post("/taxes")
@needs("tax.edit")
def create() -> ResponseReturnValue:
    return save_record(TaxEditor)


@blueprint.get("/taxes/<key>")
@needs("tax.edit")
def show(key: str) -> ResponseReturnValue:
    return show_record(TaxEditor, key)


@blueprint.post("/taxes/<key>")
@needs("tax.edit")
def update(key: str) -> ResponseReturnValue:
    return save_record(TaxEditor, key)
