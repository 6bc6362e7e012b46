"""The sync history of the stores, read only."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from backoffice_web import current
from backoffice_web.listing import read_wish
from backoffice_web.reports.sync_history import (
    DEFAULT_SORT,
    FILTERS,
    OUTCOMES,
    SORTS,
    outcome_words,
    starter_words,
    sync_history,
)
from backoffice_web.routes.scope import shown_stores
from shared_web.access import needs

blueprint = Blueprint("syncs", __name__)


@blueprint.get("/syncs")
@needs("terminal.edit")
def index() -> ResponseReturnValue:
    """Each row in its store's own time."""
    wish = read_wish(request.args, sorts=SORTS, default_sort=DEFAULT_SORT, filters=FILTERS)
    with current.read() as session:
        stores = shown_stores(session)
        return render_template(
            "backoffice/syncs/index.html",
            page=sync_history(session, wish, stores=stores),
            stores={store.id: store for store in stores},
            outcomes=[(outcome, outcome_words(outcome)) for outcome in OUTCOMES],
            outcome_words=outcome_words,
            starter_words=starter_words,
        )
