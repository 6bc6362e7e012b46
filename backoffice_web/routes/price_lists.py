"""Price lists: the list and the editor. Prices themselves are edited with the items."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from backoffice_web import current
from backoffice_web.catalog.list_price_lists import SORTS, list_price_lists, stores_of
from backoffice_web.catalog.price_list import PriceList
from backoffice_web.catalog.save_price_list import (
    PriceListDraft,
    draft_of_price_list,
    is_currency_fixed,
    price_list_words,
    save_price_list,
)
from backoffice_web.forms.price_list_form import (
    PriceListTexts,
    posted_price_list,
    read_price_list,
    texts_of_price_list,
)
from backoffice_web.listing import read_wish
from backoffice_web.reports.choices import currency_choices
from backoffice_web.routes.editing import Editor, save_record, show_new, show_record
from backoffice_web.stores.store import Store
from shared_web.access import needs

blueprint = Blueprint("price_lists", __name__)


class PriceListEditor(Editor[PriceList, PriceListDraft, PriceListTexts]):
    """A price list is not published itself: tills know it by the prices of the items."""

    endpoint = "price_lists"
    template = "backoffice/price_lists/show.html"
    model = PriceList
    is_published = False

    def blank(self) -> PriceListTexts:
        store = self.session.get(Store, current.chosen_store() or "") or self.session.scalar(
            select(Store).order_by(Store.name).limit(1)
        )
        return PriceListTexts(currency=store.currency) if store is not None else PriceListTexts()

    def draft_of(self, row: PriceList) -> PriceListDraft:
        return draft_of_price_list(row)

    def texts_of(self, draft: PriceListDraft) -> PriceListTexts:
        return texts_of_price_list(draft)

    def posted(self, form: MultiDict[str, str]) -> PriceListTexts:
        return posted_price_list(form)

    def read(self, texts: PriceListTexts, before: PriceListDraft | None) -> PriceListDraft:
        return read_price_list(texts, before=before)

    def save(
        self, draft: PriceListDraft, *, key: str | None, revision: int | None, by: str, now: datetime
    ) -> PriceList:
        return save_price_list(self.session, draft, price_list_id=key, revision=revision, by=by, now=now)

    def words(self, draft: PriceListDraft) -> Mapping[str, str]:
        return price_list_words(self.session, draft)

    def records(self, key: str) -> list[tuple[str, str]]:
        return [("price_list", key)]

    def stores(self, row: PriceList | None) -> list[Store]:
        """The stores that sell by it."""
        return list(stores_of(self.session, [row.id])) if row is not None else []

    def context(self) -> dict[str, Any]:
        rows = self.session.scalars(select(PriceList).order_by(PriceList.name))
        return {
            "is_currency_fixed": lambda key: is_currency_fixed(self.session, key),
            "others": [(row.id, f"{row.name} ({row.currency})") for row in rows],
            "currencies": currency_choices(),
        }


@blueprint.get("/price-lists")
@needs("catalog.edit")
def index() -> ResponseReturnValue:
    wish = read_wish(request.args, sorts=tuple(SORTS), default_sort="name")
    with current.read() as session:
        return render_template("backoffice/price_lists/index.html", page=list_price_lists(session, wish))


@blueprint.get("/price-lists/new")
@needs("catalog.edit")
def new() -> ResponseReturnValue:
    return show_new(PriceListEditor)


@blueprint.post("/price-lists")
@needs("catalog.edit")
def create() -> ResponseReturnValue:
    return save_record(PriceListEditor)


@blueprint.get("/price-lists/<key>")
@needs("catalog.edit")
def show(key: str) -> ResponseReturnValue:
    return show_record(PriceListEditor, key)


@blueprint.post("/price-lists/<key>")
@needs("catalog.edit")
def update(key: str) -> ResponseReturnValue:
    return save_record(PriceListEditor, key)
