"""The tile area by itself: another tab, the next page, the results of a search."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.catalog_view import catalog_view
from shared_web.access import needs
from shared_web.answers import fragment, is_htmx

blueprint = Blueprint("tiles", __name__)


@blueprint.get("/tiles")
@needs("order.create")
def index() -> ResponseReturnValue:
    if not is_htmx():
        return redirect(url_for("order.show", tab=request.args.get("tab"), q=request.args.get("q")))
    with current.replica() as replica:
        catalog = catalog_view(replica, request.args)
    is_more = catalog.offset > 0
    template = "pos/order/_more_tiles.html" if is_more else "pos/order/_catalog.html"
    return fragment(template, catalog=catalog)
