"""Archiving many ticked terminals: asked once more, because their browsers stop selling."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.routes.scope import check_reach, shown_stores
from backoffice_web.routes.terminals import tell_of_terminals
from backoffice_web.routes.ticked_rows import change_each, list_url, nothing_ticked, ticked, toasts_of
from backoffice_web.terminals.board import board
from backoffice_web.terminals.registration import archive
from backoffice_web.terminals.terminal import Terminal
from shared_web.access import needs
from shared_web.answers import go_to
from shared_web.errors import RuleError
from shared_web.language import _, ngettext

blueprint = Blueprint("terminal_batches", __name__)


@blueprint.post("/terminal-batches")
@needs("terminal.edit")
def create() -> ResponseReturnValue:
    if request.form.get("act") != "archive":
        raise RuleError(_("Choose what to do with them."))
    keys, back = ticked(), list_url("terminals.index")
    if not keys:
        return nothing_ticked(back)
    if request.form.get("step") != "apply":
        return _ask(keys)
    stores: set[str] = set()
    with current.write() as session:
        outcome = change_each(session, Terminal, keys, lambda row: _archive(session, row, stores))
        session.commit()
    tell_of_terminals(*stores)
    count = len(outcome.changed)
    words = ngettext("%(count)s terminal archived.", "%(count)s terminals archived.", count)
    return go_to(back, toasts=toasts_of(outcome, words))


def _ask(keys: list[str]) -> ResponseReturnValue:
    with current.read() as session:
        stores = [store.id for store in shown_stores(session)]
        rows = board(session, now=current.now(), store_ids=stores)
    rows = [row for row in rows if row.terminal_id in keys]
    if not rows:
        return nothing_ticked(list_url("terminals.index"))
    return render_template("backoffice/terminals/batch.html", rows=rows, back=list_url("terminals.index"))


def _archive(session: Session, row: Terminal, stores: set[str]) -> bool:
    """Adds the terminal's store to `stores`. Raises StaleEdit when it was saved since the question."""
    check_reach(row.store_id)
    if row.is_archived:
        return False
    revision = request.form.get(f"revision-{row.id}", row.revision, type=int)
    archive(session, terminal_id=row.id, revision=revision, by=current.account().name, now=current.now())
    stores.add(row.store_id)
    return True
