"""One error path for both houses: a page, a toast out of band, or JSON, always with the true status."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    PendingRollbackError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from shared_web.answers import is_htmx, toast
from shared_web.database import trouble_of
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.records import UnreadableRecord

log = structlog.get_logger("evertill.errors")


def handle_errors(app: Flask) -> None:
    app.register_error_handler(RuleError, _rule_broken)
    app.register_error_handler(StaleDataError, _stale)
    app.register_error_handler(CSRFError, _stale_page)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DatabaseError, database_trouble)
    for away in (InterfaceError, PendingRollbackError, PoolTimeout):
        app.register_error_handler(away, _database_away)
    app.register_error_handler(Exception, _unexpected)


def error_answer(status: int, title: str, sentence: str, *, retry: str = "") -> Response:
    """The error as whoever asked can read it; `retry` as a toast has it."""
    if request.accept_mimetypes.best == "application/json" or request.is_json:
        return make_response(jsonify(error=title, sentence=sentence), status)
    if is_htmx():
        html = _rendered(
            "shared/_toast.html", toast=toast("error", title, sentence, retry=retry), out_of_band=True
        )
        response = make_response(html, status)
        response.headers["HX-Reswap"] = "none"
        return response
    return make_response(_rendered("shared/error.html", code=status, title=title, sentence=sentence), status)


def _rendered(template: str, **context: Any) -> str:
    try:
        return render_template(template, **context)
    except (SQLAlchemyError, UnreadableRecord):
        # What is usually around a page (who, which terminal) comes from what is away or damaged.
        words = current_app.extensions["page_words"]()
        return current_app.jinja_env.get_template(template).render(**words, **context)


def _rule_broken(problem: RuleError) -> Response:
    return error_answer(problem.status, problem.sentence, "")


def _stale(_problem: StaleDataError) -> Response:
    return error_answer(
        409, _("Somebody else saved this meanwhile."), _("Reload to see their changes, then try again.")
    )


def _stale_page(_problem: CSRFError) -> Response:
    sentence = _("Reload it and try again. Nothing was changed.")
    return error_answer(400, _("This page is too old."), sentence, retry="page")


def _http_error(problem: HTTPException) -> Any:
    if problem.code is None or problem.code < 400:
        return problem.get_response()
    title, sentence = _words(problem.code)
    response = error_answer(problem.code, title, sentence)
    if problem.code == 405 and getattr(problem, "valid_methods", None):
        response.headers["Allow"] = ", ".join(problem.valid_methods)  # type: ignore[attr-defined]
    return response


def database_trouble(problem: DatabaseError) -> Response:
    """A full disk, a file that may not be written, a database that is away or damaged."""
    if isinstance(problem, IntegrityError | DataError | ProgrammingError):
        return _unexpected(problem)
    log.error("database trouble", error=str(problem.orig), path=request.path)
    return error_answer(503, *trouble_of(problem))


def _database_away(problem: SQLAlchemyError) -> Response:
    """The line to the database was cut in the middle, or all lines are taken."""
    log.error("database away", error=str(problem), path=request.path)
    return error_answer(503, *trouble_of(problem))


def _unexpected(problem: Exception) -> Response:
    log.error("unexpected error", path=request.path, method=request.method, exc_info=problem)
    return error_answer(
        500, _("Something went wrong here."), _("It was written to the log. Nothing was changed.")
    )


def _words(code: int) -> tuple[str, str]:
    words = {
        400: (_("This request could not be read."), _("Go back and try again.")),
        401: (_("Sign in first."), ""),
        403: (_("You may not do this."), _("Ask a manager for the permission.")),
        404: (_("Not found"), _("This page does not exist, or it was moved.")),
        405: (_("This cannot be opened like that."), _("Go back and use the button.")),
        413: (_("This file is too large."), _("Choose a smaller one.")),
        429: (_("Too many tries."), _("Wait a minute, then try again.")),
    }
    return words.get(code, (_("That did not work."), _("Go back and try again.")))
