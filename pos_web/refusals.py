"""Writes refusals into the store's journal: who may not do what, once in a while and not at each press.

A question that was put to a manager is no refusal: the journal has the request and its answer.
"""

from __future__ import annotations

import structlog
from flask import Flask, Response, current_app, g, request
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from pos_web import current
from pos_web.staff.record import note
from shared_web.access import requirement_of
from shared_web.refusal_pace import RefusalPace
from sync_contract.permissions import BY_KEY

log = structlog.get_logger("evertill.refusals")


def journal_refusals(app: Flask) -> None:
    """Journal the answers 403 of `app` to people who are signed in."""
    pace = RefusalPace()

    @app.after_request
    def note_refusal(response: Response) -> Response:
        is_refusal = response.status_code == 403 and "is_asked" not in g and current.terminal() is not None
        if is_refusal and current_user.is_authenticated:
            about = (current.store_id(), current.person().employee, request.endpoint)
            if pace.is_due(about, now=current.now()):
                _write()
        return response


def _write() -> None:
    terminal = current.the_terminal()
    requirement = requirement_of(current_app, request.endpoint)
    permission = BY_KEY.get(requirement.permission) if requirement is not None else None
    details = {"what": f"{request.method} {request.path}".replace("\x00", "")[:200]}
    if permission is not None:
        details["permission"] = permission.label
    try:
        # Not `current.book_write`: an approval that led nowhere stays unspent.
        with current.node().book.write() as book:
            note(
                book,
                store_id=terminal.store_id,
                terminal_id=terminal.id,
                by=current.person(),
                action="refused",
                details=details,
                now=current.now(),
            )
            book.commit()
    except SQLAlchemyError as problem:
        # The answer stands: a database that is busy must not make another one of it.
        log.warning("refusal not journalled", problem=repr(problem)[:500])
        return
    current.agent().kick_outbox(terminal.store_id)
