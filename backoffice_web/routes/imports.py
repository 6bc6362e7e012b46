"""Importing a catalog: upload, name the columns of a plain file, look at the dry run, save, publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.editing import NoSuchRecord
from backoffice_web.imports.file_text import LIMIT_BYTES
from backoffice_web.imports.formats.detect import AUTO
from backoffice_web.imports.import_run import MAPPING, SAVED, ImportRun
from backoffice_web.imports.import_words import format_choices, format_word, role_choices
from backoffice_web.imports.publish_import import publish_import
from backoffice_web.imports.readings import (
    chosen_mapping,
    content_of,
    examine,
    forget_old_files,
    new_run,
    note_examination,
    note_plan,
)
from backoffice_web.imports.report import STATES, Report, report_csv, state_word, unpacked
from backoffice_web.imports.save import PlanMovedOn, save_import
from backoffice_web.listing import Page, Wish, fetch_page, read_wish
from backoffice_web.publishing.publish import PublicationResult
from backoffice_web.routes.editing import announce, published_toast
from backoffice_web.stores.store import Store
from shared_web.access import needs
from shared_web.answers import go_to, toast
from shared_web.error_pages import error_answer
from shared_web.errors import NotAllowed, RuleError
from shared_web.language import _

blueprint = Blueprint("imports", __name__)

NEWEST_FIRST = "-at"
SORTS: Mapping[str, Sequence[Any]] = {"at": (ImportRun.at, ImportRun.id)}


@blueprint.get("/imports")
@needs("catalog.import")
def index() -> ResponseReturnValue:
    return _index_page(store_id=current.chosen_store() or "")


@blueprint.post("/imports")
@needs("catalog.import")
def create() -> ResponseReturnValue:
    upload = request.files.get("file")
    content = upload.read() if upload else b""
    file_name = upload.filename or "" if upload else ""
    store_id, format = request.form.get("store", ""), request.form.get("format", AUTO)
    try:
        if not file_name:
            raise RuleError(_("Choose the file that your other system exported."))
        with current.read() as session:
            store = _store(session, store_id)
            found = examine(session, content=content, store=store, format=format)
    except RuleError as problem:
        page = _index_page(store_id=store_id, format=format, problem=problem.sentence, file_name=file_name)
        return page, problem.status
    by, now = current.account().name, current.now()
    run = new_run(content=content, file_name=file_name, store=store, found=found, by=by, now=now)
    with current.write() as session:
        forget_old_files(session, now=now)
        session.add(run)
        session.commit()
    return go_to(_url_of(run))


@blueprint.get("/imports/<key>")
@needs("catalog.import")
def show(key: str) -> ResponseReturnValue:
    with current.read() as session:
        run = _run(session, key)
        if run.state == MAPPING:
            return go_to(url_for("imports.edit_mapping", key=key))
        return _run_page(session, run)


@blueprint.get("/imports/<key>/mapping")
@needs("catalog.import")
def edit_mapping(key: str) -> ResponseReturnValue:
    with current.read() as session:
        run = _run(session, key)
        if run.state == SAVED or run.columns is None:
            return go_to(url_for("imports.show", key=key))
        return _mapping_page(session, run, run.mapping)


@blueprint.post("/imports/<key>/mapping")
@needs("catalog.import")
def update_mapping(key: str) -> ResponseReturnValue:
    with current.read() as session:
        run = _unsaved(session, key)
        roles = [request.form.get(f"role-{place}", "") for place in range(len(run.columns or []))]
        mapping = chosen_mapping(run, roles)
        store = session.get_one(Store, run.store_id)
        try:
            found = examine(session, content=content_of(run), store=store, format=run.format, mapping=mapping)
        except RuleError as problem:
            return _mapping_page(session, run, mapping, problem.sentence), problem.status
    with current.write() as session:
        note_examination(_unsaved(session, key), found, store=store)
        session.commit()
    return go_to(url_for("imports.show", key=key))


@blueprint.post("/imports/<key>/readings")
@needs("catalog.import")
def read_again(key: str) -> ResponseReturnValue:
    """The same file as another format, or for another store."""
    with current.read() as session:
        run = _unsaved(session, key)
        store = _store(session, request.form.get("store", run.store_id))
        found = examine(
            session, content=content_of(run), store=store, format=request.form.get("format", AUTO)
        )
    with current.write() as session:
        run = _unsaved(session, key)
        note_examination(run, found, store=store)
        session.commit()
    return go_to(_url_of(run))


@blueprint.get("/imports/<key>/report.csv")
@needs("catalog.import")
def report(key: str) -> ResponseReturnValue:
    with current.read() as session:
        run = _run(session, key)
        text = report_csv(unpacked(run.report))
    response = Response(text, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"import-{run.at:%Y-%m-%d}.csv")
    return response


@blueprint.post("/imports/<key>/saves")
@needs("catalog.import")
def save(key: str) -> ResponseReturnValue:
    is_publishing = request.form.get("action") == "publish"
    if is_publishing:
        _require_publishing()
    by, now = current.account().name, current.now()
    with current.write() as session:
        run = _run(session, key)
        try:
            save_import(session, run=run, by=by, now=now)
        except PlanMovedOn as moved:
            note_plan(run, moved.plan)
            session.commit()
            return go_to(url_for("imports.show", key=key), toasts=[toast("info", moved.sentence)])
        result = publish_import(session, run=run, by=by, now=now) if is_publishing else None
        session.commit()
    return _saved(key, result)


@blueprint.post("/imports/<key>/publications")
@needs("catalog.import")
def publish(key: str) -> ResponseReturnValue:
    """Publish later what an import has saved."""
    _require_publishing()
    with current.write() as session:
        result = publish_import(session, run=_run(session, key), by=current.account().name, now=current.now())
        session.commit()
    return _saved(key, result)


@blueprint.post("/imports/<key>/discards")
@needs("catalog.import")
def discard(key: str) -> ResponseReturnValue:
    """Forget a file that was not saved."""
    with current.write() as session:
        session.delete(_unsaved(session, key))
        session.commit()
    return go_to(url_for("imports.index"), toasts=[toast("info", _("The file was discarded."))])


@blueprint.errorhandler(413)
def too_large(_problem: Exception) -> ResponseReturnValue:
    sentence = _("It may have up to %(limit)s MB. Split it and import the parts.", limit=LIMIT_BYTES >> 20)
    return error_answer(413, _("This file is too large."), sentence)


def _saved(key: str, result: PublicationResult | None) -> ResponseReturnValue:
    announce([result] if result else [])
    if result and result.change_count:
        spoken = published_toast([result])
    elif result:
        spoken = toast("info", _("There was nothing to publish."))
    else:
        spoken = toast("success", _("Saved. Not on the POS yet."))
    is_new_version = result is not None and result.change_count > 0
    published = f"{result.store_id}:{result.version}" if result and is_new_version else None
    return go_to(url_for("imports.show", key=key, published=published), toasts=[spoken])


def _index_page(*, store_id: str, format: str = AUTO, problem: str = "", file_name: str = "") -> str:
    wish = read_wish(request.args, sorts=tuple(SORTS), default_sort=NEWEST_FIRST)
    with current.read() as session:
        page = fetch_page(session, select(ImportRun), wish, sorts=SORTS)
        stores = _stores(session)
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


def _run_page(session: Session, run: ImportRun) -> str:
    found = unpacked(run.report)
    counts = {state: found.count(state) for state in STATES}
    shown = request.args.get("show", "")
    if shown not in STATES:
        shown = next((state for state in STATES if counts[state]), STATES[0])
    store = session.get_one(Store, run.store_id)
    return render_template(
        "backoffice/imports/show.html",
        run=run,
        report=found,
        store=store,
        stores=_stores(session),
        store_names={one.id: one.name for one in _stores(session)},
        sharing=[one for one in _stores(session) if one.price_list_id == store.price_list_id],
        counts=counts,
        chips=[(state, f"{state_word(state)} ({counts[state]})") for state in STATES],
        needs_price=sum(row.needs_price for row in found.rows),
        shown=shown,
        page=_page_of(found, shown),
        formats=format_choices(),
        format_word=format_word,
        published=request.args.get("published", ""),
    )


def _mapping_page(session: Session, run: ImportRun, mapping: dict[str, str] | None, problem: str = "") -> str:
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


def _url_of(run: ImportRun) -> str:
    step = "imports.edit_mapping" if run.state == MAPPING else "imports.show"
    return url_for(step, key=run.id)


def _run(session: Session, key: str) -> ImportRun:
    run = session.get(ImportRun, key)
    if run is None:
        raise NoSuchRecord(_("This import does not exist, or it was discarded."))
    return run


def _unsaved(session: Session, key: str) -> ImportRun:
    run = session.get(ImportRun, key, with_for_update=True)
    if run is None or run.state == SAVED:
        raise NoSuchRecord(_("This import was saved or discarded meanwhile."))
    return run


def _stores(session: Session) -> list[Store]:
    return list(session.scalars(select(Store).order_by(Store.name)))


def _store(session: Session, key: str) -> Store:
    store = session.get(Store, key)
    if store is None:
        raise RuleError(_("Choose the store to import for."))
    return store


def _require_publishing() -> None:
    if not current.account().may("publish"):
        raise NotAllowed(_("Your role does not allow publishing. Ask a manager to publish."))
