"""The order screen: tiles, and the terminal's open order beside them."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.catalog import published
from pos_web.catalog_view import catalog_view
from pos_web.order_answers import panel_answer, the_panel
from pos_web.screens import screen
from shared_web.access import needs
from shared_web.answers import is_htmx

blueprint = Blueprint("order", __name__)


@blueprint.get("/order")
@needs("order.create")
def show() -> ResponseReturnValue:
    """The whole screen; for htmx the panel alone, with the tools of `line` open."""
    line = request.args.get("line", "")
    with current.book_read() as book, current.replica() as replica:
        shown = the_panel(book, replica)
        if is_htmx():
            return panel_answer(shown, line=line)
        catalog = catalog_view(replica, request.args)
        reasons = published.reasons(replica, store_id=current.store_id(), purpose="void")
    return screen(
        "pos/order/show.html",
        panel=shown,
        selected=line,
        catalog=catalog,
        void_reasons=[(reason.name, reason.name) for _key, reason in reasons],
        out_of_band=False,
    )
