"""Voiding the open order."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.approvals.ask import Ask
from pos_web.order_answers import shown_order
from pos_web.orders.begin import changeable_order
from pos_web.orders.order import Order
from pos_web.orders.void import void_order, voided_order
from shared_web.access import needs_or_approval
from shared_web.answers import go_to, toast
from shared_web.errors import RuleError
from shared_web.language import _

blueprint = Blueprint("voids", __name__)


def _ask(book: Session, _replica: Session) -> Ask:
    about = {"terminal_id": current.the_terminal().id, "order_uuid": shown_order()}
    if done := voided_order(book, **about):
        raise RuleError(_was_voided(done))
    order = changeable_order(book, **about)
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
            order_uuid=shown_order(),
            reason=request.form.get("reason", ""),
            by=current.person(),
            now=current.now(),
        )
        book.commit()
    current.agent().kick_outbox(current.store_id())
    return go_to(url_for("order.show"), toasts=[toast("success", _was_voided(order))])


def _was_voided(order: Order) -> str:
    return _("Order %(number)s was voided", number=f"{order.ticket:04d}")
