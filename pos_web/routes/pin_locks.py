"""Locked after wrong PINs: who, where, how long, and unlocking by a manager."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.screens import screen
from pos_web.staff.pin_locks import pin_locks, unlock
from shared_web.access import needs
from shared_web.answers import go_to, toast
from shared_web.language import _

blueprint = Blueprint("pin_locks", __name__)


@blueprint.get("/pin-locks")
@needs("pin.unlock")
def index() -> ResponseReturnValue:
    with current.book_read() as book, current.replica() as replica:
        locks = pin_locks(book, replica, store_id=current.store_id(), now=current.now())
    return screen("pos/pin_locks/index.html", locks=locks)


@blueprint.post("/pin-locks/removal")
@needs("pin.unlock")
def remove() -> ResponseReturnValue:
    with current.book_write() as book:
        unlock(
            book,
            store_id=current.store_id(),
            terminal_id=request.form.get("terminal", "")[:64],
            employee=request.form.get("employee", "")[:64],
            at=current.the_terminal().id,
            by=current.person(),
            now=current.now(),
        )
        book.commit()
    return go_to(url_for("pin_locks.index"), toasts=[toast("success", _("Unlocked"))])
