"""Refunding a whole sale in cash, with a reason."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.approvals.ask import Ask
from pos_web.orders.refund import refund, refundable, with_reason
from shared_web.access import needs_or_approval
from shared_web.answers import go_to
from shared_web.language import _

blueprint = Blueprint("refunds", __name__)


def _ask(book: Session, _replica: Session, order_uuid: str) -> Ask:
    sale = refundable(book, store_id=current.store_id(), order_uuid=order_uuid)
    return Ask(
        what=_("Refund receipt %(number)s in cash", number=sale.number or ""),
        target=sale.uuid,
        amount_cents=sale.total_cents,
        currency=sale.currency,
        reason=with_reason(_reason()),
    )


@blueprint.post("/orders/<order_uuid>/refund")
@needs_or_approval("order.refund", asks=_ask)
def create(order_uuid: str) -> ResponseReturnValue:
    with current.book_write() as book, current.replica() as replica:
        mirrored = refund(
            book,
            replica,
            terminal_id=current.the_terminal().id,
            order_uuid=order_uuid,
            reason=_reason(),
            by=current.person(),
            now=current.now(),
        )
        book.commit()
    current.agent().kick_outbox(current.store_id())
    return go_to(url_for("receipts.show", order_uuid=mirrored.uuid))


def _reason() -> str:
    return request.form.get("other_reason", "").strip() or request.form.get("reason", "")
