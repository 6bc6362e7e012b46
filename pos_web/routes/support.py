"""Support › Download: what is installed, what is new, and a bundle of facts for whoever helps."""

from __future__ import annotations

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.approvals.ask import Ask
from pos_web.noting import note_alone
from pos_web.screens import screen
from pos_web.support.bundle import diagnostic_bundle
from pos_web.support.storage import storage_of
from pos_web.syncing.sync_run import SyncState
from pos_web.syncing.verify import verify_store
from shared_web.access import needs_or_approval, signed_in
from shared_web.answers import go_to, toast
from shared_web.language import _, ngettext
from shared_web.releases import is_newer, releases

blueprint = Blueprint("support", __name__)


@blueprint.get("/support")
@signed_in
def index() -> ResponseReturnValue:
    with current.book_read() as book:
        state = book.get(SyncState, current.store_id())
    announced = state.office_version if state is not None else ""
    return screen(
        "pos/support/index.html",
        releases=releases(),
        newer=announced if is_newer(announced, current.node().version) else "",
        office_version=announced,
    )


def _ask_bundle(_book: Session, _replica: Session) -> Ask:
    return Ask(what=_("Make a diagnostic bundle"))


def _ask_verification(_book: Session, _replica: Session) -> Ask:
    return Ask(what=_("Check the database"))


@blueprint.post("/support/bundles")
@needs_or_approval("support.repair", asks=_ask_bundle)
def create_bundle() -> ResponseReturnValue:
    now, node = current.now(), current.node()
    with current.book_read() as book, current.replica() as replica:
        content = diagnostic_bundle(
            book,
            replica,
            store_id=current.store_id(),
            version=node.version,
            clock_wrong_by_s=node.agent.clock_wrong_by_s,
            storage=storage_of(node.book.url, node.replica.url),
            now=now,
        )
    _note("support.bundle")
    response = Response(content, mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="evertill-{now:%Y%m%d-%H%M}.zip"'
    return response


@blueprint.post("/support/verifications")
@needs_or_approval("support.repair", asks=_ask_verification)
def create_verification() -> ResponseReturnValue:
    """Re-hash the catalog and look through the book."""
    with current.book_read() as book, current.replica() as replica:
        problems = verify_store(book, replica, store_id=current.store_id())
    _note("support.verify")
    if not problems:
        said = toast("success", _("The database is sound"))
    else:
        title = ngettext("%(count)s problem found", "%(count)s problems found", len(problems))
        said = toast("error", title, " ".join(f"{problem}." for problem in problems))
    return go_to(url_for("status.show"), toasts=[said])


def _note(action: str) -> None:
    note_alone(action)
    # Whoever helps looks for it in the Back Office at once.
    current.agent().kick_outbox(current.store_id())
