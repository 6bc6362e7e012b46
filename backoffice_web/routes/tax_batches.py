"""One act on many ticked taxes (archive, restore, publish) or tax classes (remove what nothing uses)."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.catalog.draft import draft_of_tax
from backoffice_web.catalog.save_tax import remove_tax_class, save_tax
from backoffice_web.catalog.tax import Tax, TaxClass
from backoffice_web.routes.editing import announce
from backoffice_web.routes.scope import check_reach
from backoffice_web.routes.ticked_rows import (
    archive_or_publish,
    change_each,
    list_url,
    nothing_ticked,
    ticked,
    toasts_of,
)
from shared_web.access import needs
from shared_web.answers import go_to
from shared_web.errors import RuleError
from shared_web.language import _, ngettext

blueprint = Blueprint("tax_batches", __name__)


@blueprint.post("/tax-batches")
@needs("tax.edit")
def taxes() -> ResponseReturnValue:
    return archive_or_publish("tax", "taxes.index", Tax, _archive_tax)


@blueprint.post("/tax-class-batches")
@needs("tax.edit")
def tax_classes() -> ResponseReturnValue:
    if request.form.get("act") != "remove":
        raise RuleError(_("Choose what to do with them."))
    keys, back = ticked(), list_url("tax_classes.index")
    if not keys:
        return nothing_ticked(back)
    with current.write() as session:
        outcome = change_each(session, TaxClass, keys, lambda row: _remove_class(session, row))
        session.commit()
    announce([])
    count = len(outcome.changed)
    words = ngettext("%(count)s tax class removed.", "%(count)s tax classes removed.", count)
    return go_to(back, toasts=toasts_of(outcome, words))


def _archive_tax(session: Session, row: Tax, is_archived: bool) -> bool:
    check_reach(row.store_id)
    if row.is_archived == is_archived:
        return False
    draft = replace(draft_of_tax(row), is_archived=is_archived)
    save_tax(session, draft, tax_id=row.id, by=current.account().name, now=current.now())
    return True


def _remove_class(session: Session, row: TaxClass) -> bool:
    remove_tax_class(session, row, by=current.account().name, now=current.now())
    return True
