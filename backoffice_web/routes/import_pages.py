"""The pages of an import: the list with the upload form, the columns, the dry run and the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.imports.file_text import LIMIT_BYTES
from backoffice_web.imports.formats.detect import AUTO
from backoffice_web.imports.import_run import ImportRun
from backoffice_web.imports.import_words import format_choices, format_word, role_choices
from backoffice_web.imports.report import STATES, Report, state_word, unpacked
from backoffice_web.listing import Page, Wish, fetch_page, read_wish
from backoffice_web.routes.scope import my_stores
from backoffice_web.stores.store import Store

NEWEST_FIRST = "-at"
SORTS: Mapping[str, Sequence[Any]] = {"at": (ImportRun.at, ImportRun.id)}


def index_page(*, store_id: str, format: str = AUTO, problem: str = "", file_name: str = "") -> str:
    wish = read_wish(request.args, sorts=tuple(SORTS), default_sort=NEWEST_FIRST)
    with current.read() as session:
        stores = my_stores(session)
        mine = select(ImportRun).where(ImportRun.store_id.in_([store.id for store in stores]))
        page = fetch_page(session, mine, wish, sorts=SORTS)
    return render_template(
        "backoffice/imports/index.html",
        page=page,
        stores=stores,
        store_names={store.id: store.name for store in stores},
        store_id=store_id,
        format=format,
        formats=format_choices(),
        format_word=format_word,
        limit_mb=LIMIT_BYTES >> 20,
        problem=problem,
        file_name=file_name,
    )


def run_page(session: Session, run: ImportRun) -> str:
    found = unpacked(run.report)
    counts = {state: found.count(state) for state in STATES}
    shown = request.args.get("show", "")
    if shown not in STATES:
        shown = next((state for state in STATES if counts[state]), STATES[0])
    store, stores = session.get_one(Store, run.store_id), my_stores(session)
    return render_template(
        "backoffice/imports/show.html",
        run=run,
        report=found,
        store=store,
        stores=stores,
        store_names={one.id: one.name for one in stores},
        sharing=[one for one in stores if one.price_list_id == store.price_list_id],
        counts=counts,
        chips=[(state, f"{state_word(state)} ({counts[state]})") for state in STATES],
        needs_price=sum(row.needs_price for row in found.rows),
        shown=shown,
        page=_page_of(found, shown),
        formats=format_choices(),
        format_word=format_word,
        published=request.args.get("published", ""),
    )


def mapping_page(session: Session, run: ImportRun, mapping: dict[str, str] | None, problem: str = "") -> str:
    return render_template(
        "backoffice/imports/mapping.html",
        run=run,
        store=session.get_one(Store, run.store_id),
        mapping=mapping or {},
        role_choices=role_choices,
        format_word=format_word,
        problem=problem,
    )


def _page_of(found: Report, shown: str) -> Page[Any]:
    wish = read_wish(request.args, sorts=(), default_sort="", filters=("show",))
    rows = found.in_state(shown)
    number = min(wish.page, max(1, -(-len(rows) // wish.size)))
    wish = Wish(page=number, size=wish.size, filters={"show": shown})
    return Page(wish=wish, rows=rows[(number - 1) * wish.size : number * wish.size], total=len(rows))
