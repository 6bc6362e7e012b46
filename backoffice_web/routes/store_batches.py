"""Publishes what waits in many ticked stores, as far as it is what the list showed."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.publishing.publish import PublicationResult, publish
from backoffice_web.reports.unchanged import check_newest_edit, check_versions
from backoffice_web.routes.editing import announce, published_words
from backoffice_web.routes.publications import everything_waiting
from backoffice_web.routes.scope import check_reach
from backoffice_web.routes.ticked_rows import (
    Outcome,
    change_each,
    list_url,
    nothing_ticked,
    ticked,
    toasts_of,
)
from backoffice_web.stores.store import Store
from shared_web.access import needs
from shared_web.answers import go_to
from shared_web.errors import RuleError
from shared_web.language import _, ngettext

blueprint = Blueprint("store_batches", __name__)


@blueprint.post("/store-batches")
@needs("publish")
def create() -> ResponseReturnValue:
    if request.form.get("act") != "publish":
        raise RuleError(_("Choose what to do with them."))
    keys, back = ticked(), list_url("stores.index")
    if not keys:
        return nothing_ticked(back)
    results: list[PublicationResult] = []
    with current.write() as session:
        outcome = change_each(session, Store, keys, lambda store: _publish(session, store, results))
        _name_what_stayed(session, results, outcome)
        session.commit()
    announce(results)
    changed = [result for result in results if result.change_count]
    words = ngettext("Published to %(count)s store.", "Published to %(count)s stores.", len(changed))
    if changed:
        back = url_for("publications.index", published=published_words(changed))
    return go_to(back, toasts=toasts_of(outcome, words))


def _publish(session: Session, store: Store, results: list[PublicationResult]) -> bool:
    """Adds the result. Raises StaleEdit when somebody edited or published since the list was shown."""
    check_reach(store.id)
    version, newest = (request.form.get(f"{name}-{store.id}", type=int) for name in ("seen", "newest"))
    if version is not None:
        check_versions(session, [store.id], seen={store.id: version})
    if newest is not None:
        check_newest_edit(session, [store.id], seen=newest)
    records = everything_waiting(session, [store.id])
    by, now = current.account().name, current.now()
    (result,) = publish(session, stores=[store.id], records=records, by=by, now=now)
    results.append(result)
    return result.change_count > 0


def _name_what_stayed(session: Session, results: list[PublicationResult], outcome: Outcome) -> None:
    for result in results:
        name = session.get_one(Store, result.store_id).name
        outcome.refused.extend(
            _("%(name)s: %(reason)s", name=name, reason=refusal.sentence) for refusal in result.refused
        )
