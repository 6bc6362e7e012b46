"""The Time Clock: each punch begins with the person's own PIN, whoever is signed in at the till."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.catalog import published
from pos_web.identifying import asked_employee, identify_here
from pos_web.screens import screen
from pos_web.staff.person import Person, people, person_of
from pos_web.time_clock import punch
from shared_web.access import at_terminal
from shared_web.answers import fragment, go_to, is_htmx, toast
from shared_web.errors import RuleError
from shared_web.formats import local_time
from shared_web.language import _
from sync_contract.records import BreakType

# After the PIN: long enough to choose, too short for somebody else to find it open.
PATIENCE = timedelta(seconds=60)
PUNCHING = "punching"

blueprint = Blueprint("punches", __name__)


@blueprint.get("/punches")
@at_terminal
def index() -> ResponseReturnValue:
    return screen("pos/punches/index.html", **_pad(request.args.get("person", "")))


@blueprint.post("/punches/people")
@at_terminal
def identify() -> ResponseReturnValue:
    """The PIN or the badge, each time. A wrong one stays on the pad."""
    with current.book_write() as book, current.replica() as replica:
        result = identify_here(book, replica)
        book.commit()
    if result.person is None:
        context = _pad(asked_employee()) | {"message": result.sentence, "wait_s": result.wait_s}
        if is_htmx():
            return fragment("pos/login/_pin.html", status=422, **context)
        return screen("pos/punches/index.html", **context), 422
    session[PUNCHING] = [result.person.employee, (current.now() + PATIENCE).timestamp()]
    return go_to(url_for("punches.show"))


@blueprint.get("/punches/own")
@at_terminal
def show() -> ResponseReturnValue:
    """Welcome: clock in, or how the shift stands and what can be done."""
    person = _person()
    return go_to(url_for("punches.index")) if person is None else _welcome(person)


@blueprint.post("/punches/clock-ins")
@at_terminal
def create_clock_in() -> ResponseReturnValue:
    role = request.form.get("role", "")

    def clock_in(book: Session, person: Person) -> str:
        with current.replica() as replica:
            profile = published.profile(replica, store_id=current.store_id())
        punch.clock_in(book, profile=profile, role=role, by=person, **_place())
        return _("CLOCK-IN SUCCESS, %(name)s", name=person.name)

    return _punch(clock_in)


@blueprint.post("/punches/breaks")
@at_terminal
def create_break() -> ResponseReturnValue:
    kind = _break_type(request.form.get("break", ""))

    def begin(book: Session, person: Person) -> str:
        punch.begin_break(book, kind=kind, by=person, **_place())
        return _("SUCCESS, %(break)s Started", **{"break": kind.name})

    return _punch(begin)


@blueprint.post("/punches/break-ends")
@at_terminal
def create_break_end() -> ResponseReturnValue:
    def end(book: Session, person: Person) -> str:
        taken = punch.end_break(book, by=person, **_place())
        return _("SUCCESS, %(break)s Ended", **{"break": taken.name})

    return _punch(end)


@blueprint.post("/punches/clock-outs")
@at_terminal
def create_clock_out() -> ResponseReturnValue:
    def clock_out(book: Session, person: Person) -> str:
        punch.clock_out(book, by=person, **_place())
        return _("CLOCK-OUT SUCCESS, %(name)s", name=person.name)

    return _punch(clock_out)


def _punch(act: Callable[[Session, Person], str]) -> ResponseReturnValue:
    """One act of the person who gave their PIN; then the pad forgets them."""
    person = _person()
    if person is None:
        said = toast("error", _("Enter your PIN again."))
        return go_to(url_for("punches.index"), toasts=[said])
    try:
        with current.book_write() as book:
            sentence = act(book, person)
            book.commit()
    except RuleError as problem:
        return _welcome(person, message=problem.sentence), problem.status
    session.pop(PUNCHING, None)
    current.agent().kick_outbox(current.store_id())
    if current_user.is_authenticated:
        return go_to(url_for("order.show"), toasts=[toast("success", sentence)])
    flash(sentence, "punch")
    return go_to(url_for("login.show"))


def _person() -> Person | None:
    """Who gave their PIN a moment ago, and still works here."""
    employee, until = session.get(PUNCHING) or ("", 0.0)
    if until < current.now().timestamp():
        return None
    with current.replica() as replica:
        return person_of(replica, store_id=current.store_id(), employee=employee)


def _welcome(person: Person, *, message: str = "") -> str:
    with current.book_read() as book, current.replica() as replica:
        shift = punch.open_shift(book, store_id=current.store_id(), employee=person.employee)
        zone = published.profile(replica, store_id=current.store_id()).time_zone
        settings = published.settings(replica, store_id=current.store_id())
        since = _since(shift.clocked_in_at, zone) if shift is not None else ""
        breaks = list(shift.breaks) if shift is not None else []
    return screen(
        "pos/punches/show.html",
        person=person,
        shift=shift,
        since=since,
        breaks=breaks,
        on_break=next((taken for taken in breaks if taken.ended_at is None), None),
        break_types=settings.breaks,
        zone=zone,
        message=message,
    )


def _since(at: datetime, zone: str) -> str:
    return _("You clocked in at %(time)s", time=local_time(at, zone))


def _break_type(name: str) -> BreakType:
    with current.replica() as replica:
        known = published.settings(replica, store_id=current.store_id()).breaks
    found = next((each for each in known if each.name == name), None)
    if found is None:
        raise RuleError(_("This break is not offered any more. Choose another."))
    return found


def _pad(employee: str) -> dict[str, Any]:
    with current.replica() as replica:
        everybody = people(replica, store_id=current.store_id())
        pin_length = published.settings(replica, store_id=current.store_id()).pin_length
    return {
        "people": everybody,
        "chosen": next((person for person in everybody if person.employee == employee), None),
        "message": "",
        "pin_length": pin_length,
        "pin_url": url_for("punches.identify"),
    }


def _place() -> dict[str, Any]:
    terminal = current.the_terminal()
    return {"store_id": terminal.store_id, "terminal_id": terminal.id, "now": current.now()}
