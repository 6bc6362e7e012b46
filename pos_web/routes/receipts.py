"""The receipt of a finished order: on screen with the change due, and in print."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.orders.receipt import page_height_mm
from pos_web.receipt_view import ReceiptView, receipt_view
from pos_web.screens import screen
from shared_web.access import needs, signed_in

blueprint = Blueprint("receipts", __name__)


@blueprint.get("/receipts/<order_uuid>")
@signed_in
def show(order_uuid: str) -> ResponseReturnValue:
    return screen("pos/receipts/show.html", view=_view(order_uuid))


@blueprint.get("/receipts/<order_uuid>/copy")
@needs("order.reprint")
def copy(order_uuid: str) -> ResponseReturnValue:
    return screen("pos/receipts/copy.html", view=_view(order_uuid, is_copy=True))


@blueprint.get("/receipts/<order_uuid>/page.css")
@signed_in
def page_size(order_uuid: str) -> ResponseReturnValue:
    """The size of this receipt's paper: browsers know no page of 80 mm × as long as it takes."""
    view = _view(order_uuid, is_copy="copy" in request.args)
    rule = f"@page {{ size: 80mm {page_height_mm(view.lines)}mm; margin: 0 0 0 4mm; }}\n"
    return Response(rule, mimetype="text/css")


def _view(order_uuid: str, *, is_copy: bool = False) -> ReceiptView:
    with current.book_read() as book, current.replica() as replica:
        return receipt_view(book, replica, order_uuid=order_uuid, is_copy=is_copy) or abort(404)
