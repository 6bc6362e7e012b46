"""Documents that the office refused: the way in for those that come as a file, and dismissing one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice_web import current
from backoffice_web.ledger.import_file import ImportedFile, import_document_file
from backoffice_web.ledger.refused import NotRefused, dismiss, find_refusal, refusals
from backoffice_web.ledger.sales import find_sale
from backoffice_web.routes.scope import check_reach, shown_stores
from backoffice_web.stores.store import Store
from shared_web.access import needs
from shared_web.answers import go_to, toast
from shared_web.errors import RuleError
from shared_web.language import _, ngettext

# Of a file with many the first few say enough.
NOTES_TOLD = 3

blueprint = Blueprint("dead_letters", __name__)


@blueprint.get("/dead-letters")
@needs("support.repair")
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("/dead-letters/imports")
@needs("support.repair")
def create_import() -> ResponseReturnValue:
    file = request.files.get("file")
    content = file.read() if file is not None else b""
    try:
        if not content:
            raise RuleError(_("Choose the file that was exported at the till."))
        with current.write() as session:
            done = import_document_file(session, content=content, now=current.now())
            check_reach(*done.news)
            session.commit()
    except RuleError as problem:
        return _page(error=problem.sentence), problem.status
    for store_id, events in done.news.items():
        for event in events:
            current.office().announcer.announce(event, {"store": store_id}, room="office")
    return go_to(url_for("dead_letters.index"), toasts=[_said(done)])


@blueprint.get("/dead-letters/dismissals/new")
@needs("support.repair")
def new_dismissal() -> ResponseReturnValue:
    return _dismissal(request.args.get("store", ""), request.args.get("key", ""))


@blueprint.post("/dead-letters/dismissals")
@needs("support.repair")
def create_dismissal() -> ResponseReturnValue:
    store_id, key = request.form.get("store", ""), request.form.get("key", "")
    try:
        with current.write() as session:
            check_reach(find_refusal(session, store_id=store_id, key=key).store_id)
            dismiss(
                session,
                store_id=store_id,
                key=key,
                reason=request.form.get("reason", ""),
                is_known_missing="is_known_missing" in request.form,
                by=current.account().name,
                now=current.now(),
            )
            session.commit()
    except NotRefused as problem:
        return go_to(url_for("dead_letters.index"), toasts=[toast("error", problem.sentence)])
    except RuleError as problem:
        return _dismissal(store_id, key, errors=problem.fields)
    said = toast("success", _("The document is dismissed."), _("The journal keeps who did it, and why."))
    return go_to(url_for("dead_letters.index"), toasts=[said])


def _dismissal(store_id: str, key: str, *, errors: Mapping[str, str] | None = None) -> ResponseReturnValue:
    try:
        with current.read() as session:
            refusal = find_refusal(session, store_id=store_id, key=key)
            check_reach(refusal.store_id)
            store = session.get_one(Store, store_id)
            sale = find_sale(session, key)
    except NotRefused as problem:
        return go_to(url_for("dead_letters.index"), toasts=[toast("error", problem.sentence)])
    page = render_template(
        "backoffice/dead_letters/dismissal.html",
        refusal=refusal,
        store=store,
        sale=sale if sale is not None and current.account().reaches([sale.store_id]) else None,
        reason=request.form.get("reason", ""),
        errors=defaultdict(str, errors or {}),
    )
    return page, 422 if errors else 200


def _page(*, error: str = "") -> str:
    with current.read() as session:
        stores = {store.id: store for store in shown_stores(session)}
        rows = refusals(session, store_ids=list(stores))
    return render_template("backoffice/dead_letters/index.html", rows=rows, stores=stores, error=error)


def _said(done: ImportedFile) -> dict[str, str]:
    title = ngettext("%(count)s document taken in", "%(count)s documents taken in", done.accepted)
    known = _("%(count)s were here already", count=done.known) if done.known else ""
    refused = _("%(count)s refused: see below", count=done.refused) if done.refused else ""
    more = len(done.notes) - NOTES_TOLD
    unsaid = ngettext("and %(count)s more of this kind", "and %(count)s more of this kind", more)
    told = " · ".join(filter(None, (known, refused, *done.notes[:NOTES_TOLD], unsaid if more > 0 else "")))
    return toast("error" if done.refused else "info" if done.notes else "success", title, told)
