"""Signing in with a PIN, locking, signing out. The order stays at the terminal in every case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.access import forget_person, note_touch, remember_person
from pos_web.catalog import published
from pos_web.identifying import asked_employee, identify_here
from pos_web.orders.hold import put_aside_others
from pos_web.screens import screen
from pos_web.staff.person import Person, people
from pos_web.staff.record import note
from pos_web.staff.sign_in import SignIn
from pos_web.staff.till_session import begin_session, end_session
from pos_web.syncing.outbox import Waiting, waiting
from shared_web.access import at_terminal, signed_in
from shared_web.answers import fragment, go_to, is_htmx, toast
from shared_web.language import _

# Longer than this, nothing that was finished takes to go up on a good day.
ON_ITS_WAY = timedelta(seconds=20)

# The page tells of touches every ten seconds at most.
LONGEST_AGO_S = 15

# Where a person's first screen is; an unknown one of a newer office is the order.
INITIAL_SCREENS = {"order": "order.show", "orders": "orders.index", "operations": "operations.index"}

blueprint = Blueprint("sessions", __name__)


@blueprint.post("/sessions")
@at_terminal
def create() -> ResponseReturnValue:
    terminal = current.the_terminal()
    with current.book_write() as book, current.replica() as replica:
        result = identify_here(book, replica)
        if result.person is not None:
            put_aside_others(book, terminal_id=terminal.id, by=result.person, now=current.now())
            _begin(book, result.person)
            _note(book, result.person, "session.begin")
        book.commit()
    if result.person is None:
        return _refused(asked_employee(), result)
    login_user(result.person)
    return _onward(result.person)


@blueprint.post("/sessions/lock")
@signed_in
def lock() -> ResponseReturnValue:
    with current.book_write() as book:
        _end(book)
        book.commit()
    return go_to(url_for("login.show"))


@blueprint.get("/sessions/current")
@signed_in
def show() -> ResponseReturnValue:
    """Does this session still go on? The page asks after news of people; if not, to the Login screen."""
    return "", 204


@blueprint.post("/sessions/touches")
@signed_in
def create_touch() -> ResponseReturnValue:
    """Somebody has touched the screen, though nothing had to be asked of the server; `ago` seconds ago."""
    told = request.form.get("ago", "")
    is_number = told.isascii() and told.isdigit() and len(told) < 4
    note_touch(ago_s=min(int(told), LONGEST_AGO_S) if is_number else 0)
    return "", 204


@blueprint.post("/sessions/end")
@signed_in
def end() -> ResponseReturnValue:
    """Warns first while finished documents are stuck or refused; a sale of a moment ago is on its way."""
    unsent = _stuck()
    if unsent is not None and "confirmed" not in request.form:
        return screen("pos/sessions/end.html", unsent=unsent)
    with current.book_write() as book:
        _note(book, current.person(), "session.end")
        _end(book)
        book.commit()
    current.agent().kick_outbox(current.store_id())
    return go_to(url_for("login.show"))


def _stuck() -> Waiting | None:
    with current.book_read() as book:
        unsent = waiting(book, store_id=current.store_id())
    return unsent if unsent.refused or unsent.oldest_age(current.now()) > ON_ITS_WAY else None


def _begin(book: Session, person: Person) -> None:
    # A new session for a new person: the cookie of the one before opens nothing.
    end_session(book, key=str(session.get("till_session", "")))
    terminal = current.the_terminal()
    begun = begin_session(
        book, store_id=terminal.store_id, terminal_id=terminal.id, person=person, now=current.now()
    )
    remember_person(begun.key)


def _end(book: Session) -> None:
    end_session(book, key=session["till_session"])
    logout_user()
    forget_person()


def _onward(person: Person) -> ResponseReturnValue:
    """Where the Login screen's button wanted to go; without one, to the person's initial screen."""
    after = request.form.get("after", "")
    if after == "operations":
        return go_to(url_for("operations.index"))
    if after == "departure" and person.may("terminal.edit"):
        return go_to(url_for("departures.new"))
    if after == "departure":
        said = toast("error", _("Only a manager can sign this terminal out. Ask one to enter their PIN."))
        return go_to(url_for("order.show"), toasts=[said])
    return go_to(url_for(INITIAL_SCREENS.get(person.initial_screen, "order.show")))


def _refused(employee: str, refusal: SignIn) -> ResponseReturnValue:
    with current.replica() as replica:
        everybody = people(replica, store_id=current.store_id())
    chosen = next((person for person in everybody if person.employee == employee), None)
    context: dict[str, Any] = {"people": everybody, "chosen": chosen, "waiting": None}
    context |= {"message": refusal.sentence, "wait_s": refusal.wait_s}
    context["after"] = request.form.get("after", "")[:20]
    if is_htmx():
        return fragment("pos/login/_pin.html", status=422, pin_length=_pin_length(), **context)
    return screen("pos/login/show.html", **context), 422


def _pin_length() -> int:
    with current.replica() as replica:
        return published.settings(replica, store_id=current.store_id()).pin_length


def _note(book: Session, person: Person, action: str) -> None:
    terminal = current.the_terminal()
    note(
        book,
        store_id=terminal.store_id,
        terminal_id=terminal.id,
        by=person,
        action=action,
        details={},
        now=current.now(),
    )
