"""Taking a browser off its terminal: it sells no more until it is registered again."""

from __future__ import annotations

from flask import Blueprint, current_app, make_response, request, session, url_for
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.access import forget_person
from pos_web.screens import screen
from pos_web.staff.record import note
from pos_web.staff.till_session import end_session
from pos_web.syncing.outbox import Waiting, waiting
from shared_web.access import needs
from shared_web.answers import go_to, toast
from shared_web.language import _

blueprint = Blueprint("departures", __name__)


@blueprint.get("/departures/new")
@needs("terminal.edit")
def new() -> ResponseReturnValue:
    return screen("pos/departures/new.html", unsent=_unsent())


@blueprint.post("/departures")
@needs("terminal.edit")
def create() -> ResponseReturnValue:
    """What is unsent stays in the store's book; still, whoever leaves must have seen it."""
    unsent = _unsent()
    if (unsent.length or unsent.refused) and "confirmed" not in request.form:
        return screen("pos/departures/new.html", unsent=unsent), 422
    terminal = current.the_terminal()
    with current.book_write() as book:
        note(
            book,
            store_id=terminal.store_id,
            terminal_id=terminal.id,
            by=current.person(),
            action="terminal.leave",
            details={},
            now=current.now(),
        )
        end_session(book, key=session["till_session"])
        book.commit()
    current.agent().kick_outbox(terminal.store_id)
    forget_person()
    said = toast("success", _("This browser is %(name)s no more.", name=terminal.name))
    response = make_response(go_to(url_for("terminals.index"), toasts=[said]))
    response.delete_cookie(
        current.terminal_cookie_name(),
        path=url_for("login.show"),
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


def _unsent() -> Waiting:
    with current.book_read() as book:
        return waiting(book, store_id=current.store_id())
