"""Documents that the office refused, and the way in for those that come as a file."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice_web import current
from backoffice_web.ledger.import_file import ImportedFile, import_document_file
from backoffice_web.ledger.refused import refusals
from backoffice_web.routes.scope import check_reach, shown_stores
from shared_web.access import needs
from shared_web.answers import go_to, toast
from shared_web.errors import RuleError
from shared_web.language import _, ngettext

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


def _page(*, error: str = "") -> str:
    with current.read() as session:
        stores = {store.id: store for store in shown_stores(session)}
        rows = refusals(session, store_ids=list(stores))
    return render_template("backoffice/dead_letters/index.html", rows=rows, stores=stores, error=error)


def _said(done: ImportedFile) -> dict[str, str]:
    title = ngettext("%(count)s document taken in", "%(count)s documents taken in", done.accepted)
    known = _("%(count)s were here already", count=done.known) if done.known else ""
    refused = _("%(count)s refused: see below", count=done.refused) if done.refused else ""
    return toast("error" if done.refused else "success", title, " · ".join(filter(None, (known, refused))))
