"""Ringing items, and the lines of the open order."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.approvals.ask import Ask
from pos_web.database import new_uuid
from pos_web.order_answers import panel_answer, the_panel
from pos_web.orders.begin import changeable_order
from pos_web.orders.lines import LARGEST_QUANTITY, change_quantity, line_of, remove_line
from pos_web.orders.order import Order, OrderLine
from pos_web.orders.ring import Rung, ring
from pos_web.orders.totals import line_amount
from shared_web.access import needs, needs_or_approval
from shared_web.answers import toast
from shared_web.formats import money
from shared_web.language import _

blueprint = Blueprint("order_lines", __name__)


@blueprint.post("/order/lines")
@needs("order.create")
def create() -> ResponseReturnValue:
    form = request.form
    with current.book_write() as book, current.replica() as replica:
        rung = ring(
            book,
            replica,
            terminal_id=current.the_terminal().id,
            item=form.get("item", "")[:64],
            variant=form.get("variant", "")[:64],
            modifiers=_modifiers(),
            # Without script there is no tap id: then every post is a tap of its own.
            tap=form.get("tap", "")[:64] or new_uuid(),
            shown_version=_number(form.get("version")),
            shown_price_cents=_number(form.get("price")),
            by=current.person(),
            now=current.now(),
        )
        shown = the_panel(book, replica)
        book.commit()
    trigger: dict[str, Any] = {"dialog:close": {}} if "from_dialog" in form else {}
    if not rung.price_moved:
        return panel_answer(shown, trigger=trigger)
    # The screen is behind: say the new price, and have the tiles painted anew.
    trigger["catalog:stale"] = {}
    return panel_answer(shown, toasts=[_moved(rung, shown.currency)], trigger=trigger)


def _ask_removal(book: Session, _replica: Session, line_uuid: str) -> Ask:
    order, line = _open_line(book, line_uuid)
    permission = "line.remove_held" if order.held_at is not None else ""
    return _ask(order, line, _("Take %(item)s off order %(number)s", **_names(order, line)), permission)


def _ask_quantity(book: Session, _replica: Session, line_uuid: str) -> Ask | None:
    """Less of a line that was on hold is some of it taken off; more at a changed price is another change."""
    order, line = _open_line(book, line_uuid)
    quantity = _number(request.form.get("quantity")) or 0
    names = {"count": quantity, **_names(order, line)}
    if quantity < line.quantity and order.held_at is not None:
        return _ask(
            order, line, _("Only %(count)s of %(item)s on order %(number)s", **names), "line.remove_held"
        )
    if line.quantity < quantity <= LARGEST_QUANTITY and line.listed_price_cents is not None:
        each = money(line.unit_price_cents, order.currency)
        what = _("Sell %(count)s of %(item)s at %(price)s each", price=each, **names)
        return _ask(order, line, what, "line.override_price")
    return None


def _ask(order: Order, line: OrderLine, what: str, permission: str) -> Ask:
    return Ask(
        what=what,
        target=order.state_key,
        amount_cents=line_amount(line),
        currency=order.currency,
        permission=permission,
    )


def _open_line(book: Session, line_uuid: str) -> tuple[Order, OrderLine]:
    order = changeable_order(book, terminal_id=current.the_terminal().id)
    return order, line_of(order, line_uuid)


def _names(order: Order, line: OrderLine) -> dict[str, str]:
    return {"item": line.name, "number": f"{order.ticket:04d}"}


@blueprint.post("/order/lines/<line_uuid>/quantity")
@needs_or_approval("order.create", asks=_ask_quantity)
def update(line_uuid: str) -> ResponseReturnValue:
    quantity = _number(request.form.get("quantity"))
    with current.book_write() as book, current.replica() as replica:
        change_quantity(
            book,
            terminal_id=current.the_terminal().id,
            line_uuid=line_uuid,
            quantity=quantity if quantity is not None else 0,
            by=current.person(),
            now=current.now(),
        )
        shown = the_panel(book, replica)
        book.commit()
    return panel_answer(shown, line=line_uuid)


@blueprint.post("/order/lines/<line_uuid>/removal")
@needs_or_approval("line.remove", asks=_ask_removal)
def remove(line_uuid: str) -> ResponseReturnValue:
    with current.book_write() as book, current.replica() as replica:
        remove_line(
            book,
            terminal_id=current.the_terminal().id,
            line_uuid=line_uuid,
            by=current.person(),
            now=current.now(),
        )
        shown = the_panel(book, replica)
        book.commit()
    return panel_answer(shown)


def _moved(rung: Rung, currency: str) -> dict[str, str]:
    assert rung.line is not None
    price = money(rung.line.unit_price_cents, currency)
    return toast("info", _("%(item)s now costs %(price)s", item=rung.line.name, price=price))


def _modifiers() -> list[str]:
    # Each group of radio buttons needs a name of its own: `modifier-` and the group's key.
    return [
        value[:64]
        for name, value in request.form.items(multi=True)
        if name == "modifier" or name.startswith("modifier-")
    ]


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
