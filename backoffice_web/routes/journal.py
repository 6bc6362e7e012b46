"""Who changed what, when: the journal, read only."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from backoffice_web import current
from backoffice_web.listing import read_wish
from backoffice_web.reports.journal_page import (
    DEFAULT_SORT,
    FILTERS,
    KINDS,
    SORTS,
    action_words,
    journal_page,
    kind_words,
    people,
)
from backoffice_web.routes.record_links import record_url
from backoffice_web.routes.scope import shown_stores
from backoffice_web.terminals.terminal import Terminal
from shared_web.access import needs

blueprint = Blueprint("journal", __name__)


@blueprint.get("/journal")
@needs("journal.view")
def index() -> ResponseReturnValue:
    """Times and days are those of the chosen store, else of the first one."""
    wish = read_wish(request.args, sorts=SORTS, default_sort=DEFAULT_SORT, filters=FILTERS)
    with current.read() as session:
        stores = shown_stores(session)
        time_zone = stores[0].time_zone if stores else "UTC"
        return render_template(
            "backoffice/journal/index.html",
            page=journal_page(session, wish, time_zone=time_zone),
            time_zone=time_zone,
            people=[(name, name) for name in people(session)],
            kinds=[(kind, kind_words(kind)) for kind in KINDS],
            terminals={row.id: row.name for row in session.execute(select(Terminal.id, Terminal.name))},
            kind_words=kind_words,
            action_words=action_words,
            record_url=record_url,
        )
