"""Enforces, before every request, what its route demands: a terminal, a person, a permission.

The person and their permissions are read from the replica at each request, so that whoever was
switched off or lost a permission loses it at the next one.
"""

from __future__ import annotations

from flask import Flask, abort, current_app, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

from pos_web import current
from pos_web.approval_gate import pass_or_ask
from pos_web.staff.person import Person, in_role, person_of
from pos_web.time_clock.punch import open_shift
from shared_web.access import requirement_of
from shared_web.answers import go_to


def guard(app: Flask) -> None:
    login = LoginManager(app)
    login.session_protection = None
    login.user_loader(_load_person)
    app.before_request(_enforce)


def _load_person(employee: str) -> Person | None:
    terminal = current.terminal()
    if terminal is None or session.get("terminal") != terminal.id:
        return None
    with current.replica() as replica:
        person = person_of(replica, store_id=terminal.store_id, employee=employee)
        if person is None or len(person.roles) < 2:
            return person
        # Whoever may work in several roles has, at the till, that of their shift.
        with current.book_read() as book:
            shift = open_shift(book, store_id=terminal.store_id, employee=employee)
        return in_role(replica, person, store_id=terminal.store_id, role=shift.role if shift else "")


def _enforce() -> ResponseReturnValue | None:
    requirement = requirement_of(current_app, request.endpoint)
    if request.endpoint is None or requirement is None or requirement.level == "anyone":
        return None
    if current.terminal() is None:
        return _away("terminals.index")
    if requirement.level == "terminal":
        return None
    if not current_user.is_authenticated:
        return _away("login.show")
    return pass_or_ask(requirement) if requirement.level == "permission" else None


def _away(endpoint: str) -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        abort(401)
    return go_to(url_for(endpoint))
