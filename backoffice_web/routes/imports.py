"""Importing a catalog: upload, name the columns of a plain file, look at the dry run, save, publish."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.editing import NoSuchRecord
from backoffice_web.imports.file_text import LIMIT_BYTES
from backoffice_web.imports.formats.detect import AUTO
from backoffice_web.imports.import_run import MAPPING, SAVED, ImportRun
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
from backoffice_web.imports.report import report_csv, unpacked
from backoffice_web.imports.save import PlanMovedOn, save_import
from backoffice_web.publishing.publish import PublicationResult
from backoffice_web.routes.editing import announce, published_toast, published_words
from backoffice_web.routes.import_pages import index_page, mapping_page, run_page
from backoffice_web.routes.scope import check_reach
from backoffice_web.stores.store import Store
from shared_web.access import needs
from shared_web.answers import go_to, toast
from shared_web.error_pages import error_answer
from shared_web.errors import NotAllowed, RuleError
from shared_web.language import _

blueprint = Blueprint("imports", __name__)


@blueprint.get("/imports")
@needs("catalog.import")
def index() -> ResponseReturnValue:
    return index_page(store_id=current.chosen_store() or "")


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
        page = index_page(store_id=store_id, format=format, problem=problem.sentence, file_name=file_name)
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
        return run_page(session, run)


@blueprint.get("/imports/<key>/mapping")
@needs("catalog.import")
def edit_mapping(key: str) -> ResponseReturnValue:
    with current.read() as session:
        run = _run(session, key)
        if run.state == SAVED or run.columns is None:
            return go_to(url_for("imports.show", key=key))
        return mapping_page(session, run, run.mapping)


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
            return mapping_page(session, run, mapping, problem.sentence), problem.status
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
    if is_publishing and not current.account().may("publish"):
        raise NotAllowed(_("Your role does not allow publishing. Ask a manager to publish."))
    with current.write() as session:
        run = _run(session, key)
        try:
            save_import(session, run=run, by=current.account().name, now=current.now())
        except PlanMovedOn as moved:
            note_plan(run, moved.plan)
            session.commit()
            return go_to(url_for("imports.show", key=key), toasts=[toast("info", moved.sentence)])
        session.commit()
    return _saved(key, _publish(key) if is_publishing else None)


@blueprint.post("/imports/<key>/publications")
@needs("publish")
def publish(key: str) -> ResponseReturnValue:
    """Publish later what an import has saved."""
    return _saved(key, _publish(key))


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


def _publish(key: str) -> PublicationResult:
    """In a transaction of its own: a big import would keep all other writers waiting for too long."""
    with current.write() as session:
        by, now = current.account().name, current.now()
        result = publish_import(session, run=_run(session, key), by=by, now=now)
        session.commit()
    return result


def _saved(key: str, result: PublicationResult | None) -> ResponseReturnValue:
    announce([result] if result else [])
    if result and result.change_count:
        spoken = published_toast([result])
    elif result:
        spoken = toast("info", _("There was nothing to publish."))
    else:
        spoken = toast("success", _("Saved. Not on the POS yet."))
    published = published_words([result]) if result else ""
    return go_to(url_for("imports.show", key=key, published=published or None), toasts=[spoken])


def _url_of(run: ImportRun) -> str:
    step = "imports.edit_mapping" if run.state == MAPPING else "imports.show"
    return url_for(step, key=run.id)


def _run(session: Session, key: str) -> ImportRun:
    run = session.get(ImportRun, key)
    if run is None:
        raise NoSuchRecord(_("This import does not exist, or it was discarded."))
    check_reach(run.store_id)
    return run


def _unsaved(session: Session, key: str) -> ImportRun:
    run = session.get(ImportRun, key, with_for_update=True)
    if run is None or run.state == SAVED:
        raise NoSuchRecord(_("This import was saved or discarded meanwhile."))
    check_reach(run.store_id)
    return run


def _store(session: Session, key: str) -> Store:
    store = session.get(Store, key)
    if store is None:
        raise RuleError(_("Choose the store to import for."))
    check_reach(store.id)
    return store
