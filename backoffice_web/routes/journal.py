"""The journal, read only: who did what, and what was refused, as a list and as a file."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.listing import Wish, read_wish
from backoffice_web.reports.journal_csv import journal_csv
from backoffice_web.reports.journal_page import (
    DEFAULT_SORT,
    FILTERS,
    KINDS,
    SORTS,
    Sight,
    action_words,
    all_entries,
    journal_page,
    kind_words,
    people,
    shortened,
    zone_of,
)
from backoffice_web.routes.record_links import record_url
from backoffice_web.routes.scope import hidden_names, my_stores, shown_stores
from backoffice_web.stores.store import Store
from backoffice_web.terminals.terminal import Terminal
from shared_web.access import needs

blueprint = Blueprint("journal", __name__)


@blueprint.get("/journal")
@needs("journal.view")
def index() -> ResponseReturnValue:
    """Times and days are those of the chosen store, else of the first one."""
    wish = _wish()
    with current.read() as session:
        sight = _sight(session)
        return render_template(
            "backoffice/journal/index.html",
            page=journal_page(session, wish, sight),
            time_zone=zone_of(sight),
            people=[(name, name) for name in people(session, sight)],
            kinds=[(kind, kind_words(kind)) for kind in KINDS],
            store_names={store.id: store.name for store in my_stores(session)},
            terminals={row.id: row.name for row in session.execute(select(Terminal.id, Terminal.name))},
            kind_words=kind_words,
            action_words=action_words,
            shortened=shortened,
            record_url=record_url,
        )


@blueprint.get("/journal.csv")
@needs("journal.view")
def export() -> ResponseReturnValue:
    """The whole list that the same URL shows page by page, with the places in the hash chain."""
    response = Response(stream_with_context(_csv(_wish())), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="journal.csv"'
    return response


def _csv(wish: Wish) -> Iterator[str]:
    with current.read() as session:
        names = {store.id: store.name for store in my_stores(session)}
        yield from journal_csv(all_entries(session, wish, _sight(session)), stores=names)


def _sight(session: Session) -> Sight:
    stores = shown_stores(session)
    return Sight(
        stores,
        is_whole=current.account().reaches_all,
        is_everywhere=len(stores) == session.scalar(select(func.count()).select_from(Store)),
        hidden_names=hidden_names(session),
    )


def _wish() -> Wish:
    return read_wish(request.args, sorts=SORTS, default_sort=DEFAULT_SORT, filters=FILTERS)
