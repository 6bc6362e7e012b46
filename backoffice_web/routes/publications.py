"""Publishing: what waits, sending it to the stores, how far it has come, and what was sent before."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.publishing.history import changes_of, publications
from backoffice_web.publishing.pending import count_pending
from backoffice_web.publishing.publication import Mark, Publication
from backoffice_web.publishing.publish import PublicationResult, publish
from backoffice_web.publishing.published import RecordKey
from backoffice_web.publishing.roll_back import roll_back
from backoffice_web.reports.pending_records import pending_records
from backoffice_web.reports.reach import reach_of, reach_of_publications, read_versions
from backoffice_web.routes.editing import announce, published_toast, published_words
from backoffice_web.routes.scope import shown_stores
from backoffice_web.stores.store import Store
from backoffice_web.terminals.board import terminal_counts
from shared_web.access import needs, signed_in
from shared_web.answers import go_to, toast
from shared_web.errors import NotAllowed, RuleError
from shared_web.language import _
from sync_contract.records import URGENT_KINDS

blueprint = Blueprint("publications", __name__)

# As many records as a page can show without losing anybody; the rest goes with "everything".
MOST_SHOWN = 200
MOST_REMEMBERED = 30
MOST_CHANGES = 500


@blueprint.get("/publications")
@needs("publish")
def index() -> ResponseReturnValue:
    with current.read() as session:
        return _index(session)


@blueprint.post("/publications")
@needs("publish")
def create() -> ResponseReturnValue:
    try:
        with current.write() as session:
            results = _publish(session)
            session.commit()
    except NotAllowed:
        raise
    except RuleError as problem:
        with current.read() as session:
            return _index(session, problem=problem.sentence), 422
    announce(results)
    return _published(results)


@blueprint.get("/publications/<key>")
@needs("publish")
def show(key: str) -> ResponseReturnValue:
    with current.read() as session:
        publication = session.get(Publication, key) or abort(404)
        return render_template(
            "backoffice/publications/show.html",
            publication=publication,
            store=session.get_one(Store, publication.store_id),
            changes=changes_of(session, publication=publication, limit=MOST_CHANGES),
            reach=reach_of(session, [(publication.store_id, publication.version)], now=current.now()),
        )


@blueprint.post("/publications/<key>/roll-backs")
@needs("publish")
def roll_back_to(key: str) -> ResponseReturnValue:
    with current.write() as session:
        publication = session.get(Publication, key) or abort(404)
        result = roll_back(
            session,
            store_id=publication.store_id,
            version=publication.version,
            by=current.account().name,
            now=current.now(),
        )
        session.commit()
    announce([result])
    return _published([result])


@blueprint.get("/publications/reach")
@signed_in
def reach() -> ResponseReturnValue:
    """The progress of versions just published; asks again by itself until all tills have them."""
    at = request.args.get("at", "")
    with current.read() as session:
        found = reach_of(session, read_versions(session, at), now=current.now())
        return render_template("backoffice/publications/_reach.html", reach=found, at=at)


def _index(session: Session, problem: str = "") -> str:
    stores = shown_stores(session)
    history = publications(session, stores=[store.id for store in stores], limit=MOST_REMEMBERED)
    records = pending_records(session, stores=stores, limit=MOST_SHOWN * len(stores))
    if not current.account().may("people.edit"):
        records = [record for record in records if record.kind not in URGENT_KINDS]
    return render_template(
        "backoffice/publications/index.html",
        problem=problem,
        stores=stores,
        store_names={store.id: store for store in stores},
        records=records[:MOST_SHOWN],
        waiting=count_pending(session, stores=[store.id for store in stores]),
        history=history,
        reached=reach_of_publications(session, history, now=current.now()),
        terminal_counts=terminal_counts(session, store_ids=[store.id for store in stores]),
        published=request.args.get("published", ""),
        note=request.form.get("note", ""),
        ticked=request.form.getlist("record") if problem else None,
    )


def _publish(session: Session) -> list[PublicationResult]:
    known = [store.id for store in shown_stores(session)]
    stores = [key for key in known if key in request.form.getlist("publish_to")]
    if not stores:
        raise RuleError(_("Choose at least one store to publish to."))
    records = _everything(session, stores) if "everything" in request.form else _ticked()
    if not records:
        raise RuleError(_("Tick what to publish."))
    note = request.form.get("note", "").strip()[:500]
    by, now = current.account().name, current.now()
    results = publish(session, stores=stores, records=records, by=by, now=now, note=note)
    refused = [refusal.sentence for result in results for refusal in result.refused]
    if refused and not any(result.change_count for result in results):
        raise RuleError(" ".join(dict.fromkeys(refused[:3])))
    return results


def _ticked() -> list[RecordKey]:
    pairs = [text.partition(":") for text in request.form.getlist("record")]
    return [_allowed((kind, key)) for kind, _colon, key in pairs if key]


def _everything(session: Session, stores: list[str]) -> list[RecordKey]:
    rows = session.execute(select(Mark.kind, Mark.key).where(Mark.store_id.in_(stores)).distinct())
    may_all = current.account().may("people.edit")
    return [(row.kind, row.key) for row in rows if may_all or row.kind not in URGENT_KINDS]


def _allowed(record: RecordKey) -> RecordKey:
    if record[0] in URGENT_KINDS and not current.account().may("people.edit"):
        raise NotAllowed(_("Your role does not allow publishing people and roles."))
    return record


def _published(results: list[PublicationResult]) -> ResponseReturnValue:
    changed = [result for result in results if result.change_count]
    if not changed:
        told = toast("info", _("Nothing to publish."), _("The tills have everything already."))
        return go_to(url_for("publications.index"), toasts=[told])
    toasts = [published_toast(changed)]
    refused = {refusal.sentence for result in results for refusal in result.refused}
    if refused:
        toasts.append(toast("error", _("Something stayed behind."), " ".join(sorted(refused)[:3])))
    return go_to(url_for("publications.index", published=published_words(changed)), toasts=toasts)
