"""The sync control: press it, see how it stands, read what changed, read everything again."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from pos_web import current, sync_words
from pos_web.approvals.ask import Ask
from pos_web.noting import note_alone
from pos_web.office_line import office_line
from pos_web.screens import screen
from pos_web.sync_view import applied_since, sync_details, sync_view
from pos_web.syncing.shown import is_news, record_shown
from pos_web.syncing.sync_result import SyncResult
from shared_web.access import at_terminal, needs_or_approval
from shared_web.answers import fragment, go_to, is_htmx, with_toasts
from shared_web.language import _

PLACES = ("login", "order", "operations")
LARGEST_VERSION = 2**31 - 1

blueprint = Blueprint("syncs", __name__)
# The control is part of many pages; each finds its state by itself.
blueprint.app_context_processor(lambda: {"sync_view": sync_view, "office_line": office_line})


@blueprint.get("/syncs")
@at_terminal
def index() -> ResponseReturnValue:
    """What changed, by whom, when; as a sheet for htmx, else as a page."""
    context: dict[str, Any] = {"details": sync_details(), "words": sync_words, "back": _back()}
    if is_htmx():
        return fragment("pos/syncs/_details.html", **context)
    return screen("pos/syncs/index.html", **context)


@blueprint.post("/syncs")
@at_terminal
def create() -> ResponseReturnValue:
    return _answer(current.agent().sync(current.store_id(), by=_by()))


def _ask_full(_book: Session, _replica: Session) -> Ask:
    return Ask(what=_("Fetch the whole catalog anew"))


def _ask_older(_book: Session, _replica: Session) -> Ask:
    return Ask(what=_("Go back to an older catalog"))


@blueprint.post("/syncs/full")
@needs_or_approval("sync.full", asks=_ask_full)
def create_full() -> ResponseReturnValue:
    note_alone("sync.full")
    return _answer(current.agent().sync(current.store_id(), by=_by(), is_full=True))


@blueprint.post("/syncs/older")
@needs_or_approval("sync.full", asks=_ask_older)
def create_older() -> ResponseReturnValue:
    """Go back to the older state of a Back Office that was restored from a backup."""
    note_alone("sync.older")
    return _answer(current.agent().sync(current.store_id(), by=_by(), takes_older=True))


@blueprint.get("/syncs/status")
@at_terminal
def status() -> ResponseReturnValue:
    """The controls as they stand now; with `since`, a toast for what came after that version."""
    return _controls(since=_version("since"))


@blueprint.post("/syncs/shown")
@at_terminal
def show() -> ResponseReturnValue:
    """The page tells which version it shows, and learns how the store stands."""
    terminal, now = current.the_terminal(), current.now()
    version = _version("version")
    if version is not None and is_news(terminal, version=version, now=now):
        with current.book_write() as book:
            record_shown(
                book,
                terminal_id=terminal.id,
                version=version,
                now=now,
                address=request.remote_addr or "",
            )
            book.commit()
        current.agent().report_soon(terminal.store_id)
    return _controls(since=_version("since"))


def _answer(result: SyncResult) -> ResponseReturnValue:
    g.pop("sync_view", None)
    said = sync_words.result_toast(result)
    if not is_htmx():
        return go_to(_back(), toasts=[said])
    trigger = {"pos:synced": {"version": result.to_version}} if result.is_success else None
    return with_toasts(_controls_html(), toasts=[said], trigger=trigger)


def _controls(*, since: int | None) -> ResponseReturnValue:
    state = sync_view()
    assert state is not None  # the route demands a terminal
    applied = applied_since(since) if since is not None else []
    toasts = [sync_words.applied_toast(applied)] if applied else []
    return with_toasts(_controls_html(), toasts=toasts, trigger={"pos:version": {"version": state.version}})


def _controls_html() -> str:
    """The controls of the places that the asking page has; of all, when it does not say."""
    asked = request.values.get("places")
    places = PLACES if asked is None else [place for place in PLACES if place in asked.split(",")]
    return render_template("pos/syncs/_controls.html", places=places)


def _by() -> str:
    """The person who pressed; at the Login screen, the terminal."""
    return current.person().name if current_user.is_authenticated else current.the_terminal().name


def _back() -> str:
    """The page of the POS that the person came from."""
    home = url_for("login.show")
    try:
        came_from = urlsplit(request.referrer or "")
    except ValueError:
        return home
    is_ours = came_from.netloc == request.host and came_from.path.startswith(home)
    if not is_ours or came_from.path.startswith(url_for("syncs.index")):
        return home
    return came_from._replace(scheme="", netloc="", fragment="").geturl()


def _version(name: str) -> int | None:
    text = request.values.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    return min(int(text), LARGEST_VERSION)
