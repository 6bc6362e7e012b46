"""Voiding the open order."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.approvals.ask import Ask
from pos_web.orders.begin import changeable_order
from pos_web.orders.void import void_order
from shared_web.access import needs_or_approval
from shared_web.answers import go_to, toast
from shared_web.language import _

blueprint = Blueprint("voids", __name__)


def _ask(book: Session, _replica: Session) -> Ask:
    order = changeable_order(book, terminal_id=current.the_terminal().id)
    return Ask(
        what=_("Void order %(number)s", number=f"{order.ticket:04d}"),
        target=order.state_key,
        amount_cents=order.total_cents,
        currency=order.currency,
        reason=request.form.get("reason", "").strip(),
    )


@blueprint.post("/voids")
@needs_or_approval("order.void", asks=_ask)
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
