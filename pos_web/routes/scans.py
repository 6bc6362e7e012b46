"""Scanned barcodes: one item is rung at once, several are offered, an unknown one is said."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.catalog.barcode import find_barcode
from pos_web.catalog_view import catalog_view
from pos_web.choice_view import choice_context, must_choose
from pos_web.database import new_uuid
from pos_web.order_answers import panel_answer, the_panel
from pos_web.orders.ring import ring
from shared_web.access import needs
from shared_web.answers import fragment
from shared_web.error_pages import error_answer
from shared_web.language import _

blueprint = Blueprint("scans", __name__)


@blueprint.post("/scans")
@needs("order.create")
def create() -> ResponseReturnValue:
    code = request.form.get("code", "").strip()[:80]
    with current.replica() as replica:
        found = find_barcode(replica, store_id=current.store_id(), code=code) if code else []
        if not found:
            return _unknown(code)
        if len(found) > 1:
            several = fragment("pos/order/_catalog.html", catalog=catalog_view(replica, {"q": code}))
            return _elsewhere(several, "#catalog", "morph:outerHTML")
        context = choice_context(replica, item=found[0][0], variant=found[0][1])
        if must_choose(context):
            return _elsewhere(fragment("pos/order/_choice.html", **context), "#dialog", "innerHTML")
        return _ring(replica, *found[0])


def _unknown(code: str) -> ResponseReturnValue:
    response = error_answer(422, _("No item has the code %(code)s.", code=code), "")
    response.headers["HX-Trigger"] = "scan:unknown"
    return response


def _ring(replica: Session, item: str, variant: str) -> ResponseReturnValue:
    with current.book_write() as book:
        ring(
            book,
            replica,
            terminal_id=current.the_terminal().id,
            item=item,
            variant=variant,
            tap=request.form.get("tap", "")[:64] or new_uuid(),
            by=current.person(),
            now=current.now(),
        )
        shown = the_panel(book, replica)
        book.commit()
    return panel_answer(shown, trigger={"scan:rung": {}})


def _elsewhere(answer: Response, target: str, swap: str) -> ResponseReturnValue:
    response = make_response(answer)
    response.headers["HX-Retarget"] = target
    response.headers["HX-Reswap"] = swap
    return response
