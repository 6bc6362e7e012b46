"""Documents that the Back Office refused: send them again, correct them, or take them along as a file."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.approvals.ask import Ask
from pos_web.noting import note_here
from pos_web.syncing import dead_letters
from pos_web.terminals.terminal import ServedStore
from shared_web.access import needs_or_approval
from shared_web.answers import go_to, toast
from shared_web.language import _, ngettext

blueprint = Blueprint("dead_letters", __name__)


def _ask_resends(_book: Session, _replica: Session) -> Ask:
    return Ask(what=_("Send the refused documents again"))


def _ask_repair(book: Session, _replica: Session, uuid: str) -> Ask:
    letter = dead_letters.find(book, store_id=current.store_id(), uuid=uuid)
    return Ask(
        what=_("Send the refused %(name)s again", name=letter.name),
        target=letter.uuid,
        amount_cents=letter.total_cents,
        currency=letter.currency,
        reason=request.form.get("reason", "").strip(),
    )


def _ask_export(_book: Session, _replica: Session) -> Ask:
    return Ask(what=_("Export the unsent documents as a file"))


@blueprint.post("/dead-letters/resends")
@needs_or_approval("support.repair", asks=_ask_resends)
def create_resends() -> ResponseReturnValue:
    """All of them again, as they are."""
    return _send_again(None)


@blueprint.post("/dead-letters/<uuid>/resends")
@needs_or_approval("support.repair", asks=_ask_repair)
def create_resend(uuid: str) -> ResponseReturnValue:
    return _send_again(uuid)


@blueprint.post("/dead-letters/<uuid>/corrections")
@needs_or_approval("support.repair", asks=_ask_repair)
def create_correction(uuid: str) -> ResponseReturnValue:
    with current.book_write() as book:
        dead_letters.correct(
            book, store_id=current.store_id(), uuid=uuid, reason=request.form.get("reason", "")
        )
        note_here(book, "document.correct", {"uuid": uuid})
        book.commit()
    return _sent(1)


@blueprint.post("/dead-letters/exports")
@needs_or_approval("support.repair", asks=_ask_export)
def create_export() -> ResponseReturnValue:
    """The signed file. What is in it goes on waiting: the office keeps each document once."""
    now, store_id = current.now(), current.store_id()
    with current.book_write() as book:
        store = book.get(ServedStore, store_id)
        content = dead_letters.export(
            book,
            store_id=store_id,
            store_name=store.name if store is not None else "",
            now=now,
            signed_by=current.agent().sign,
        )
        note_here(book, "documents.export")
        book.commit()
    response = Response(content, mimetype="application/x-ndjson")
    name = f"evertill-documents-{now:%Y%m%d-%H%M}.ndjson"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _send_again(uuid: str | None) -> ResponseReturnValue:
    with current.book_write() as book:
        count = dead_letters.send_again(book, store_id=current.store_id(), uuid=uuid)
        note_here(book, "documents.send_again", {"count": str(count)})
        book.commit()
    return _sent(count)


def _sent(count: int) -> ResponseReturnValue:
    current.agent().kick_outbox(current.store_id())
    said = ngettext("%(count)s document is sent again", "%(count)s documents are sent again", count)
    return go_to(url_for("status.show"), toasts=[toast("info", said, _("Look here again in a moment."))])
