"""Selling a line of the open order at another price, with a reason."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.approvals.ask import Ask
from pos_web.catalog import published
from pos_web.order_answers import panel_answer, the_panel
from pos_web.orders.begin import changeable_order
from pos_web.orders.lines import line_of
from pos_web.orders.override import check_override, override_price
from pos_web.screens import screen
from shared_web.access import needs, needs_or_approval
from shared_web.answers import fragment, is_htmx
from shared_web.error_pages import error_answer
from shared_web.errors import NotAllowed, RuleError
from shared_web.formats import money, parse_money
from shared_web.language import _

blueprint = Blueprint("line_prices", __name__)


@blueprint.get("/order/lines/<line_uuid>/price")
@needs("order.create")
def edit(line_uuid: str) -> ResponseReturnValue:
    """The question for the new price; whoever may not change it asks when they have answered."""
    return _form(line_uuid)


def _ask(book: Session, replica: Session, line_uuid: str) -> Ask:
    order = changeable_order(book, terminal_id=current.the_terminal().id)
    line = line_of(order, line_uuid)
    price_cents = _price(replica)
    reason = check_override(price_cents, line.unit_price_cents, _reason())
    return Ask(
        what=_(
            "Sell %(item)s at %(new)s instead of %(old)s",
            item=line.name,
            new=money(price_cents, order.currency),
            old=money(line.unit_price_cents, order.currency),
        ),
        target=order.state_key,
        amount_cents=price_cents,
        currency=order.currency,
        reason=reason,
    )


@blueprint.post("/order/lines/<line_uuid>/price")
@needs_or_approval("line.override_price", asks=_ask)
def update(line_uuid: str) -> ResponseReturnValue:
    try:
        with current.book_write() as book, current.replica() as replica:
            override_price(
                book,
                terminal_id=current.the_terminal().id,
                line_uuid=line_uuid,
                price_cents=_price(replica),
                reason=_reason(),
                by=current.person(),
                now=current.now(),
            )
            shown = the_panel(book, replica)
            book.commit()
    except NotAllowed:
        raise
    except RuleError as problem:
        return _form(line_uuid, problem)
    return panel_answer(shown, line=line_uuid, trigger={"dialog:close": {}})


@blueprint.errorhandler(NotAllowed)
def refuse(problem: NotAllowed) -> ResponseReturnValue:
    """What cannot be asked for is said beside its field to whoever would have to ask for it, too."""
    line_uuid = (request.view_args or {}).get("line_uuid", "")
    if not problem.fields or not line_uuid:
        return error_answer(problem.status, problem.sentence, "")
    return _form(line_uuid, problem)


def _form(line_uuid: str, problem: RuleError | None = None) -> ResponseReturnValue:
    """The form, with what was typed and what is wrong with it. Raises when the line is gone."""
    with current.book_read() as book, current.replica() as replica:
        order = changeable_order(book, terminal_id=current.the_terminal().id)
        line = line_of(order, line_uuid)
        reasons = published.reasons(replica, store_id=order.store_id, purpose="comp")
    context: dict[str, Any] = {
        "line": line,
        "currency": order.currency,
        "reasons": [(reason.name, reason.name) for _key, reason in reasons],
        "form": request.form,
        "errors": (problem.fields or {"price": problem.sentence}) if problem is not None else {},
    }
    status = problem.status if problem is not None else 200
    if not is_htmx():
        return screen("pos/line_prices/edit.html", **context), status
    response = make_response(fragment("pos/line_prices/_dialog.html", status=status, **context))
    response.headers["HX-Retarget"] = "#dialog"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def _price(replica: Session) -> int:
    currency = published.profile(replica, store_id=current.store_id()).currency
    try:
        return parse_money(request.form.get("price", "")[:40], currency)
    except RuleError as problem:
        raise RuleError(problem.sentence, fields={"price": problem.sentence}) from None


def _reason() -> str:
    return request.form.get("other_reason", "").strip() or request.form.get("reason", "")
