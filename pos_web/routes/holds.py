"""Orders on hold: putting the open one aside, the list, taking one up again."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.approvals.ask import Ask
from pos_web.order_answers import shown_order
from pos_web.orders.hold import held_by_others, held_order, held_orders, hold, recall
from pos_web.screens import screen
from shared_web.access import needs, needs_or_approval
from shared_web.answers import fragment, go_to, is_htmx, toast
from shared_web.language import _

blueprint = Blueprint("holds", __name__)


@blueprint.get("/holds")
@needs("order.hold")
def index() -> ResponseReturnValue:
    with current.book_read() as book:
        orders = held_orders(book, store_id=current.store_id(), by=current.person())
        others = held_by_others(book, store_id=current.store_id(), by=current.person())
        with_pieces = [(order, sum(line.quantity for line in order.lines)) for order in orders]
    if is_htmx():
        return fragment("pos/holds/_list.html", orders=with_pieces, others=others)
    return screen("pos/holds/index.html", orders=with_pieces, others=others)


@blueprint.post("/holds")
@needs("order.hold")
def create() -> ResponseReturnValue:
    with current.book_write() as book:
        order = hold(
            book,
            terminal_id=current.the_terminal().id,
            order_uuid=shown_order(),
            note=request.form.get("note", ""),
            now=current.now(),
        )
        book.commit()
    message = toast("success", _("Order %(number)s is on hold", number=f"{order.ticket:04d}"))
    return go_to(url_for("order.show"), toasts=[message])


def _ask(book: Session, _replica: Session, order_uuid: str) -> Ask:
    """Somebody else's order is for who may see those."""
    order = held_order(book, store_id=current.store_id(), order_uuid=order_uuid)
    return Ask(
        what=_(
            "Take up order %(number)s of %(name)s", number=f"{order.ticket:04d}", name=order.employee_name
        ),
        target=order.state_key,
        amount_cents=order.total_cents,
        currency=order.currency,
        permission="" if order.employee_id == current.person().employee else "order.view_others",
    )


@blueprint.post("/holds/<order_uuid>/recall")
@needs_or_approval("order.hold", asks=_ask)
def release(order_uuid: str) -> ResponseReturnValue:
    with current.book_write() as book:
        recall(
            book,
            terminal_id=current.the_terminal().id,
            order_uuid=order_uuid,
            by=current.person(),
            now=current.now(),
        )
        book.commit()
    return go_to(url_for("order.show"))
