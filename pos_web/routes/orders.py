"""The Orders list: finished sales and refunds, found by number, name or amount; one with its receipt."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.catalog import published
from pos_web.orders.listing import finished_orders
from pos_web.receipt_view import receipt_view
from pos_web.screens import screen
from shared_web.access import signed_in
from shared_web.answers import fragment, is_htmx
from shared_web.formats import business_date

LARGEST_OFFSET = 1_000_000

blueprint = Blueprint("orders", __name__)


@blueprint.get("/orders")
@signed_in
def index() -> ResponseReturnValue:
    person, store_id, text = current.person(), current.store_id(), request.args.get("q", "")[:80]
    is_every_day = request.args.get("days") == "all"
    is_own_only = not person.may("order.view_others")
    with current.book_read() as book, current.replica() as replica:
        store = published.profile(replica, store_id=store_id)
        today = business_date(current.now(), store.time_zone, store.day_cutoff_minutes)
        page = finished_orders(
            book,
            store_id=store_id,
            on=None if is_every_day else today,
            text=text,
            currency=store.currency,
            employee=person.employee if is_own_only else None,
            offset=_offset(),
        )
    context: dict[str, Any] = {
        "page": page,
        "text": text,
        "is_every_day": is_every_day,
        "is_own_only": is_own_only,
        "profile": store,
    }
    if is_htmx():
        return fragment("pos/orders/_list.html", **context)
    return screen("pos/orders/index.html", **context)


@blueprint.get("/orders/<order_uuid>")
@signed_in
def show(order_uuid: str) -> ResponseReturnValue:
    with current.book_read() as book, current.replica() as replica:
        view = receipt_view(book, replica, order_uuid=order_uuid) or abort(404)
        reasons = [
            (reason.name, reason.name)
            for _key, reason in published.reasons(replica, store_id=current.store_id(), purpose="refund")
        ]
    return screen("pos/orders/show.html", view=view, reasons=reasons, errors={})


def _offset() -> int:
    text = request.args.get("offset", "")
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    return min(int(text), LARGEST_OFFSET) if is_number else 0
