"""The payment screen: cash with change, card on the standalone machine, in one part or several."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.catalog import published
from pos_web.order_answers import shown_order
from pos_web.orders.begin import OrderNotOpen, OtherOrder
from pos_web.payment_view import CARD, CASH, payment_view
from pos_web.payments.take import Paid, TakenBack, remove_payment, take_card, take_cash
from pos_web.screens import screen
from pos_web.staff.till_session import end_after_sale, locks_after_sale
from shared_web.access import needs, signed_in
from shared_web.answers import fragment, go_to, is_htmx, toast
from shared_web.errors import RuleError
from shared_web.formats import money, parse_money
from shared_web.language import _

blueprint = Blueprint("payments", __name__)


@blueprint.get("/payments")
@signed_in
def show() -> ResponseReturnValue:
    """The screen; for htmx what changes on it when another amount or tender is chosen."""
    with current.book_read() as book, current.replica() as replica:
        view = payment_view(book, replica, request.args)
    if not view.panel.lines:
        return go_to(url_for("order.show"))
    if is_htmx():
        return fragment("pos/payments/_payment.html", view=view)
    return screen("pos/payments/show.html", view=view)


@blueprint.post("/payments/cash")
@needs("payment.cash")
def create_cash() -> ResponseReturnValue:
    return _take(CASH, take_cash, "tendered_cents")


@blueprint.post("/payments/card")
@needs("payment.card")
def create_card() -> ResponseReturnValue:
    return _take(CARD, take_card, "amount_cents")


@blueprint.post("/payments/<payment_uuid>/removal")
@needs("payment.cash")
def remove(payment_uuid: str) -> ResponseReturnValue:
    with current.book_write() as book:
        remove_payment(
            book,
            terminal_id=current.the_terminal().id,
            order_uuid=shown_order(),
            payment_uuid=payment_uuid,
            by=current.person(),
            now=current.now(),
        )
        book.commit()
    return go_to(url_for("payments.show"))


def _take(tender: str, take: Callable[..., Paid], amount_name: str) -> ResponseReturnValue:
    """Take what was typed; on to the receipt when that settles the order."""
    try:
        with current.book_write() as book, current.replica() as replica:
            typed = parse_money(request.form.get("received", "")[:40], _currency(replica))
            paid = take(
                book,
                replica,
                terminal_id=current.the_terminal().id,
                order_uuid=shown_order(),
                key=request.form.get("key", "")[:64],
                by=current.person(),
                now=current.now(),
                **{amount_name: typed},
            )
            settings = published.settings(replica, store_id=current.store_id())
            if paid.is_finished and locks_after_sale(current.person(), settings):
                end_after_sale(book, key=session["till_session"])
            book.commit()
    except (OrderNotOpen, OtherOrder):
        raise
    except TakenBack as problem:
        # Its key is used up: what is pressed from now on is another payment.
        return _again(problem, tender, key="")
    except RuleError as problem:
        return _again(problem, tender)
    current.agent().kick_outbox(current.store_id())
    if paid.is_finished:
        return go_to(url_for("receipts.show", order_uuid=paid.order.uuid))
    return go_to(url_for("payments.show"), toasts=[_partly(paid)])


def _currency(replica: Session) -> str:
    return published.profile(replica, store_id=current.store_id()).currency


def _again(problem: RuleError, tender: str, **changed: str) -> ResponseReturnValue:
    asked = request.form.to_dict() | {"tender": tender} | changed
    with current.book_read() as book, current.replica() as replica:
        view = payment_view(book, replica, asked, error=problem.sentence)
    if view.panel.order is None:
        raise problem
    if is_htmx():
        return fragment("pos/payments/_payment.html", view=view, status=problem.status)
    return screen("pos/payments/show.html", view=view), problem.status


def _partly(paid: Paid) -> dict[str, str]:
    taken = money(paid.payment.amount_cents, paid.order.currency)
    return toast("success", _("%(amount)s taken: %(tender)s", amount=taken, tender=paid.payment.name))
