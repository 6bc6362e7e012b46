"""Tax classes, which say what items are for tax: the list and the editor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from backoffice_web import current
from backoffice_web.catalog.draft import TaxClassDraft, draft_of_tax_class
from backoffice_web.catalog.list_small import TAX_CLASS_SORTS, list_tax_classes
from backoffice_web.catalog.save_tax import save_tax_class, tax_class_words
from backoffice_web.catalog.tax import TaxClass
from backoffice_web.forms.tax_form import (
    TaxClassTexts,
    posted_tax_class,
    read_tax_class,
    texts_of_tax_class,
)
from backoffice_web.listing import read_wish
from backoffice_web.routes.editing import Editor, save_record, show_new, show_record
from shared_web.access import needs

blueprint = Blueprint("tax_classes", __name__)


class TaxClassEditor(Editor[TaxClass, TaxClassDraft, TaxClassTexts]):
    """A tax class is not published itself: tills know it by the taxes that cover it."""

    endpoint = "tax_classes"
    template = "backoffice/tax_classes/show.html"
    model = TaxClass
    is_published = False

    def blank(self) -> TaxClassTexts:
        return TaxClassTexts()

    def draft_of(self, row: TaxClass) -> TaxClassDraft:
        return draft_of_tax_class(row)

    def texts_of(self, draft: TaxClassDraft) -> TaxClassTexts:
        return texts_of_tax_class(draft)

    def posted(self, form: MultiDict[str, str]) -> TaxClassTexts:
        return posted_tax_class(form)

    def read(self, texts: TaxClassTexts, before: TaxClassDraft | None) -> TaxClassDraft:
        return read_tax_class(texts)

    def save(
        self, draft: TaxClassDraft, *, key: str | None, revision: int | None, by: str, now: datetime
    ) -> TaxClass:
        return save_tax_class(self.session, draft, tax_class_id=key, revision=revision, by=by, now=now)

    def words(self, draft: TaxClassDraft) -> Mapping[str, str]:
        return tax_class_words(draft)

    def records(self, key: str) -> list[tuple[str, str]]:
        return [("tax_class", key)]


@blueprint.get("/tax-classes")
@needs("tax.edit")
def index() -> ResponseReturnValue:
    wish = read_wish(request.args, sorts=tuple(TAX_CLASS_SORTS), default_sort="name")
    with current.read() as session:
        return render_template("backoffice/tax_classes/index.html", page=list_tax_classes(session, wish))


@blueprint.get("/tax-classes/new")
@needs("tax.edit")
def new() -> ResponseReturnValue:
    return show_new(TaxClassEditor)


@blueprint.post("/tax-classes")
@needs("tax.edit")
def create() -> ResponseReturnValue:
    return save_record(TaxClassEditor)


@blueprint.get("/tax-classes/<key>")
@needs("tax.edit")
def show(key: str) -> ResponseReturnValue:
    return show_record(TaxClassEditor, key)


@blueprint.post("/tax-classes/<key>")
@needs("tax.edit")
def update(key: str) -> ResponseReturnValue:
    return save_record(TaxClassEditor, key)
