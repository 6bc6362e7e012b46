"""Publishing: what waits, sending it to the stores, how far it has come, and what was sent before."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.confirmation import check_confirmed
from backoffice_web.forms.publication_form import PublicationTexts, posted_publication
from backoffice_web.listing import read_wish
from backoffice_web.publishing.history import changes_of, publications
from backoffice_web.publishing.pending import count_pending
from backoffice_web.publishing.publication import Mark, Publication
from backoffice_web.publishing.publish import PublicationResult, publish
from backoffice_web.publishing.published import RecordKey, head_version
from backoffice_web.publishing.roll_back import roll_back
from backoffice_web.reports.pending_records import pending_records
from backoffice_web.reports.reach import (
    reach_of,
    reach_of_publications,
    read_versions,
    registered_terminals,
)
from backoffice_web.reports.unchanged import (
    check_edits,
    check_newest_edit,
    check_versions,
    newest_edit,
    versions_of,
)
from backoffice_web.routes.editing import announce, published_toast, published_words
from backoffice_web.routes.record_links import record_url
from backoffice_web.routes.scope import check_reach, shown_stores
from backoffice_web.stores.store import Store
from shared_web.access import needs, signed_in
from shared_web.answers import go_to, is_htmx, toast
from shared_web.errors import NotAllowed, RuleError
from shared_web.language import _
from sync_contract.records import URGENT_KINDS

blueprint = Blueprint("publications", __name__)

# As many records as a page can show without losing anybody; the rest goes with "everything".
MOST_SHOWN = 200
MOST_REMEMBERED = 30
CHANGES_SHOWN = 100


@blueprint.get("/publications")
@signed_in
def index() -> ResponseReturnValue:
    """Whoever may not publish reads here what waits, and for whom."""
    with current.read() as session:
        return _index(session)


@blueprint.post("/publications")
@needs("publish")
def create() -> ResponseReturnValue:
    texts = posted_publication(request.form)
    try:
        with current.write() as session:
            results = _publish(session, texts)
            session.commit()
    except NotAllowed:
        raise
    except RuleError as problem:
        with current.read() as session:
            return _index(session, texts, problem=problem), problem.status
    announce(results)
    return _published(results)


@blueprint.get("/publications/history")
@signed_in
def history() -> ResponseReturnValue:
    """All publications, page by page; as a fragment for pages that keep it up to date."""
    template = "_history.html" if is_htmx() else "history.html"
    with current.read() as session:
        return render_template(f"backoffice/publications/{template}", **_history(session))


@blueprint.get("/publications/<key>")
@signed_in
def show(key: str) -> ResponseReturnValue:
    wish = read_wish(request.args, sorts=(), default_sort="")
    with current.read() as session:
        publication = _publication(session, key)
        offset = (wish.page - 1) * CHANGES_SHOWN
        return render_template(
            "backoffice/publications/show.html",
            publication=publication,
            store=session.get_one(Store, publication.store_id),
            newest=head_version(session, publication.store_id),
            changes=changes_of(session, publication=publication, limit=CHANGES_SHOWN, offset=offset),
            page=wish.page,
            offset=offset,
            reach=reach_of(session, [(publication.store_id, publication.version)], now=current.now()),
            at=f"{publication.store_id}:{publication.version}",
            record_url=record_url,
        )


@blueprint.post("/publications/<key>/roll-backs")
@needs("publish.roll_back")
def roll_back_to(key: str) -> ResponseReturnValue:
    with current.write() as session:
        publication = _publication(session, key)
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
        named = read_versions(session, at)
        versions = [one for one in named if current.account().reaches([one[0]])]
        if not versions:
            check_reach(*(store_id for store_id, _version in named))
        found = reach_of(session, versions, now=current.now())
        return render_template("backoffice/publications/_reach.html", reach=found, at=at)


def _publication(session: Session, key: str) -> Publication:
    found = session.get(Publication, key) or abort(404)
    check_reach(found.store_id)
    return found


def _index(
    session: Session, texts: PublicationTexts | None = None, *, problem: RuleError | None = None
) -> str:
    stores = shown_stores(session)
    ids = [store.id for store in stores]
    records = pending_records(session, stores=stores, limit=MOST_SHOWN * len(stores))
    records = [record for record in records if _may_publish(record.kind)]
    return render_template(
        "backoffice/publications/index.html",
        problem=problem,
        records=records[:MOST_SHOWN],
        grouping="by" if request.args.get("by") == "person" else "kind_label",
        waiting=count_pending(session, stores=ids),
        has_people=any(kind in URGENT_KINDS for kind, _key in everything_waiting(session, ids)),
        terminal_counts=registered_terminals(session, ids, now=current.now()),
        published=request.args.get("published", ""),
        texts=texts,
        seen=versions_of(session, ids),
        newest=newest_edit(session, ids),
        record_url=record_url,
        **_history(session),
    )


def _history(session: Session) -> dict[str, Any]:
    """One page of the history; one more is read to know whether there is a next one."""
    stores = shown_stores(session)
    page = read_wish(request.args, sorts=(), default_sort="").page
    found = publications(
        session,
        stores=[store.id for store in stores],
        limit=MOST_REMEMBERED + 1,
        offset=(page - 1) * MOST_REMEMBERED,
    )
    return {
        "stores": stores,
        "store_names": {store.id: store for store in stores},
        "history": found[:MOST_REMEMBERED],
        "reached": reach_of_publications(session, found[:MOST_REMEMBERED], now=current.now()),
        "page": page,
        "has_more": len(found) > MOST_REMEMBERED,
    }


def _publish(session: Session, texts: PublicationTexts) -> list[PublicationResult]:
    stores = [store.id for store in shown_stores(session) if store.id in texts.stores]
    if not stores:
        raise RuleError(_("Choose at least one store to publish to."))
    records = (
        everything_waiting(session, stores)
        if texts.is_everything
        else [_allowed(each) for each in texts.ticked]
    )
    if not records:
        raise RuleError(_("Tick what to publish."))
    if any(kind in URGENT_KINDS for kind, _key in records):
        check_confirmed()
    _check_unchanged(session, stores, texts)
    by, now = current.account().name, current.now()
    results = publish(session, stores=stores, records=records, by=by, now=now, note=texts.note)
    refused = [refusal.sentence for result in results for refusal in result.refused]
    if refused and not any(result.change_count for result in results):
        raise RuleError(" ".join(list(dict.fromkeys(refused))[:3]))
    return results


def _check_unchanged(session: Session, stores: list[str], texts: PublicationTexts) -> None:
    """What goes out is what was shown. Raises StaleEdit."""
    check_versions(session, stores, seen=texts.seen)
    if texts.is_everything and texts.newest is not None:
        check_newest_edit(session, stores, seen=texts.newest)
    elif not texts.is_everything:
        stamped = {record: at for record, at in texts.ticked.items() if at is not None}
        check_edits(session, stores, ticked=stamped)


def everything_waiting(session: Session, stores: list[str]) -> list[RecordKey]:
    """All that waits in these stores and that this person may publish."""
    rows = session.execute(select(Mark.kind, Mark.key).where(Mark.store_id.in_(stores)).distinct())
    return [(row.kind, row.key) for row in rows if _may_publish(row.kind)]


def _allowed(record: RecordKey) -> RecordKey:
    if not _may_publish(record[0]):
        raise NotAllowed(_("Your role does not allow publishing people and roles."))
    return record


def _may_publish(kind: str) -> bool:
    """People and roles go out under the permission to edit them, all else under the one to publish."""
    if kind not in URGENT_KINDS:
        return True
    return current.account().may("role.edit" if kind == "role" else "people.edit")


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
