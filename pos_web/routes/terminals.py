"""Which terminal this browser is: a list of buttons in the demo, else a code from an admin."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, make_response, request, session, url_for
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.screens import screen
from pos_web.syncing.bridge_client import BridgeError
from pos_web.terminals.registration import (
    StoreTerminals,
    choose,
    cleaned_code,
    register,
    terminals_by_store,
)
from pos_web.terminals.terminal import Terminal
from shared_web.access import anyone
from shared_web.answers import go_to
from shared_web.errors import RuleError
from shared_web.language import _

# A node that has just started may not have heard yet which stores it serves.
DISCOVERY_S = 2.0
REMEMBERED = timedelta(days=3650)

blueprint = Blueprint("terminals", __name__)


@blueprint.get("/terminals")
@anyone
def index() -> ResponseReturnValue:
    link = current.node().link
    if link is not None and not link.is_paired:
        return go_to(url_for("pairings.new"))
    return _page()


@blueprint.post("/terminals/<terminal_id>/selection")
@anyone
def select(terminal_id: str) -> ResponseReturnValue:
    with current.book_write() as book:
        terminal = choose(book, terminal_id=terminal_id)
        book.commit()
    return _become(terminal)


@blueprint.post("/terminals/registration")
@anyone
def redeem() -> ResponseReturnValue:
    code = request.form.get("code", "")[:80]
    try:
        # The office is asked before the book is locked: no network inside a write transaction.
        found = _ask_office(code)
        with current.book_write() as book:
            terminal = register(book, terminal_id=found)
            book.commit()
    except RuleError as problem:
        return _page(code=code, errors=problem.fields or {"code": problem.sentence}), problem.status
    return _become(terminal)


def _ask_office(code: str) -> str | None:
    try:
        cleaned = cleaned_code(code)
        return current.agent().register(cleaned) if cleaned else None
    except (BridgeError, TimeoutError):
        raise RuleError(_("Internet appears to be offline. Please try again later")) from None


def _stores() -> list[StoreTerminals]:
    with current.book_read() as book:
        return terminals_by_store(book)


def _page(*, code: str = "", errors: dict[str, str] | None = None) -> str:
    stores = _stores()
    if not stores and not errors and current.agent().discover(DISCOVERY_S):
        stores = _stores()
    return screen("pos/terminals/index.html", stores=stores, code=code, errors=errors or {})


def _become(terminal: Terminal) -> ResponseReturnValue:
    session.clear()
    response = make_response(go_to(url_for("login.show")))
    response.set_cookie(
        current.terminal_cookie_name(),
        current.terminal_cookie(terminal.id, terminal.registration),
        max_age=REMEMBERED,
        path=url_for("login.show"),
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response
