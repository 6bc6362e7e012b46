"""Writes refusals into the journal: who was not allowed to do what, once in a while and not at each press."""

from __future__ import annotations

import structlog
from flask import Flask, Response, current_app, g, request
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from backoffice_web import current
from backoffice_web.publishing.journal_chain import append, new_entry
from shared_web.access import requirement_of
from shared_web.refusal_pace import RefusalPace
from sync_contract.permissions import BY_KEY

log = structlog.get_logger("evertill.refusals")


def journal_refusals(app: Flask) -> None:
    """Journal the answers 403 of `app` to people who are signed in."""
    pace = RefusalPace()

    @app.after_request
    def note(response: Response) -> Response:
        # Being asked for the password is no refusal.
        if response.status_code == 403 and "is_asked" not in g and current_user.is_authenticated:
            about = (current.account().employee_id, request.endpoint)
            if pace.is_due(about, now=current.now()):
                _write()
        return response


def _write() -> None:
    account = current.account()
    requirement = requirement_of(current_app, request.endpoint)
    permission = BY_KEY.get(requirement.permission) if requirement is not None else None
    entry = new_entry(
        at=current.now(), by=account.name, action="refused", kind="refusal", key=account.employee_id,
        label=f"{request.method} {request.path}".replace("\x00", ""),
        after=permission.label if permission is not None else "",
    )  # fmt: skip
    try:
        with current.write() as session:
            append(session, [entry])
            session.commit()
    except SQLAlchemyError as problem:
        # The answer stands: a database that is busy must not make another one of it.
        log.warning("refusal not journalled", problem=repr(problem)[:500])
