"""The dialog that asks for a variant and modifiers before an item is rung."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.choice_view import choice_context
from pos_web.screens import screen
from shared_web.access import needs
from shared_web.answers import fragment, is_htmx

blueprint = Blueprint("choices", __name__)


@blueprint.get("/items/<item>/choice")
@needs("order.create")
def show(item: str) -> ResponseReturnValue:
    with current.replica() as replica:
        context = choice_context(replica, item=item)
    if is_htmx():
        return fragment("pos/order/_choice.html", **context)
    return screen("pos/order/choice.html", **context)
