"""Voiding the open order."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.orders.void import void_order
from shared_web.access import needs
from shared_web.answers import go_to, toast
from shared_web.language import _

blueprint = Blueprint("voids", __name__)


@blueprint.post("/voids")
@needs("order.void")
def create() -> ResponseReturnValue:
    with current.book_write() as book:
        order = void_order(
            book,
            terminal_id=current.the_terminal().id,
            reason=request.form.get("reason", ""),
            by=current.person(),
            now=current.now(),
        )
        book.commit()
    current.agent().kick_outbox(current.store_id())
    message = toast("success", _("Order %(number)s was voided", number=f"{order.ticket:04d}"))
    return go_to(url_for("order.show"), toasts=[message])
