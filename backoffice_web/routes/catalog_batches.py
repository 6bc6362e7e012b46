"""One act on many ticked categories or modifier groups: archive, restore, publish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.catalog.category import Category
from backoffice_web.catalog.draft import draft_of_category, draft_of_modifier_group
from backoffice_web.catalog.modifier_group import ModifierGroup
from backoffice_web.catalog.save_category import save_category
from backoffice_web.catalog.save_modifier_group import save_modifier_group
from backoffice_web.routes.item_batches import publish_records
from shared_web.access import needs
from shared_web.answers import go_to, toast
from shared_web.errors import RuleError
from shared_web.language import _, ngettext

blueprint = Blueprint("catalog_batches", __name__)

MOST_RECORDS = 500


@blueprint.post("/category-batches")
@needs("catalog.edit")
def categories() -> ResponseReturnValue:
    return _act("category", "categories.index", _archive_category)


@blueprint.post("/modifier-group-batches")
@needs("catalog.edit")
def modifier_groups() -> ResponseReturnValue:
    return _act("modifier_group", "modifier_groups.index", _archive_group)


Archive = Callable[[Session, str, bool, str, datetime], None]


def _act(kind: str, endpoint: str, archive: Archive) -> ResponseReturnValue:
    keys, act = request.form.getlist("key")[:MOST_RECORDS], request.form.get("act", "")
    if act not in ("archive", "restore", "publish"):
        raise RuleError(_("Choose what to do with them."))
    if not keys:
        return go_to(url_for(endpoint), toasts=[toast("info", _("Tick some rows first."))])
    with current.write() as session:
        if act == "publish":
            return publish_records(session, [(kind, key) for key in keys], back=url_for(endpoint))
        refused = _archive_each(session, keys, archive, is_archived=act == "archive")
        session.commit()
    return go_to(url_for(endpoint), toasts=_toasts(len(keys) - len(refused), refused))


def _archive_each(session: Session, keys: Sequence[str], archive: Archive, *, is_archived: bool) -> list[str]:
    """Archive what may be archived; the sentences say what may not."""
    refused = []
    for key in keys:
        try:
            archive(session, key, is_archived, current.account().name, current.now())
        except RuleError as problem:
            refused.append(problem.sentence)
    return refused


def _archive_category(session: Session, key: str, is_archived: bool, by: str, now: datetime) -> None:
    row = session.get(Category, key)
    if row is not None:
        draft = replace(draft_of_category(row), is_archived=is_archived)
        save_category(session, draft, category_id=key, by=by, now=now)


def _archive_group(session: Session, key: str, is_archived: bool, by: str, now: datetime) -> None:
    row = session.get(ModifierGroup, key)
    if row is not None:
        draft = replace(draft_of_modifier_group(row), is_archived=is_archived)
        save_modifier_group(session, draft, group_id=key, by=by, now=now)


def _toasts(saved: int, refused: Sequence[str]) -> list[dict[str, str]]:
    toasts = []
    if saved:
        words = ngettext(
            "%(count)s saved. Not on the POS yet.", "%(count)s saved. Not on the POS yet.", saved
        )
        toasts.append(toast("success", words))
    if refused:
        toasts.append(toast("error", _("Something stays as it was."), " ".join(dict.fromkeys(refused[:3]))))
    return toasts
