"""Enforces, before every request, what its route demands: a terminal, a person, a permission.

The person and their permissions are read from the replica at each request, so that whoever was
switched off or lost a permission loses it at the next one.
"""

from __future__ import annotations

from datetime import timedelta
from secrets import token_hex
from typing import Any

from flask import Flask, abort, current_app, g, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.approval_gate import pass_or_ask
from pos_web.catalog import published
from pos_web.staff.person import Person, person_of
from pos_web.staff.till_session import TillSession, end_session, find_session, touch
from pos_web.terminals.terminal import Terminal
from pos_web.time_clock.on_shift import on_shift
from shared_web.access import requirement_of
from shared_web.answers import go_to, is_htmx, toast
from shared_web.language import _


def guard(app: Flask) -> None:
    login = LoginManager(app)
    login.session_protection = None
    login.user_loader(_load_person)
    app.before_request(_enforce)


def _load_person(employee: str) -> Person | None:
    """The person of a session that still goes on; else None, and `g.ended` says why it does not."""
    terminal = current.terminal()
    if terminal is None:
        return None
    with current.replica() as replica:
        person = person_of(replica, store_id=terminal.store_id, employee=employee)
        if not _goes_on(replica, terminal, employee, person):
            return None
        if person is None:
            return None
        with current.book_read() as book:
            return on_shift(book, replica, person, store_id=terminal.store_id)


def _goes_on(replica: Session, terminal: Terminal, employee: str, person: Person | None) -> bool:
    key = str(session.get("till_session", ""))
    with current.book_read() as book:
        found = find_session(book, key=key, terminal_id=terminal.id, employee=employee)
    g.idle_lock_s = idle_lock_s = published.settings(replica, store_id=terminal.store_id).idle_lock_s
    if found is None or person is None or found.stamp != person.stamp:
        g.ended = _("Sign in again: this till was locked, or what you may do was changed. The order is kept.")
    elif found.is_idle(
        idle_lock_s=idle_lock_s, now=current.now(), touched_at=current.node().touches.last(key)
    ):
        g.ended = _("Nobody touched this till for a while, so it was locked. The order is kept.")
    elif found.is_over and not _is_after_sale():
        g.ended = _("You are logged off after each sale.")
    return "ended" not in g


def _is_after_sale() -> bool:
    """What the end of a sale still shows: its receipt, and the way to lock."""
    # The bar asks by itself on every screen: that must not take the receipt away.
    return request.blueprint in {"receipts", "sessions", "syncs"} or request.endpoint == "approvals.bar"


def _enforce() -> ResponseReturnValue | None:
    requirement = requirement_of(current_app, request.endpoint)
    if request.endpoint is None or requirement is None or requirement.level == "anyone":
        return None
    if current.terminal() is None:
        return _away("terminals.index", toasts=_why_no_terminal())
    if requirement.level == "terminal":
        return None
    if not current_user.is_authenticated:
        return _sign_in_again()
    # A page that somebody opened is a touch. What htmx fetches may be the page's own doing: script tells.
    if not is_htmx():
        note_touch()
        _renew_secret()
    return pass_or_ask(requirement) if requirement.level == "permission" else None


def _why_no_terminal() -> list[dict[str, str]]:
    """To a browser that was a terminal a moment ago."""
    if current.terminal_cookie_name() not in request.cookies:
        return []
    detail = _("It was revoked, archived or moved in the Back Office. A code from there registers it again.")
    return [toast("info", _("This browser is no terminal any more"), detail)]


def _sign_in_again() -> ResponseReturnValue:
    if "ended" not in g:
        return _away("login.show")
    key = str(session.get("till_session", ""))
    forget_person()
    with current.book_write() as book:
        end_session(book, key=key)
        book.commit()
    return _away("login.show", toasts=[toast("info", g.ended)])


def forget_person() -> None:
    """Nobody is signed in at this browser any more.

    The secret of its forms stays until the next person's first page: several requests of the old page may
    be answered at this moment, and whichever cookie comes last, the forms of the Login page are good with it.
    """
    secret = session.get("csrf_token")
    session.clear()
    if secret:
        session["csrf_token"] = secret


def remember_person(key: str) -> None:
    """The till session `key` goes on at this browser; nothing of the one before is carried over.

    But for the secret of the forms: the Login page has its cookie a moment before it knows that it is over,
    and what it tells in between (which version it shows) is told with the token that it has.
    """
    forget_person()
    session["till_session"] = key
    session["next_secret"] = token_hex()


def _renew_secret() -> None:
    """With a person's first page: what an earlier person may know of the forms opens nothing any more."""
    if secret := session.pop("next_secret", None):
        session["csrf_token"] = secret


def note_touch(*, ago_s: int = 0) -> None:
    """Somebody is at the till, or was `ago_s` seconds ago; written only now and then."""
    key, now = session["till_session"], current.now() - timedelta(seconds=ago_s)
    current.node().touches.note(key, now)
    with current.book_read() as book:
        found = book.get(TillSession, key)
    if found is not None and found.is_touch_due(idle_lock_s=g.idle_lock_s, now=now):
        with current.book_write() as book:
            touch(book, key=key, now=now)
            book.commit()


def _away(endpoint: str, *, toasts: list[dict[str, str]] | None = None, **where: Any) -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        abort(401)
    return go_to(url_for(endpoint, **where), toasts=toasts)
