"""Modifier groups: the list and the editor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice_web import current
from backoffice_web.catalog.draft import ModifierGroupDraft, draft_of_modifier_group
from backoffice_web.catalog.list_small import FILTERS, GROUP_SORTS, list_groups
from backoffice_web.catalog.modifier_group import ModifierGroup
from backoffice_web.catalog.names import Names
from backoffice_web.catalog.save_modifier_group import modifier_group_words, save_modifier_group
from backoffice_web.forms.modifier_group_form import (
    ModifierGroupTexts,
    posted_group,
    read_group,
    texts_of_group,
)
from backoffice_web.listing import read_wish
from backoffice_web.routes.editing import Editor, save_record, show_new, show_record
from backoffice_web.routes.scope import shown_stores
from shared_web.access import needs

blueprint = Blueprint("modifier_groups", __name__)


class ModifierGroupEditor(Editor[ModifierGroup, ModifierGroupDraft, ModifierGroupTexts]):
    endpoint = "modifier_groups"
    template = "backoffice/modifier_groups/show.html"
    model = ModifierGroup

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.names = Names(session)

    def blank(self) -> ModifierGroupTexts:
        return ModifierGroupTexts()

    def draft_of(self, row: ModifierGroup) -> ModifierGroupDraft:
        return draft_of_modifier_group(row)

    def texts_of(self, draft: ModifierGroupDraft) -> ModifierGroupTexts:
        return texts_of_group(draft, self.names)

    def posted(self, form: MultiDict[str, str]) -> ModifierGroupTexts:
        return posted_group(form, self.names)

    def read(self, texts: ModifierGroupTexts, before: ModifierGroupDraft | None) -> ModifierGroupDraft:
        return read_group(texts, self.names, before=before)

    def save(
        self, draft: ModifierGroupDraft, *, key: str | None, revision: int | None, by: str, now: datetime
    ) -> ModifierGroup:
        return save_modifier_group(self.session, draft, group_id=key, revision=revision, by=by, now=now)

    def words(self, draft: ModifierGroupDraft) -> Mapping[str, str]:
        return modifier_group_words(draft, self.names)

    def records(self, key: str) -> list[tuple[str, str]]:
        return [("modifier_group", key)]

    def add_row(self, texts: ModifierGroupTexts) -> ModifierGroupTexts:
        return texts.with_row_added()

    def remove_row(self, texts: ModifierGroupTexts, index: int) -> ModifierGroupTexts:
        return texts.without_row(index)

    def context(self) -> dict[str, Any]:
        return {"names": self.names}


@blueprint.get("/modifier-groups")
@needs("catalog.edit")
def index() -> ResponseReturnValue:
    wish = read_wish(request.args, sorts=tuple(GROUP_SORTS), default_sort="name", filters=FILTERS)
    with current.read() as session:
        page = list_groups(session, wish, stores=shown_stores(session))
        return render_template("backoffice/modifier_groups/index.html", page=page)


@blueprint.get("/modifier-groups/new")
@needs("catalog.edit")
def new() -> ResponseReturnValue:
    return show_new(ModifierGroupEditor)


@blueprint.post("/modifier-groups")
@needs("catalog.edit")
def create() -> ResponseReturnValue:
    return save_record(ModifierGroupEditor)


@blueprint.get("/modifier-groups/<key>")
@needs("catalog.edit")
def show(key: str) -> ResponseReturnValue:
    return show_record(ModifierGroupEditor, key)


@blueprint.post("/modifier-groups/<key>")
@needs("catalog.edit")
def update(key: str) -> ResponseReturnValue:
    return save_record(ModifierGroupEditor, key)
