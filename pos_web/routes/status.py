"""Support › Status: which versions this till sells from, how its lines stand, what still waits to go up."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from pos_web import current, sync_words
from pos_web.catalog import published
from pos_web.screens import screen
from pos_web.support.storage import storage_of
from pos_web.sync_view import sync_details
from pos_web.syncing.dead_letters import dead_letters, settled
from pos_web.syncing.served import gone_stores
from shared_web.access import signed_in

blueprint = Blueprint("status", __name__)


@blueprint.get("/status")
@signed_in
def show() -> ResponseReturnValue:
    store_id = current.store_id()
    with current.book_read() as book, current.replica() as replica:
        context = {
            "head": published.applied_head(replica, store_id=store_id),
            "profile": published.profile(replica, store_id=store_id),
            "letters": dead_letters(book, store_id=store_id),
            "gone_stores": gone_stores(book),
            "settled": settled(book, store_id=store_id, now=current.now()),
        }
    return screen(
        "pos/status/show.html",
        details=sync_details(),
        words=sync_words,
        clock_minutes=round(current.agent().clock_wrong_by_s / 60),
        storage=storage_of(current.node().book.url, current.node().replica.url),
        **context,
    )
