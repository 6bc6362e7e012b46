"""Stores: the list, opening a new one, and the editor of profile and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from backoffice_web import current
from backoffice_web.catalog.price_list import PriceList
from backoffice_web.forms.store_form import StoreTexts, posted_store, read_store, texts_of_store
from backoffice_web.listing import read_wish
from backoffice_web.reports.choices import currency_choices, region_choices, time_zone_choices
from backoffice_web.routes.editing import Editor, save_record, show_new, show_record
from backoffice_web.routes.scope import my_stores
from backoffice_web.stores.list_stores import SORTS, list_stores
from backoffice_web.stores.save_store import (
    StoreDraft,
    draft_of_store,
    profile_words,
    save_store,
    settings_words,
)
from backoffice_web.stores.setup import open_store
from backoffice_web.stores.store import Store
from shared_web.access import needs
from shared_web.errors import RuleError
from shared_web.language import _

blueprint = Blueprint("stores", __name__)


class StoreEditor(Editor[Store, StoreDraft, StoreTexts]):
    endpoint = "stores"
    template = "backoffice/stores/show.html"
    model = Store

    def blank(self) -> StoreTexts:
        return StoreTexts()

    def draft_of(self, row: Store) -> StoreDraft:
        self.row = row
        return draft_of_store(row)

    def texts_of(self, draft: StoreDraft) -> StoreTexts:
        return texts_of_store(self.row, draft)

    def posted(self, form: MultiDict[str, str]) -> StoreTexts:
        return posted_store(form)

    def read(self, texts: StoreTexts, before: StoreDraft | None) -> StoreDraft:
        currency = self.row.currency if before is not None else texts.currency
        if currency not in dict(currency_choices()):
            sentence = _("Choose a currency, such as USD or EUR.")
            raise RuleError(sentence, fields={"currency": sentence})
        self.currency = currency
        return read_store(texts, currency=currency)

    def save(
        self, draft: StoreDraft, *, key: str | None, revision: int | None, by: str, now: datetime
    ) -> Store:
        if key is None:
            store = open_store(
                self.session,
                name=draft.name,
                currency=self.currency,
                locale=draft.locale,
                time_zone=draft.time_zone,
                now=now,
                by=by,
            )
            key, draft = store.id, _in_list(draft, store)
        return save_store(self.session, draft, store_id=key, revision=revision, by=by, now=now)

    def words(self, draft: StoreDraft) -> Mapping[str, str]:
        currency = self.row.currency
        return profile_words(self.session, draft, currency) | settings_words(self.session, draft, currency)

    def belongs_to(self, row: Store) -> list[str]:
        return [row.id]

    def records(self, key: str) -> list[tuple[str, str]]:
        return [("store_profile", key), ("store_settings", key)]

    def stores(self, row: Store | None) -> list[Store]:
        return [row] if row is not None else []

    def context(self) -> dict[str, Any]:
        lists = select(PriceList.id, PriceList.name).order_by(PriceList.name)
        row = getattr(self, "row", None)
        if row is not None:
            lists = lists.where(PriceList.currency == row.currency)
        return {
            "price_lists": self.session.execute(lists).all(),
            "currencies": currency_choices(),
            "regions": region_choices(row.locale if row is not None else ""),
            "time_zones": time_zone_choices(row.time_zone if row is not None else ""),
        }


@blueprint.get("/stores")
@needs("store.edit")
def index() -> ResponseReturnValue:
    wish = read_wish(request.args, sorts=tuple(SORTS), default_sort="name")
    with current.read() as session:
        return render_template(
            "backoffice/stores/index.html", page=list_stores(session, wish, stores=my_stores(session))
        )


def _in_list(draft: StoreDraft, store: Store) -> StoreDraft:
    """A new store sells by the list that was found or made for its currency."""
    return replace(draft, price_list_id=store.price_list_id)


@blueprint.get("/stores/new")
@needs("store.edit")
def new() -> ResponseReturnValue:
    return show_new(StoreEditor)


@blueprint.post("/stores")
@needs("store.edit")
def create() -> ResponseReturnValue:
    return save_record(StoreEditor)


@blueprint.get("/stores/<key>")
@needs("store.edit")
def show(key: str) -> ResponseReturnValue:
    return show_record(StoreEditor, key)


@blueprint.post("/stores/<key>")
@needs("store.edit")
def update(key: str) -> ResponseReturnValue:
    return save_record(StoreEditor, key)
