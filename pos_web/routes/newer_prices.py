"""The strip "lines have newer prices": Keep or Update."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.order_answers import panel_answer, shown_order, the_panel
from pos_web.orders.newer_prices import keep_prices, update_prices
from shared_web.access import needs

blueprint = Blueprint("newer_prices", __name__)


@blueprint.post("/order/newer-prices/keep")
@needs("order.create")
def keep() -> ResponseReturnValue:
    with current.book_write() as book, current.replica() as replica:
        keep_prices(book, replica, terminal_id=current.the_terminal().id, order_uuid=shown_order())
        shown = the_panel(book, replica)
        book.commit()
    return panel_answer(shown)


@blueprint.post("/order/newer-prices/update")
@needs("order.create")
def update() -> ResponseReturnValue:
    with current.book_write() as book, current.replica() as replica:
        update_prices(
            book,
            replica,
            terminal_id=current.the_terminal().id,
            order_uuid=shown_order(),
            by=current.person(),
            now=current.now(),
        )
        shown = the_panel(book, replica)
        book.commit()
    return panel_answer(shown)
