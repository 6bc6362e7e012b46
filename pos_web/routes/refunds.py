"""Refunding a whole sale in cash, with a reason."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.orders.refund import refund
from shared_web.access import needs
from shared_web.answers import go_to

blueprint = Blueprint("refunds", __name__)


@blueprint.post("/orders/<order_uuid>/refund")
@needs("order.refund")
def create(order_uuid: str) -> ResponseReturnValue:
    reason = request.form.get("other_reason", "").strip() or request.form.get("reason", "")
    with current.book_write() as book, current.replica() as replica:
        mirrored = refund(
            book,
            replica,
            terminal_id=current.the_terminal().id,
            order_uuid=order_uuid,
            reason=reason,
            by=current.person(),
            now=current.now(),
        )
        book.commit()
    current.agent().kick_outbox(current.store_id())
    return go_to(url_for("receipts.show", order_uuid=mirrored.uuid))
